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
		s.Lines = append(s.Lines, Line{"finding", f.Rule.Name + ", " + f.Rule.Format(f.Value) + "  (" + f.Rule.Measure + ": " +
			f.Rule.Thresholds() + ")", style})
		add := func(label string, lines []string, style Style) {
			for k, line := range lines {
				if k > 0 {
					label = ""
				}
				if label == "" {
					line = strings.Repeat(" ", 10) + line
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
