package export

import (
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/health"
)

// healthJudge judges by the table of bones health, over the moments of the exporter. It implements Judge.
type healthJudge struct{ series *health.Series }

// newJudge returns one that has seen nothing yet.
func newJudge() Judge { return &healthJudge{health.NewSeries()} }

// Judge implements Judge. What cannot be judged of some container, as what takes several moments, is not among the
// names.
func (j *healthJudge) Judge(m *inventory.Moment) (names []string, found map[string][]string) {
	j.series.Add(m, nil)
	report, err := j.series.Judge(health.Ask{})
	if err != nil {
		return nil, nil
	}
	unknown := map[*health.Rule]bool{}
	for _, u := range report.Unknown {
		if u.Subject.Kind == health.Container {
			unknown[u.Rule] = true
		}
	}
	for _, r := range health.Rules {
		if !unknown[r] {
			names = append(names, r.Name)
		}
	}
	found = map[string][]string{}
	for i := range report.Findings {
		f := &report.Findings[i]
		key := f.Subject.Key
		if f.Subject.Kind == health.Host {
			key = hostKey
		}
		found[key] = append(found[key], f.Rule.Name)
	}
	return names, found
}
