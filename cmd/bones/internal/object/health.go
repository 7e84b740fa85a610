package object

import (
	"math"
	"strings"
	"time"

	"bones/cgroupview/inventory/health"
	"bones/procwalk/text"
)

// Health is what is the matter with a host, a container, a group or a process, in JSON.
type Health struct {
	Subject     HealthSubject   `json:"subject"`
	Taken       string          `json:"taken"` // RFC 3339, of the last moment
	SpanSeconds float64         `json:"span_seconds"`
	Moments     int             `json:"moments"`
	Skipped     int             `json:"moments_skipped"` // of the recording, as there were too many
	Judged      int             `json:"judged"`          // the host, containers and groups
	Worst       string          `json:"worst"`           // ok, note, warning, critical
	Findings    []HealthFinding `json:"findings"`        // the worst first
	NotJudged   []HealthUnknown `json:"not_judged"`
}

// HealthSubject is what a finding is about.
type HealthSubject struct {
	Kind   string     `json:"kind"` // host, container, group, process
	Name   *text.Text `json:"name"`
	Target *string    `json:"target"` // the word that names it on a command line; null for the host
	PID    *int       `json:"pid"`    // that backs it
}

// HealthFinding is one thing that is the matter. Unit is that of the value and of the thresholds: share (1 is all of
// it), count, per_second, seconds, ratio.
type HealthFinding struct {
	Name       string             `json:"name"` // of the rule
	Severity   string             `json:"severity"`
	Subject    HealthSubject      `json:"subject"`
	Finds      string             `json:"finds"`
	Measure    string             `json:"measure"`
	Value      float64            `json:"value"`
	Unit       string             `json:"unit"`
	Less       bool               `json:"less_is_worse"`
	Thresholds map[string]float64 `json:"thresholds"` // by severity, those that there are; above: too much is a note
	Since      *string            `json:"since"`      // RFC 3339; null: only a counter tells of it
	Group      *text.Text         `json:"group"`      // the directory of the level
	File       *string            `json:"file"`
	Evidence   []string           `json:"evidence"`
	ByHand     []string           `json:"by_hand"`
	Helps      []string           `json:"helps"`
}

// HealthUnknown is what could not be judged. Name is null where nothing of the subject could.
type HealthUnknown struct {
	Name     *string       `json:"name"`
	Subject  HealthSubject `json:"subject"`
	Subjects int           `json:"subjects"` // of how many that is so
	Why      string        `json:"why"`
}

// NewHealth makes the object of a report of package health.
func NewHealth(r *health.Report) *Health {
	o := &Health{Subject: healthSubject(r.Subject), Taken: r.Taken.Format(time.RFC3339), SpanSeconds: r.Span.Seconds(),
		Moments: r.Moments, Skipped: r.Skipped, Judged: r.Judged, Worst: r.Worst().String(), Findings: []HealthFinding{},
		NotJudged: []HealthUnknown{}}
	for i := range r.Findings {
		o.Findings = append(o.Findings, healthFinding(&r.Findings[i]))
	}
	for _, u := range r.Unknown {
		x := HealthUnknown{Subject: healthSubject(u.Subject), Subjects: u.Subjects, Why: u.Why}
		if u.Rule != nil {
			x.Name = &u.Rule.Name
		}
		o.NotJudged = append(o.NotJudged, x)
	}
	return o
}

func healthFinding(f *health.Finding) HealthFinding {
	o := HealthFinding{Name: f.Rule.Name, Severity: f.Severity.String(), Subject: healthSubject(f.Subject),
		Finds: f.Rule.Finds, Measure: f.Rule.Measure, Value: f.Value, Unit: string(f.Rule.Unit), Less: f.Rule.Below,
		Thresholds: map[string]float64{}, Group: OrNull(f.Group), Evidence: List(f.Evidence), ByHand: List(f.ByHand),
		Helps: List(f.Helps)}
	for name, n := range map[string]float64{"note": f.Rule.Note, "warning": f.Rule.Warning, "critical": f.Rule.Critical} {
		if !math.IsNaN(n) {
			o.Thresholds[name] = n
		}
	}
	if f.Rule.Outside > 0 {
		o.Thresholds["above"] = f.Rule.Outside
	}
	if !f.Since.IsZero() {
		since := f.Since.Format(time.RFC3339)
		o.Since = &since
	}
	if f.File != "" {
		o.File = &f.File
	}
	return o
}

func healthSubject(s health.Subject) HealthSubject {
	o := HealthSubject{Kind: string(s.Kind), Name: OrNull(s.Name)}
	if s.Target != "" {
		target := strings.ToValidUTF8(s.Target, "\uFFFD")
		o.Target = &target
	}
	if s.PID > 0 {
		o.PID = &s.PID
	}
	return o
}
