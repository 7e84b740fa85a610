package health

import (
	"strings"
	"testing"
	"time"
)

// TestThoseNotNamedAreCounted: of more processes than a finding names, it says how many it leaves out.
func TestThoseNotNamedAreCounted(t *testing.T) {
	for state, rule := range map[byte]*Rule{'D': ruleBlocked, 'Z': ruleZombies} {
		for more, want := range map[int]bool{0: false, 1: true, 192: true} {
			f := of(report(t, dead(maxNamed+more, state)...), rule)
			if f == nil {
				if state == 'Z' && more < 192 {
					continue // so few are none
				}
				t.Fatalf("%c: %d processes are not found", state, maxNamed+more)
			}
			said := strings.Join(f.Evidence, "\n")
			if strings.Count(said, "(sh)") != maxNamed && state == 'D' || strings.Contains(said, "and ") != want ||
				want && !strings.Contains(said, "and "+map[int]string{1: "1 more", 192: "192 more"}[more]) {
				t.Errorf("%c: of %d processes it says\n%s", state, maxNamed+more, said)
			}
		}
	}
}

// TestSkippedMomentsAreTold: a report tells how many moments it did not look at.
func TestSkippedMomentsAreTold(t *testing.T) {
	s := NewSeries()
	for _, w := range two(time.Second, func(*world) {}) {
		s.Add(w.moment(), nil)
	}
	s.Skipped(7)
	if r, err := s.Judge(Ask{}); err != nil || r.Skipped != 7 || r.Moments != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}
