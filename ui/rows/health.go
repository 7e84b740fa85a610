package rows

import (
	"fmt"
	"strings"
	"time"

	"bones/cgroupview/inventory/health"
)

// HealthStyle is how a severity looks.
func HealthStyle(s health.Severity) Style {
	switch s {
	case health.Critical:
		return Bad
	case health.Warning:
		return Warn
	case health.None:
		return Dim
	}
	return Plain
}

// HealthSubject says what a report is about: "container web".
func HealthSubject(r *health.Report) string {
	switch r.Subject.Kind {
	case health.Process, health.Host:
		if r.Subject.Kind == health.Host && r.Subject.Name.Len() == 0 {
			return "this host"
		}
		return strings.TrimPrefix(string(r.Subject.Kind)+" ", "process ") + r.Subject.Name.String()
	}
	return string(r.Subject.Kind) + " " + r.Subject.Name.String()
}

// HealthSections are the lines of a report, the worst finding first, and at the end what could not be judged.
func HealthSections(r *health.Report) []Section {
	list := []Section{{Title: HealthSubject(r) + ": " + healthSum(r), Lines: []Line{{Value: healthBasis(r), Style: Dim}}}}
	for i := range r.Findings {
		f := &r.Findings[i]
		style := HealthStyle(f.Severity)
		s := Section{Title: strings.ToUpper(f.Severity.String()) + "  " + f.Subject.Name.String() + ": " + f.Rule.Finds}
		s.Lines = append(s.Lines, Line{"finding", f.Rule.Name + ", " + f.Rule.Format(f.Value) + "  (" + f.Rule.Measure +
			": " +
			f.Rule.Thresholds() + ")", style})
		add := func(label string, lines []string, style Style) {
			for k, line := range lines {
				if k > 0 {
					label = " " // it goes on below the one above
				}
				s.Lines = append(s.Lines, Line{label, line, style})
			}
		}
		add("evidence", f.Evidence, Plain)
		add("by hand", f.ByHand, Plain)
		add("helps", f.Helps, Plain)
		list = append(list, s)
	}
	if len(r.Unknown) > 0 {
		list = append(list, unknownSection(r))
	}
	return list
}

// healthSum counts the findings of a report.
func healthSum(r *health.Report) string {
	n := map[health.Severity]int{}
	for i := range r.Findings {
		n[r.Findings[i].Severity]++
	}
	var words []string
	for _, s := range []health.Severity{health.Critical, health.Warning, health.Note} {
		switch {
		case n[s] == 1 || n[s] > 0 && s == health.Critical:
			words = append(words, fmt.Sprintf("%d %s", n[s], s))
		case n[s] > 0:
			words = append(words, fmt.Sprintf("%d %ss", n[s], s))
		}
	}
	if len(words) == 0 {
		return "nothing is the matter, as far as bones could judge"
	}
	return strings.Join(words, ", ")
}

// healthBasis says what a report stands on.
func healthBasis(r *health.Report) string {
	s := "one moment, of " + r.Taken.Format(time.DateTime)
	if r.Moments > 1 {
		s = fmt.Sprintf("%d moments over %v, the last of %s", r.Moments, r.Span.Round(time.Second/10),
			r.Taken.Format(time.DateTime))
	}
	if r.Skipped > 0 {
		s += fmt.Sprintf("; %d between them were left out", r.Skipped)
	}
	return s
}

func unknownSection(r *health.Report) Section {
	s := Section{Title: "Not judged"}
	for _, u := range r.Unknown {
		name := "all of it"
		if u.Rule != nil {
			name = u.Rule.Name
		}
		whose := u.Subject.Name.String()
		if u.Subjects > 1 {
			whose = fmt.Sprintf("%s and %d more", whose, u.Subjects-1)
		}
		s.Lines = append(s.Lines, Line{Value: fmt.Sprintf("%s of %s: %s", name, whose, u.Why), Style: Dim})
	}
	return s
}

// ContainerHealth is the worst finding about a container.
type ContainerHealth struct {
	Known bool // it was judged
	Worst health.Severity
	Name  string // of the rule; empty: nothing is the matter
	Count int    // of findings
}

// judge applies the table of findings to what is known by now.
func (t *ContainerTable) judge() {
	if t.series != nil && t.series.Now() != nil && t.facts.Now.Snapshot.Taken.Before(t.series.Now().Snapshot.Taken) {
		t.series = nil // somebody went back in a recording
	}
	if t.series == nil {
		t.series = health.NewSeries()
		if b := t.facts.Before; b != nil && b.Usage != nil {
			t.series.Add(b, nil)
		}
	}
	t.series.Add(t.facts.Now, nil)
	report, err := t.series.Judge(health.Ask{})
	if err != nil {
		return
	}
	at := make(map[string]*ContainerHealth, len(t.list))
	for i := range t.list {
		c := &t.list[i]
		c.Health = ContainerHealth{Known: c.Counters != nil}
		at[c.Key] = &c.Health
	}
	for i := range report.Findings { // the worst first
		f := &report.Findings[i]
		h := at[f.Subject.Key]
		if h == nil {
			continue
		}
		if h.Count++; h.Count == 1 {
			h.Known, h.Worst, h.Name = true, f.Severity, f.Rule.Name
		}
	}
}

// healthColumn is the column of the worst finding. The mark before it tells how bad it is where there are no colours.
var healthColumn = &ContainerColumn{Name: "HEALTH", Help: "the worst finding about it; ! opens all of them", Width: 12,
	keep: 79,
	num: func(c *ContainerRow) float64 {
		if !c.Health.Known {
			return -1
		}
		return float64(c.Health.Worst)*1000 + float64(min(c.Health.Count, 999))
	},
	cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
		switch h := c.Health; {
		case c.Total != nil:
			return dst
		case !h.Known:
			return append(dst, '-')
		case h.Name == "":
			return append(dst, "ok"...)
		case h.Worst == health.Critical:
			return append(append(dst, "!! "...), h.Name...)
		case h.Worst == health.Warning:
			return append(append(dst, "! "...), h.Name...)
		default:
			return append(dst, h.Name...)
		}
	},
	style: func(c *ContainerRow) Style {
		if c.Health.Name == "" {
			return Dim
		}
		return HealthStyle(c.Health.Worst)
	}}
