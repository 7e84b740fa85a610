package cgroupview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// KillAll kills every process of a target's groups and of those below them: by cgroup.kill on v2; on v1 the group is
// frozen, each process sent SIGKILL, and the group and those below it are thawed. It is done when nothing is left in
// any of the groups.
//
// The process table is never read: while a fork bomb fills it that takes longer than the bomb takes to grow.
type KillAll struct {
	host         *FileSystem
	surroundings Surroundings
	groups       []*Group // the one that stands for the whole target first
	shown        []*Group // those of them that it takes to reach every process, as it looked when the effect was made
}

var _ effect.Effect = (*KillAll)(nil)

// NewKillAll makes the effect. A target that bones is in, or a process that it was started from, or PID 1, is refused;
// so is a threaded group, which holds no whole processes.
func (h *FileSystem) NewKillAll(g Groups, a Surroundings) (*KillAll, error) {
	first, err := h.whole(g)
	if err != nil {
		return nil, err
	}
	k := &KillAll{host: h, surroundings: a}
	for _, x := range g.List {
		if x.Path.Raw() != "/" {
			k.groups = append(k.groups, x)
		}
	}
	slices.SortStableFunc(k.groups, func(x, y *Group) int { return cmp.Compare(k.order(first, x), k.order(first, y)) })
	for _, x := range k.groups {
		if err := h.threaded(x); err != nil {
			return nil, err
		}
		if err := h.spare(x, a, "killed"); err != nil {
			return nil, err
		}
		if x != first {
			if more, err := h.beyond(first, x); err != nil || !more {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		k.shown = append(k.shown, x)
	}
	return k, nil
}

// order puts the group that stands for all first, then those whose processes cannot fork while they are killed.
func (k *KillAll) order(first, g *Group) int {
	switch {
	case g == first:
		return 0
	case g.Hierarchy.Version == 1 && g.Hierarchy.Has("freezer"):
		return 1
	case g.Hierarchy.Version == 2:
		return 2
	}
	return 3
}

// beyond reports whether a group has processes that are not in the first one.
func (h *FileSystem) beyond(first, g *Group) (bool, error) {
	if some, err := h.Populated(g); err != nil || !some {
		return false, err
	}
	missing, err := h.missing(first, g)
	return len(missing) > 0, err
}

// Kind implements effect.Effect.
func (k *KillAll) Kind() string { return "cgroup.kill" }

// About implements effect.Effect.
func (k *KillAll) About() text.Text { return k.surroundings.Name }

// Describe implements effect.Effect.
func (k *KillAll) Describe() string {
	var dirs []string
	for _, g := range k.shown {
		dirs = append(dirs, g.Dir.String())
	}
	return "kill every process of " + k.surroundings.Name.String() + ", in " + strings.Join(dirs, " and ") + " and below"
}

// ByHand implements effect.Effect. On v1 it goes on until nothing is found, as what forks while the kernel freezes one
// task after the other is not in the list; and groups below that are frozen on their own are thawed as well: a frozen
// process does not end.
func (k *KillAll) ByHand() string {
	var steps []string
	for _, g := range k.shown {
		dir := effect.Command(g.Dir.Raw())
		list := "find " + dir + " -name cgroup.procs -exec cat {} +"
		kill := list + " | xargs -r kill -KILL"
		if canFreeze(g) {
			kill = "echo FROZEN > " + dir + "/freezer.state; " + kill + "; find " + dir +
				` -name freezer.state -exec sh -c 'for f; do echo THAWED > "$f"; done' sh {} +`
		}
		if g.Hierarchy.Version == 2 {
			steps = append(steps, g.ByHand("cgroup.kill", "1"))
		} else {
			steps = append(steps, "while "+list+" | grep -q .; do "+kill+"; sleep 0.01; done")
		}
	}
	return strings.Join(steps, "; ")
}

// Risk implements effect.Effect.
func (k *KillAll) Risk() effect.Risk {
	return effect.Risk{Level: effect.Grave, Why: "nothing in it can save its work"}
}

// Undo implements effect.Effect.
func (k *KillAll) Undo() effect.Undo { return effect.Undo{Why: "the dead do not come back"} }

// Apply implements effect.Effect. It returns without an error only once each of the groups was seen empty.
func (k *KillAll) Apply(ctx context.Context) (effect.Outcome, error) {
	// That a group was removed, and perhaps made again, since it was shown is said before anything is killed.
	for _, g := range k.groups {
		fd, err := g.openSame()
		if err != nil {
			return effect.Outcome{}, err
		}
		closeFD(fd)
	}
	failed := map[*Group]error{}
	frozen := map[string]bool{}
	waited := false
	for _, g := range k.groups {
		r := &rounds{host: k.host, group: g, thawed: frozen, waited: waited}
		if err := k.kill(ctx, r); err != nil && !errors.Is(err, ErrGone) {
			failed[g] = err
		}
		waited = r.waited
	}
	thawed := slices.Sorted(maps.Keys(frozen))
	// What one group could not be emptied of, another may have been: cgroup.kill takes no CAP_KILL.
	// And what is left in several groups is named once.
	var failure error
	var named *Group
	for _, g := range k.groups {
		some, err := k.host.Populated(g)
		if failed[g] == nil || !some && (err == nil || errors.Is(err, ErrGone)) {
			continue
		}
		if named != nil {
			if missing, err := k.host.missing(named, g); err == nil && len(missing) == 0 {
				continue
			}
		}
		if named = g; failure == nil {
			failure = failed[g]
		} else {
			failure = fmt.Errorf("%w; %w", failure, failed[g])
		}
	}
	if failure != nil {
		return effect.Outcome{}, fmt.Errorf("%s: %w", k.surroundings.Name, failure)
	}
	var out effect.Outcome
	switch len(thawed) {
	case 0:
	case 1:
		out.Note = "the group " + text.Line(thawed[0]) + " was frozen and is thawed now: a frozen process does not end"
	default:
		out.Note = fmt.Sprintf("%d groups, %s among them, were frozen and are thawed now: a frozen process does not end",
			len(thawed), text.Line(thawed[0]))
	}
	return out, nil
}

// kill empties one group in the way that its hierarchy has.
func (k *KillAll) kill(ctx context.Context, r *rounds) error {
	if r.group.Hierarchy.Version == 2 {
		err := k.killAtOnce(ctx, r.group)
		if errors.Is(err, unix.EOPNOTSUPP) { // it has become a threaded group
			return cmp.Or(k.host.threaded(r.group), err)
		}
		if !errors.Is(err, ErrUnsupported) {
			return err
		}
	}
	return r.run(ctx)
}
