package cgroupview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Freeze stops or continues all processes of a group: cgroup.freeze on v2, freezer.state on v1.
type Freeze struct {
	host   *Host
	around Around
	group  *Group
	frozen bool // what to make it
}

var (
	_ effect.Effect   = (*Freeze)(nil)
	_ effect.Recorder = (*Freeze)(nil)
)

// NewFreeze makes the effect of freezing (frozen) or thawing. What would freeze bones itself is refused.
func (h *Host) NewFreeze(g Groups, frozen bool, around Around) (*Freeze, error) {
	group, err := h.whole(g)
	if err != nil {
		return nil, err
	}
	return h.freeze(group, frozen, around)
}

func (h *Host) freeze(group *Group, frozen bool, a Around) (*Freeze, error) {
	f := &Freeze{host: h, around: a, group: group, frozen: frozen}
	now, err := (&reader{buf: make([]byte, 256)}).frozen(Groups{List: []*Group{group}})
	switch {
	case err != nil:
		return nil, err
	case now == frozen:
		return nil, fmt.Errorf("%s: it is %s already", a.Name, f.state())
	case frozen && around(group, a.Own):
		return nil, fmt.Errorf("%s: bones is in that group, and would be frozen too; nothing could thaw it", a.Name)
	case frozen && around(group, a.Init):
		return nil, fmt.Errorf("%s: PID 1 is in that group: the host would stand still", a.Name)
	}
	return f, nil
}

// whole returns the group that stands for all processes of a target: that of the freezer, or on version 2 the unified
// one. On a hybrid host processes may be in one of the two only; the one that has some is taken.
func (h *Host) whole(g Groups) (*Group, error) {
	candidates := []*Group{g.With("freezer"), g.V2()}
	candidates = slices.DeleteFunc(candidates, func(x *Group) bool {
		return x == nil || x.Path.Raw() == "/"
	})
	for _, x := range candidates {
		if populated(h, x, 0) {
			return x, nil
		}
	}
	if len(candidates) > 0 {
		return candidates[0], nil
	}
	return nil, fmt.Errorf("none of its groups can be frozen: the root cannot, and on version 1 it takes the freezer hierarchy: %w", ErrUnsupported)
}

// populated reports whether there are processes in a group or below it.
func populated(h *Host, g *Group, depth int) bool {
	if pids, err := h.Procs(g); err == nil && len(pids) > 0 {
		return true
	}
	if depth > maxDepth {
		return false
	}
	children, _, _ := h.Children(g, maxFiles)
	return slices.ContainsFunc(children, func(c *Group) bool { return populated(h, c, depth+1) })
}

// maxDepth bounds how far below a group is looked.
const maxDepth = 64

func (f *Freeze) state() string {
	if f.frozen {
		return "frozen"
	}
	return "thawed"
}

func (f *Freeze) file() (name, value string) {
	v2 := f.group.Hierarchy.Version == 2
	switch {
	case v2 && f.frozen:
		return "cgroup.freeze", "1"
	case v2:
		return "cgroup.freeze", "0"
	case f.frozen:
		return "freezer.state", "FROZEN"
	}
	return "freezer.state", "THAWED"
}

// About implements effect.Effect.
func (f *Freeze) About() text.Text { return f.around.Name }

// Kind implements effect.Effect.
func (f *Freeze) Kind() string { return "cgroup.freeze" }

// Describe implements effect.Effect.
func (f *Freeze) Describe() string {
	if f.frozen {
		return "freeze all processes of " + f.around.Name.String()
	}
	return "thaw all processes of " + f.around.Name.String()
}

// ByHand implements effect.Effect.
func (f *Freeze) ByHand() string {
	name, value := f.file()
	return Change{Group: f.group, File: name, New: value}.byHand()
}

// Risk implements effect.Effect.
func (f *Freeze) Risk() effect.Risk {
	if f.frozen {
		return effect.Risk{Level: effect.Confirm, Why: "they do nothing until they are thawed, and whoever waits for them waits"}
	}
	return effect.Risk{}
}

// Undo implements effect.Effect.
func (f *Freeze) Undo() effect.Undo { return effect.Undo{Possible: true} }

// frozenWithin is how long a group may take to freeze: a task in an uninterruptible wait cannot.
const frozenWithin = 10 * time.Second

// Apply implements effect.Effect. What does not freeze in time is thawed again.
func (f *Freeze) Apply(ctx context.Context) (effect.Outcome, error) {
	name, value := f.file()
	if err := f.group.put(name, value); err != nil {
		return effect.Outcome{}, err
	}
	inverse := *f
	inverse.frozen = !f.frozen
	limit := time.NewTimer(frozenWithin)
	defer limit.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		done, err := f.done()
		if done || err != nil {
			return effect.Outcome{Inverse: &inverse}, err
		}
		select {
		case <-poll.C:
			continue
		case <-ctx.Done():
		case <-limit.C:
		}
		if !f.frozen {
			return effect.Outcome{Inverse: &inverse}, fmt.Errorf("%s: still frozen: a group around it is frozen too", f.around.Name)
		}
		back, backValue := inverse.file()
		return effect.Outcome{}, errors.Join(fmt.Errorf("%s: a task of it did not freeze in %v; thawed again", f.around.Name, frozenWithin),
			f.group.put(back, backValue))
	}
}

func (f *Freeze) done() (bool, error) {
	r := reader{buf: make([]byte, 256)}
	if f.group.Hierarchy.Version == 2 {
		n := r.keyed(f.group, "cgroup.events", "frozen")
		return (n.Value == 1) == f.frozen, n.Err
	}
	b, err := r.file(f.group, "freezer.state")
	want := "THAWED\n"
	if f.frozen {
		want = "FROZEN\n"
	}
	return string(b) == want, err
}

type recordedFreeze struct {
	recordedGroup
	Frozen bool `json:"frozen"`
}

// Record implements effect.Recorder.
func (f *Freeze) Record() (json.RawMessage, error) {
	return json.Marshal(recordedFreeze{f.group.record(), f.frozen})
}

// RestoreFreeze is RestoreEdit for freezing.
func (h *Host) RestoreFreeze(record json.RawMessage, around func(*Group) Around) (*Freeze, error) {
	var r recordedFreeze
	if err := json.Unmarshal(record, &r); err != nil {
		return nil, errors.New("the record of the change is not understood")
	}
	g, err := h.recorded(r.recordedGroup)
	if err != nil {
		return nil, err
	}
	return h.freeze(g, r.Frozen, around(g))
}
