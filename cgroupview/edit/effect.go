package edit

import (
	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Changes are the files in the order in which they are written.
func (e *Edit) Changes() []Change { return e.changes }

// Checks are what was looked at.
func (e *Edit) Checks() []Check { return e.checks }

// About implements effect.Effect.
func (e *Edit) About() text.Text { return e.around.Name }

// Kind implements effect.Effect.
func (e *Edit) Kind() string { return "cgroup.edit" }

// Describe implements effect.Effect.
func (e *Edit) Describe() string {
	var parts []string
	for _, c := range e.changes {
		parts = append(parts, fmt.Sprintf("%s from %s to %s", text.Line(c.File), text.Line(c.Old), text.Line(c.New)))
	}
	return "set " + strings.Join(parts, ", ") + " of " + e.around.Name.String()
}

// ByHand implements effect.Effect.
func (e *Edit) ByHand() string {
	if e.unit != "" {
		return e.setProperty()
	}
	var lines []string
	for _, c := range e.changes {
		lines = append(lines, c.byHand())
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
		if c.Level > effect.Safe {
			why = append(why, c.Text)
		}
		r.Level = max(r.Level, c.Level)
	}
	r.Why = strings.Join(why, "; ")
	return r
}

// Undo implements effect.Effect.
func (e *Edit) Undo() effect.Undo { return effect.Undo{Possible: true} }

// Record implements effect.Recorder.
func (e *Edit) Record() (json.RawMessage, error) {
	var list []recordedChange
	for _, c := range e.changes {
		list = append(list, recordedChange{c.Group.Record(), c.File, text.Exact(c.Old), text.Exact(c.New), e.unit})
	}
	return json.Marshal(list)
}

// Apply implements effect.Effect. If one file cannot be written, those before it are put back. The Result of its
// Outcome is a []Result, one for each change in the order in which they were written.
func (e *Edit) Apply(ctx context.Context) (effect.Outcome, error) {
	if e.unit != "" {
		return e.applyThroughSystemd(ctx)
	}
	var notes []string
	inverse := &Edit{host: e.host, around: e.around}
	inverse.around.Shown = nil
	var results []Result
	for _, c := range e.changes {
		err := ctx.Err()
		now := ""
		if err == nil {
			now, err = write(e.host, c)
		}
		if err != nil {
			for _, back := range inverse.changes {
				if _, again := write(e.host, back); again != nil {
					err = fmt.Errorf("%w; and %s could not be put back: %w", err, back.File, again)
				}
			}
			return effect.Outcome{}, err
		}
		if s := spec.Of(c.Group.Hierarchy.Version, c.File); now != c.New && !spec.ByDevice(s) && !(c.New == "-1" &&
			amount(now) >= cgroupview.UnlimitedV1) {
			notes = append(notes, fmt.Sprintf("%s reads %s, asked was %s", text.Line(c.File), text.Line(now), text.Line(c.New)))
		}
		results = append(results, Result{text.New(c.File), c.Group.Dir, c.Old, c.Asked, now, c.byHand()})
		inverse.changes = slices.Insert(inverse.changes, 0, Change{Group: c.Group, File: c.File, Old: now, Asked: c.Old,
			New: restorable(c)})
	}
	inverse.checks = inverse.check()
	return effect.Outcome{Inverse: inverse, Note: strings.Join(notes, "; "), Result: results}, nil
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
	return c.Old
}
