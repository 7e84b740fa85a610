package cgroupview

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bones/procwalk/effect"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// KillAll kills every process of a group and those below it: cgroup.kill on v2; on v1 the group is frozen, each
// process sent SIGKILL, and thawed again.
type KillAll struct {
	host   *Host
	around Around
	group  *Group
}

var _ effect.Effect = (*KillAll)(nil)

// NewKillAll makes the effect.
func (h *Host) NewKillAll(g Groups, a Around) (*KillAll, error) {
	group, err := h.whole(g)
	switch {
	case err != nil:
		return nil, err
	case around(group, a.Own):
		return nil, fmt.Errorf("%s: bones is in that group, and would be killed too", a.Name)
	case around(group, a.Init):
		return nil, fmt.Errorf("%s: PID 1 is in that group", a.Name)
	}
	return &KillAll{h, a, group}, nil
}

// Kind implements effect.Effect.
func (k *KillAll) Kind() string { return "cgroup.kill" }

// About implements effect.Effect.
func (k *KillAll) About() text.Text { return k.around.Name }

// Describe implements effect.Effect.
func (k *KillAll) Describe() string {
	return "kill every process of " + k.around.Name.String() + ", in " + k.group.Dir.String() + " and below"
}

// ByHand implements effect.Effect.
func (k *KillAll) ByHand() string {
	if k.group.Hierarchy.Version == 2 {
		return Change{Group: k.group, File: "cgroup.kill", New: "1"}.byHand()
	}
	dir := effect.Command(k.group.Dir.Raw())
	return "echo FROZEN > " + dir + "/freezer.state; find " + dir + " -name cgroup.procs -exec cat {} + | xargs -r kill -KILL; echo THAWED > " + dir + "/freezer.state"
}

// Risk implements effect.Effect.
func (k *KillAll) Risk() effect.Risk {
	return effect.Risk{Level: effect.Grave, Why: "nothing in it can save its work"}
}

// Undo implements effect.Effect.
func (k *KillAll) Undo() effect.Undo { return effect.Undo{Why: "the dead do not come back"} }

// Apply implements effect.Effect.
func (k *KillAll) Apply(ctx context.Context) (effect.Outcome, error) {
	if k.group.Hierarchy.Version == 2 {
		err := k.group.put("cgroup.kill", "1")
		if err == nil {
			return effect.Outcome{}, k.empty(ctx)
		}
		if !errors.Is(err, ErrUnsupported) {
			return effect.Outcome{}, err
		}
	}
	frozen, err := k.host.freeze(k.group, true, k.around)
	if err == nil {
		if _, err = frozen.freezeQuietly(ctx); err != nil {
			return effect.Outcome{}, err
		}
	}
	killErr := k.signal(k.group, 0)
	thaw := &Freeze{k.host, k.around, k.group, false}
	name, value := thaw.file()
	if err := errors.Join(killErr, k.group.put(name, value)); err != nil {
		return effect.Outcome{}, err
	}
	return effect.Outcome{}, k.empty(ctx)
}

// freezeQuietly freezes as a step of something else.
func (f *Freeze) freezeQuietly(context.Context) (done bool, err error) {
	name, value := f.file()
	if err := f.group.put(name, value); err != nil {
		return false, err
	}
	deadline := time.Now().Add(time.Second)
	for time.Now().Before(deadline) {
		if done, err := f.done(); done || err != nil {
			return done, err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false, nil // a task that waits in the kernel dies when it wakes up
}

// signal sends SIGKILL to what is in a group and below it. While they are frozen none of them ends, so that no PID of
// theirs can be used again in between.
func (k *KillAll) signal(g *Group, depth int) error {
	pids, err := k.host.Procs(g)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if pid <= 1 || pid == unix.Getpid() {
			continue // 0 are processes of pid namespaces that we do not see
		}
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
			return fmt.Errorf("killing PID %d: %w", pid, err)
		}
	}
	if depth > maxDepth {
		return nil
	}
	children, _, err := k.host.Children(g, maxFiles)
	for _, c := range children {
		err = errors.Join(err, k.signal(c, depth+1))
	}
	return err
}

// empty waits until nothing is left.
func (k *KillAll) empty(ctx context.Context) error {
	deadline := time.Now().Add(frozenWithin)
	for populated(k.host, k.group, 0) {
		if ctx.Err() != nil || time.Now().After(deadline) {
			return fmt.Errorf("%s: killed, but some processes have not ended yet", k.around.Name)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}
