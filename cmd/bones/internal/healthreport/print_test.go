package healthreport

import (
	"strings"
	"testing"

	"bones/cgroupview/inventory/health"
	"bones/procwalk/leaktest"
	"bones/procwalk/text"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// TestWhatIsLeftOutIsSaid: the line of --check says how many findings it does not name, and a report how many moments
// of a recording were not looked at.
func TestWhatIsLeftOutIsSaid(t *testing.T) {
	for _, more := range []int{0, 1, 30} {
		r := &health.Report{}
		for range maxSaid + more {
			r.Findings = append(r.Findings, health.Finding{Rule: &health.Rule{Name: "thrash"}, Severity: health.Warning,
				Subject: health.Subject{Name: text.New("web")}})
		}
		r.Skipped = more
		line, status := Check(r)
		left := map[int]string{0: "", 1: "; 1 more |", 30: "; 30 more |"}[more]
		if status != 1 || strings.Count(line, "web: thrash") != maxSaid || !strings.Contains(line, left) ||
			strings.Contains(line, " more ") != (more > 0) {
			t.Errorf("%d findings more than are named: %s", more, line)
		}
		var out strings.Builder
		if err := Print(&out, r); err != nil || strings.Contains(out.String(), "were left out") != (more > 0) ||
			more == 30 && !strings.Contains(out.String(), "30 between them") {
			t.Errorf("%d moments were left out: %v\n%s", more, err, &out)
		}
	}
}
