package object

import (
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Explanation is an explanation in JSON.
type Explanation struct {
	Target    text.Text `json:"target"`
	PID       int       `json:"pid"`
	PIDInside *int      `json:"pid_inside"`
	// container, sandbox, beside, pod, init, kernel, service, session, process, inside, vm
	Kind      string            `json:"kind"`
	Verdict   string            `json:"verdict"`
	Container *WhichContainer   `json:"container"` // null for a sandbox too
	Steps     []Step            `json:"steps"`
	Errors    map[string]string `json:"errors"`
}

// Step is one step of an explanation.
type Step struct {
	Title   string  `json:"title"`
	Seen    []Seen  `json:"seen"`
	Means   string  `json:"means"`
	ByHand  string  `json:"by_hand"`
	Without string  `json:"without"`
	Note    *string `json:"note"`
}

// Seen is one thing that a step looked at.
type Seen struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// NewExplanation puts an explanation and the container it is about into one object.
func NewExplanation(x *inventory.Inventory, target string, p *procwalk.Process, e *rows.Explanation) *Explanation {
	which := NewWhich(x, p)
	o := &Explanation{Target: text.New(target), PID: p.PID, PIDInside: which.PIDInside, Kind: e.Kind, Verdict: e.Verdict,
		Container: which.Container,
		Steps:     []Step{}, Errors: e.Errors}
	if e.Kind != "container" {
		o.Container = nil
	}
	for _, s := range e.Steps {
		step := Step{Title: s.Title, Seen: []Seen{}, Means: s.Means, ByHand: s.ByHand, Without: s.Without}
		for _, l := range s.Seen {
			step.Seen = append(step.Seen, Seen{l.Label, l.Value})
		}
		if s.Note != "" {
			step.Note = &s.Note
		}
		o.Steps = append(o.Steps, step)
	}
	return o
}
