package health

import (
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/container"
)

// TestDefaultTasksMax: systemd limits the tasks of each scope; where the engine asked for no limit, nobody takes that
// back.
func TestDefaultTasksMax(t *testing.T) {
	for path, want := range map[string]bool{"/system.slice/docker-x.scope": false, "/docker/x": true} {
		w := healthy()
		own := group(path)
		w.info.Limits = &container.RecordedLimits{Memory: 100 * mib, CPUMilli: 500}
		w.counters.Tasks[0].Group, w.counters.Memory[0].Group = own, own
		w.sample.CPULimit.From = own
		m := w.moment()
		m.Usage[0].Groups.List[0] = own
		s := NewSeries()
		s.Add(m, nil)
		r, err := s.Judge(Ask{Keys: []string{"w"}, Systemd: func(string, cgroupview.Groups) ([]TakenBack, error) {
			return nil, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got := of(r, ruleTakenBack) != nil; got != want {
			t.Errorf("%s has 100 tasks at most, its engine has no limit: found %v, want %v", path, got, want)
		}
	}
}
