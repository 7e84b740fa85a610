package cgroupview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Freeze stops or continues all processes of a group: cgroup.freeze on v2, freezer.state on v1.
type Freeze struct {
	host         *FileSystem
	surroundings Surroundings
	group        *Group
	frozen       bool         // what to make it
	others       map[int]bool // processes beside those that were named
	undoes       bool         // it takes a freeze back: groups below that were frozen before stay so, as they were
}

var (
	_ effect.Effect   = (*Freeze)(nil)
	_ effect.Recorder = (*Freeze)(nil)
)

// NewFreeze makes the effect of freezing (frozen) or thawing. What would freeze bones itself is refused, and so is
// what would freeze some of the processes and leave others running.
func (h *FileSystem) NewFreeze(g Groups, frozen bool, surroundings Surroundings) (*Freeze, error) {
	group, err := h.whole(g)
	if err != nil {
		return nil, err
	}
	if !canFreeze(group) {
		return nil, fmt.Errorf("%s: its processes are in %s only, and none of its groups there can be frozen: on version "+
			"1 it takes the freezer hierarchy: %w", surroundings.Name, group.Dir, ErrUnsupported)
	}
	f, err := h.freeze(group, frozen, surroundings)
	if err != nil {
		return nil, err
	}
	if f.others, err = h.beside(group, surroundings.Whom); err != nil || !frozen {
		return f, err
	}
	return f, h.covers(group, g, surroundings)
}

// beside are the processes of a group that are not among those that were named; none where a group was named.
func (h *FileSystem) beside(g *Group, named []int) (map[int]bool, error) {
	if len(named) == 0 {
		return nil, nil
	}
	all, err := h.members(g)
	for _, pid := range named {
		delete(all, pid)
	}
	return all, err
}

func (h *FileSystem) freeze(group *Group, frozen bool, a Surroundings) (*Freeze, error) {
	f := &Freeze{host: h, surroundings: a, group: group, frozen: frozen}
	now, err := (&reader{buf: make([]byte, 256)}).frozen(Groups{List: []*Group{group}})
	if err != nil {
		return nil, err
	}
	outer := h.frozenAround(group)
	if !frozen {
		below, err := h.frozenBelow(group)
		switch {
		case err != nil:
			return nil, err
		case outer != "":
			return nil, fmt.Errorf("%s: the group %s around it is frozen, and it stays frozen until that one is thawed, which "+
				"is cgroup:%[2]s; nothing was changed", a.Name, text.Line(outer))
		case !now && len(below) == 0:
			return nil, fmt.Errorf("%s: it is %s already", a.Name, f.state())
		case !now:
			return nil, fmt.Errorf("%s: it is %s already, but %s", a.Name, f.state(), areFrozen(below))
		}
		return f, nil
	}
	switch {
	case now && outer != "":
		return nil, fmt.Errorf("%s: it is %s already, with the group %s around it", a.Name, f.state(), text.Line(outer))
	case now:
		return nil, fmt.Errorf("%s: it is %s already", a.Name, f.state())
	}
	if err := h.spare(group, a, "frozen, and could not be thawed from here"); err != nil {
		return nil, err
	}
	return f, nil
}

// covers makes sure that all processes of a target are in the group that is to be frozen: those that are in another
// hierarchy's group alone would go on, and the target would only look frozen.
func (h *FileSystem) covers(group *Group, g Groups, a Surroundings) error {
	for _, other := range g.List {
		if other == group || other.Path.Raw() == "/" {
			continue
		}
		// Processes start and end while the two are read: only who is missing twice is.
		missing, err := h.missing(group, other)
		if err == nil && len(missing) > 0 {
			var stillMissing map[int]bool
			stillMissing, err = h.missing(group, other)
			maps.DeleteFunc(missing, func(pid int, _ bool) bool { return !stillMissing[pid] })
		}
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			return fmt.Errorf("%s: %s in %s, but not in %s, would go on: nothing was frozen", a.Name, namedPIDs(missing),
				other.Dir, group.Dir)
		}
	}
	return nil
}

