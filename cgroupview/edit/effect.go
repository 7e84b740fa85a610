package edit

import (
	"encoding/json"
	"fmt"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Changes are the files in the order in which they are written.
func (e *Edit) Changes() []Change { return e.changes }

// Checks returns the checks that were made before the edit.
func (e *Edit) Checks() []Check { return e.checks }

// About implements effect.Effect.
func (e *Edit) About() text.Text { return e.surroundings.Name }

// Kind implements effect.Effect.
func (e *Edit) Kind() string { return "cgroup.edit" }

// Describe implements effect.Effect.
func (e *Edit) Describe() string {
	var parts []string
	for _, c := range e.changes {
		what, old, now := c.Words()
		parts = append(parts, fmt.Sprintf("%s%s from %s to %s", what, e.where(c), old, now))
	}
	return "set " + strings.Join(parts, ", ") + " of " + text.ShortIDs(e.surroundings.Name.String())
}

// ByHand implements effect.Effect.
func (e *Edit) ByHand() string {
	var lines []string
	asked := false // systemd, which is asked for everything at once
	for _, c := range e.changes {
		if c.Unit == "" {
			lines = append(lines, c.byHand())
		} else if !asked {
			asked = true
			lines = append(lines, e.setProperty())
		}
	}
	return strings.Join(lines, " && ")
}

func (c Change) byHand() string {
	return c.Group.ByHand(c.File, c.New)
}

// Risk implements effect.Effect: that of the gravest check.
func (e *Edit) Risk() effect.Risk {
	var r effect.Risk
	var why []string
	for _, c := range e.checks {
		if c.Level > effect.Safe || c.Warn {
			why = append(why, c.Text)
		}
		r.Level = max(r.Level, c.Level)
	}
	if r.Level > effect.Safe { // else nobody is asked, and what came of it says what is worth a warning
		r.Why = strings.Join(why, "; ")
	}
	return r
}

// Undo implements effect.Effect.
func (e *Edit) Undo() effect.Undo { return effect.Undo{Possible: true} }

// Record implements effect.Recorder.
func (e *Edit) Record() (json.RawMessage, error) {
	var list []recordedChange
	for _, c := range e.changes {
		list = append(list, recordedChange{c.Group.Record(), c.File, text.Exact(c.Old), text.Exact(c.New), c.Unit})
	}
	return json.Marshal(list)
}

// restorable is how the old value of a change is written: no limit of version 1 reads as a number.
func restorable(c Change) string {
	s := spec.Of(c.Group.Hierarchy.Version, c.File)
	if s != nil && spec.ByDevice(s) {
		return spec.LineOf(s, c.Old, c.New)
	}
	if s != nil && s.Unlimited == "-1" && s.Kind == spec.Bytes && amount(c.Old) >= cgroupview.UnlimitedV1 {
		return "-1"
	}
	if c.File == "cpuset.cpus.partition" { // after the word stands why it is not valid
		word, _, _ := strings.Cut(c.Old, " ")
		return word
	}
	return c.Old
}
