package tuning

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Process is a process that is to be tuned.
type Process struct {
	ID      procwalk.ID
	Comm    text.Text
	Service bool // it is a service of the host's, in no container
}

// Plan is a process and the settings that it is to have.
type Plan struct {
	ID     procwalk.ID
	Comm   text.Text
	Values []Value
}

// Tune is the effect of changing settings of one process, or of several: all, or none if one cannot be changed. A
// process that has ended meanwhile is no reason not to change the others. nice, cpus and ioprio are changed for every
// thread of a process, as the kernel keeps them for each.
//
// Each process is known by its PID and start time, through its open folder in proc. Between the look at a thread
// and the call that changes it lie microseconds: these calls take numbers, and no descriptors. After each call it is
// looked at again: if its number was given to another process meanwhile, that one gets back what it had, and the error
// says so.
//
// Source: setpriority(2), sched_setaffinity(2), ioprio_set(2), prlimit(2), proc_pid_oom_score_adj(5).
type Tune struct {
	root    string // the proc file system that the processes were seen in
	whom    text.Text
	targets []Plan
	risk    effect.Risk
	lost    string // what bones could not put back; empty: nothing
}

// New makes the effect. whom is what they are called together, "container web"; empty for one process alone.
func New(root string, whom text.Text, subjects []Process, list []Assignment) (*Tune, error) {
	e := &Tune{root: root, whom: whom}
	if len(list) == 0 || len(subjects) == 0 {
		return nil, errors.New("there is nothing to change")
	}
	given := map[string]bool{}
	for _, a := range list {
		if given[a.Name] {
			return nil, fmt.Errorf("%s is given twice", a.Name)
		}
		given[a.Name] = true
	}
	// What may have no way back is changed last: if something before it fails, the rest can be put back.
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Assignment) int { return order(a.Name) - order(b.Name) })
	for _, s := range subjects {
		t := Plan{ID: s.ID, Comm: s.Comm}
		for _, a := range list {
			t.Values = append(t.Values, Value{Name: a.Name, Value: a.Value})
		}
		e.targets = append(e.targets, t)
	}
	return e, e.checkSubjects(subjects)
}

// order puts resource limits behind the rest.
func order(name string) int {
	if findLimit(name) != nil {
		return 1
	}
	return 0
}

// Kind implements effect.Effect.
func (e *Tune) Kind() string { return "process.tune" }

// About implements effect.Effect.
func (e *Tune) About() text.Text {
	first := e.targets[0]
	switch name := fmt.Sprintf("PID %d (%s)", first.ID.PID, first.Comm.Raw()); {
	case e.whom.Len() > 0:
		return e.whom
	case len(e.targets) == 1:
		return text.New(name)
	default:
		return text.New(fmt.Sprintf("%d processes, %s first", len(e.targets), name))
	}
}

// Describe implements effect.Effect.
func (e *Tune) Describe() string {
	whom := e.About().String()
	if e.whom.Len() > 0 {
		whom = fmt.Sprintf("the %d processes of %s", len(e.targets), e.whom)
		if len(e.targets) == 1 {
			whom = "the one process of " + e.whom.String()
		}
	}
	return fmt.Sprintf("set %s of %s", strings.Join(e.words(), " "), whom)
}

// words are the settings, those of the first process where they differ.
func (e *Tune) words() []string {
	var list []string
	for _, v := range e.targets[0].Values {
		list = append(list, v.Name+"="+v.Value)
	}
	if !e.alike() {
		list = append(list, "(or what each had)")
	}
	return list
}

// alike reports whether every process gets the same, and no thread something else.
func (e *Tune) alike() bool {
	for _, t := range e.targets {
		for i, v := range t.Values {
			first := e.targets[0].Values
			if len(v.Apart) > 0 || len(t.Values) != len(first) || v.Name != first[i].Name || v.Value != first[i].Value {
				return false
			}
		}
	}
	return true
}

// Risk implements effect.Effect.
func (e *Tune) Risk() effect.Risk { return e.risk }