// missing are the processes in one group that are not in another.
func (h *FileSystem) missing(group, other *Group) (map[int]bool, error) {
	all, err := h.members(other)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	covered, err := h.members(group)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(all, func(pid int, _ bool) bool { return covered[pid] })
	return all, nil
}

// canFreeze reports whether a group has a file that freezes it.
func canFreeze(g *Group) bool {
	return g.Path.Raw() != "/" && (g.Hierarchy.Version == 2 || g.Hierarchy.Has("freezer"))
}

// whole returns the group that stands for all processes of a target: that of the freezer, or on version 2 the unified
// one. On a hybrid host processes may be in one of the two only; the one that has some is taken. Where neither has
// any, it is the first of the others that does; so a freezer's group that is empty does not stand for what is in
// others.
func (h *FileSystem) whole(g Groups) (*Group, error) {
	candidates := slices.DeleteFunc([]*Group{g.With("freezer"), g.V2()}, func(x *Group) bool {
		return x == nil || x.Path.Raw() == "/"
	})
	for _, x := range g.List {
		if x.Path.Raw() != "/" && !slices.Contains(candidates, x) {
			candidates = append(candidates, x)
		}
	}
	for _, x := range candidates {
		if some, err := h.Populated(x); err != nil {
			return nil, err
		} else if some {
			return x, nil
		}
	}
	if len(candidates) > 0 {
		return candidates[0], nil
	}
	if err := g.unreached(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("none of its groups can be frozen or killed, because they are root groups: %w", ErrUnsupported)
}

// unreached is why the groups that could be frozen or killed are not reached: as a rule because bones is in a cgroup
// namespace, and they are outside of that. nil if it is not for that.
func (g Groups) unreached() error {
	for _, e := range g.Errors {
		if c := e.Line.Controllers.Raw(); c != "" && c != "freezer" && !errors.Is(e.Err, ErrOutside) {
			continue
		}
		hint := ""
		if errors.Is(e.Err, ErrOutside) {
			hint = "; do it on the host, or in the cgroup namespace around this one"
		}
		return fmt.Errorf("its group %s cannot be reached: %w%s", e.Line.Path, e.Err, hint)
	}
	return nil
}

// Together are the groups that stand for one process as a whole: that of the freezer or of version 2, and those of the
// same path. In another hierarchy it may be in a group with processes that have nothing to do with it.
func (h *FileSystem) Together(g Groups) (Groups, error) {
	for _, x := range []*Group{g.With("freezer"), g.V2()} {
		if x != nil && x.Path.Raw() != "/" {
			list := slices.DeleteFunc(slices.Clone(g.List), func(other *Group) bool { return other.Path.Raw() != x.Path.Raw() })
			return Groups{List: list}, nil
		}
	}
	if err := g.unreached(); err != nil {
		return Groups{}, err
	}
	return Groups{}, fmt.Errorf("none of its groups can be frozen or killed: they are root groups, and cgroup v1 "+
		"also needs the freezer hierarchy: %w", ErrUnsupported)
}

func (f *Freeze) state() string {
	if f.frozen {
		return "frozen"
	}
	return "thawed"
}

func (f *Freeze) file() (name, value string) {
	switch v2 := f.group.Hierarchy.Version == 2; {
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
func (f *Freeze) About() text.Text { return f.surroundings.Name }

// Kind implements effect.Effect.
func (f *Freeze) Kind() string { return "cgroup.freeze" }

// Describe implements effect.Effect.
func (f *Freeze) Describe() string {
	verb := "thaw"
	if f.frozen {
		verb = "freeze"
	}
	s := verb + " all processes of " + f.surroundings.Name.String()
	if len(f.others) > 0 {
		s += ", and with it " + namedPIDs(f.others) + " in the same group " + f.group.Path.String()
	}
	return s
}

// alsoMeant says who else it was.
func (f *Freeze) alsoMeant() string {
	if len(f.others) == 0 {
		return ""
	}
	return f.state() + " with it: " + namedPIDs(f.others) + " in the same group " + f.group.Path.String()
}

// ByHand implements effect.Effect.
func (f *Freeze) ByHand() string {
	name, value := f.file()
	return f.group.ByHand(name, value)
}

// Risk implements effect.Effect.
func (f *Freeze) Risk() effect.Risk {
	if f.frozen {
		return effect.Risk{Level: effect.Confirm,
			Why: "they do nothing until they are thawed, and whoever waits for them waits"}
	}
	return effect.Risk{}
}

// Undo implements effect.Effect.
func (f *Freeze) Undo() effect.Undo { return effect.Undo{Possible: true} }

// frozenWithin is how long a group may take to freeze: a task in an uninterruptible wait cannot.
const frozenWithin = 10 * time.Second

// Apply implements effect.Effect. What does not freeze in time is thawed again, unless somebody else freezes it.
func (f *Freeze) Apply(ctx context.Context) (effect.Outcome, error) {
	name, value := f.file()
	// Somebody may have been faster: it is not ours to take back. It is not written again: that could be a change.
	own, err := f.host.File(f.group, ownFreeze(f.group))
	already := err == nil && own.Err == nil && (own.Value.Raw() == "1") == f.frozen
	if !already {
		if err := f.group.Put(name, value); err != nil {
			return effect.Outcome{}, err
		}
	}
	inverse := *f
	inverse.frozen, inverse.undoes = !f.frozen, true
	limit := time.NewTimer(frozenWithin)
	defer limit.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		done, err := f.done()
		if done || err != nil {
			return f.thawedBelow(effect.Outcome{Inverse: &inverse, Unchanged: already, Note: f.alsoMeant()}, err)
		}
		select {
		case <-poll.C:
			continue
		case <-ctx.Done():
		case <-limit.C:
		}
		if !f.frozen {
			return effect.Outcome{Inverse: &inverse}, fmt.Errorf("%s: still frozen: a group around it is frozen too",
				f.surroundings.Name)
		}
		slow := fmt.Errorf("%s: a task of it did not freeze within %v", f.surroundings.Name, frozenWithin)
		if already {
			return effect.Outcome{}, slow
		}
		back, backValue := inverse.file()
		return effect.Outcome{}, errors.Join(fmt.Errorf("%w; bones thawed the group again", slow),
			f.group.Put(back, backValue))
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

// thawedBelow adds to an outcome what groups below the one that was thawed are frozen on their own.
func (f *Freeze) thawedBelow(out effect.Outcome, err error) (effect.Outcome, error) {
	if f.frozen || err != nil {
		return out, err
	}
	below, err := f.host.frozenBelow(f.group)
	switch {
	case err != nil || len(below) == 0:
		return out, err
	case f.undoes:
		out.Note = areFrozen(below)
		return out, nil
	}
	return out, fmt.Errorf("%s: thawed, but %s", f.surroundings.Name, areFrozen(below))
}

type recordedFreeze struct {
	GroupRecord
	Frozen bool `json:"frozen"`
}

// Record implements effect.Recorder.
func (f *Freeze) Record() (json.RawMessage, error) {
	return json.Marshal(recordedFreeze{f.group.Record(), f.frozen})
}

// RestoreFreeze is edit.Restore for freezing.
func (h *FileSystem) RestoreFreeze(record json.RawMessage, surroundings func(*Group) Surroundings) (*Freeze, error) {
	var r recordedFreeze
	if err := json.Unmarshal(record, &r); err != nil {
		return nil, errors.New("the record of the change is not one that this version of bones can read")
	}
	g, err := h.Recorded(r.GroupRecord)
	if err != nil {
		return nil, err
	}
	f, err := h.freeze(g, r.Frozen, surroundings(g))
	if err != nil {
		return nil, err
	}
	f.undoes = true
	return f, nil
}
