package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record/seldom"
	"bones/procwalk"
	"bones/ui"
	"bones/ui/rows"
)

// recorded is a recording whose facts have no room for some groups.
type recorded struct {
	ui.Past
	facts *seldom.Facts
}

func (r recorded) Facts() (*seldom.Facts, error) { return r.facts, nil }
func (recorded) User(uint32) string              { return "" }
func (recorded) Group(uint32) string             { return "" }
func (recorded) Span(context.Context, time.Duration, int, func(*inventory.Moment)) (int, error) {
	return 0, nil
}

// TestAsidesAreShown: what a recorder had no room for, and how old its facts are, stands below what is shown of them.
func TestAsidesAreShown(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	s := &procwalk.Snapshot{Taken: at, Processes: []procwalk.Process{{Stat: procwalk.Stat{PID: 5}}}}
	for want, facts := range map[string]*seldom.Facts{
		"":                           {Taken: at},
		"the files of 3 more groups": {Taken: at, LeftGroups: 3},
		"2m0s away":                  {Taken: at.Add(-2 * time.Minute)},
	} {
		b := (&program{}).pastBackend(recorded{facts: facts})
		sections := b.Details(t.Context(), procwalk.ID{PID: 5})(&s.Processes[0], s, false)
		if got := said(sections, "Of the recording"); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q; want %q", got, want)
		}
	}
	if asides(nil, at) != nil {
		t.Error("a recording without facts has something to say")
	}
}

// said are the lines of the section with a title.
func said(sections []rows.Section, title string) string {
	var b strings.Builder
	for _, s := range sections {
		for _, l := range s.Lines {
			if s.Title == title {
				b.WriteString(l.Value + "\n")
			}
		}
	}
	return b.String()
}