// Undo implements effect.Effect.
func (e *Tune) Undo() effect.Undo { return effect.Undo{Possible: e.lost == "", Why: e.lost} }

// Applied is the Result of a Tune.
type Applied struct {
	Changed []Plan // what each had before
	Ended   []Plan // that had ended
}

// some reports whether anything is another now than it was before.
func (a *Applied) some() bool {
	return slices.ContainsFunc(a.Changed, func(p Plan) bool {
		return slices.ContainsFunc(p.Values, func(v Value) bool { return len(v.Apart) > 0 || v.String() != v.Left })
	})
}

// Apply implements effect.Effect. It fails with procwalk.ErrGone if all of them have ended. Its Result is an Applied.
func (e *Tune) Apply(ctx context.Context) (effect.Outcome, error) {
	done := &Applied{}
	var notes []string
	for _, t := range e.targets {
		was, note, err := e.one(ctx, t)
		if len(was.Values) > 0 {
			done.Changed = append(done.Changed, was)
		}
		if note != "" {
			notes = append(notes, note)
		}
		if errors.Is(err, procwalk.ErrGone) {
			done.Ended = append(done.Ended, t)
			continue
		}
		if err != nil {
			what := e.Describe()
			if len(e.targets) > 1 || e.whom.Len() > 0 { // otherwise that names the process
				what += fmt.Sprintf(": PID %d (%s)", t.ID.PID, t.Comm)
			}
			return e.putBack(ctx, done, fmt.Errorf("%s: %w", what, err))
		}
	}
	inverse := &Tune{root: e.root, whom: e.whom, targets: done.Changed}
	switch n := len(done.Ended); {
	case n == len(e.targets):
		return effect.Outcome{}, fmt.Errorf("%s: %w", e.Describe(), procwalk.ErrGone)
	case n > 0:
		notes = append(notes, fmt.Sprintf("%d of %d processes had ended, PID %d (%s) first", n, len(e.targets),
			done.Ended[0].ID.PID, done.Ended[0].Comm))
	}
	if extra := len(notes) - 3; extra > 0 {
		notes = append(notes[:3], fmt.Sprintf("%d more remarks", extra))
	}
	return effect.Outcome{Inverse: inverse, Unchanged: !done.some(), Note: strings.Join(notes, "; "),
		Result: done}, nil
}

// one changes one process. was is what it had of that which was changed, in the reverse order: what belongs together
// is put back as it was set.
func (e *Tune) one(ctx context.Context, t Plan) (was Plan, note string, err error) {
	was = Plan{ID: t.ID, Comm: t.Comm}
	p, err := open(e.root, t.ID)
	if err != nil {
		return was, "", err
	}
	defer p.close()
	for _, v := range t.Values {
		if err := ctx.Err(); err != nil {
			return was, note, err
		}
		before, changed, said, err := p.set(v)
		if changed {
			before.Left = p.read(v.Name).Value
			was.Values = append([]Value{before}, was.Values...)
		}
		if note == "" {
			note = said
		}
		if err != nil {
			return was, note, err
		}
	}
	return was, note, nil
}

// putBack takes back what was changed before something failed.
func (e *Tune) putBack(ctx context.Context, done *Applied, why error) (effect.Outcome, error) {
	if len(done.Changed) == 0 {
		return effect.Outcome{}, fmt.Errorf("%w; nothing was changed", why)
	}
	ctx = context.WithoutCancel(ctx)
	var left []Plan
	var failed error
	for i := len(done.Changed) - 1; i >= 0; i-- {
		t := done.Changed[i]
		if _, _, err := e.one(ctx, t); err != nil && !errors.Is(err, procwalk.ErrGone) {
			left, failed = append(left, t), err
		}
	}
	if len(left) == 0 {
		return effect.Outcome{}, fmt.Errorf("%w; what was changed before that is put back", why)
	}
	return effect.Outcome{Inverse: &Tune{root: e.root, whom: e.whom, targets: left}},
		fmt.Errorf("%w; %d processes stay changed, PID %d first: %w", why, len(left), left[0].ID.PID, failed)
}
