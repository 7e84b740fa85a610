package target

import (
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record/seldom"
	"bones/procwalk"
)

// TestAsides: what a recorder had no room for is said, beside how old the facts are.
func TestAsides(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	past := func(f seldom.Facts) *Past {
		return &Past{Now: &inventory.Moment{Snapshot: &procwalk.Snapshot{Taken: at}}, Facts: &f}
	}
	for want, p := range map[string]*Past{
		"":                                   past(seldom.Facts{Taken: at}),
		"recorded at 08:58:00, 2m0s away":    past(seldom.Facts{Taken: at.Add(-2 * time.Minute)}),
		"the files of 3 more groups":         past(seldom.Facts{Taken: at, LeftGroups: 3}),
		"roots and rights of 5 more":         past(seldom.Facts{Taken: at, LeftProcesses: 5}),
		"away from the moment that is shown": past(seldom.Facts{Taken: at.Add(-time.Hour), LeftGroups: 3, LeftProcesses: 5}),
	} {
		if got := p.Asides(); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%q; want %q", got, want)
		}
	}
}
