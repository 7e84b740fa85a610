package tune

import (
	"context"
	"fmt"
	"slices"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/procwalk/tuning"
)

// Whom are the processes that a TARGET means, and how a message calls them.
type Whom struct {
	Name     text.Text // what they are called together; empty: it is one process
	Subjects []tuning.Process
}

// Find finds the process that a TARGET names, of a container the one that backs it; with all every process of the
// container, and of a PID those of the container that it is in.
func Find(ctx context.Context, f target.Finder, word string, all bool) (Whom, error) {
	if _, err := tuning.ParseAssignment(word); err == nil {
		return Whom{}, &inventory.TargetError{Wrong: true, Err: fmt.Errorf("of which process or container? "+
			"bones tune TARGET %s", word)}
	}
	s, x, p, c, err := f.Process(ctx, word)
	if err != nil {
		return Whom{}, err
	}
	if !all {
		return Whom{Subjects: []tuning.Process{subject(x, p)}}, nil
	}
	if c == nil {
		if c, _ = x.Of(p); c == nil {
			return Whom{}, &inventory.TargetError{Wrong: true, Err: fmt.Errorf("--all: PID %d (%s) is in no container", p.PID,
				p.Comm)}
		}
	}
	w := Whom{Name: c.Title()}
	for _, pid := range c.PIDs {
		if p := s.Find(pid); p != nil {
			w.Subjects = append(w.Subjects, subject(x, p))
		}
	}
	if len(w.Subjects) == 0 {
		return w, &inventory.TargetError{Err: fmt.Errorf("%s: it has ended", w.Name)}
	}
	return w, nil
}

func subject(x *inventory.Inventory, p *procwalk.Process) tuning.Process {
	return tuning.Process{ID: p.ID(), Comm: p.Comm, Service: host.Service(x, p)}
}

// Plan makes the effect of NAME=VALUE words.
func Plan(ctx context.Context, f target.Finder, word string, all bool, words []string) (*tuning.Tune, error) {
	var list []tuning.Assignment
	for _, w := range words {
		a, err := tuning.ParseAssignment(w)
		if err != nil {
			return nil, &inventory.TargetError{Wrong: true, Err: err}
		}
		list = append(list, a)
	}
	for i, a := range list {
		if slices.ContainsFunc(list[:i], func(b tuning.Assignment) bool { return a.Name == b.Name }) {
			return nil, &inventory.TargetError{Wrong: true, Err: fmt.Errorf("%s is given twice", a.Name)}
		}
	}
	w, err := Find(ctx, f, word, all)
	if err != nil {
		return nil, err
	}
	return tuning.New(f.Proc, w.Name, w.Subjects, list)
}
