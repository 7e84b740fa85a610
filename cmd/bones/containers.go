package main

import (
	"context"
	"errors"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/procwalk"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
)

// What every command does to find the containers of this host, and what a TARGET names.

// containers finds the containers of a snapshot that was taken with inventory.Want.
func (a *app) containers(s *procwalk.Snapshot) (*inventory.Inventory, error) {
	x, err := inventory.NewResolver(a.procRoot, a.cgroupRoot).Resolve(s)
	return x, failed(err)
}

// snapshotContainers reads the process table with its containers.
func (a *app) snapshotContainers(ctx context.Context) (*procwalk.Snapshot, *inventory.Inventory, error) {
	w, err := procwalk.NewWalker(a.procRoot)
	if err != nil {
		return nil, nil, failed(err)
	}
	defer w.Close()
	s, err := w.Snapshot(ctx, inventory.Want)
	if err != nil {
		return nil, nil, failed(err)
	}
	x, err := a.containers(s)
	if err != nil {
		return nil, nil, err
	}
	return s, x, nil
}

// findTarget returns the container that a TARGET names, or the process if it names one; the other of the two is nil. An x
// that is nil does for the words that are no namesContainer.
func findTarget(x *inventory.Inventory, s *procwalk.Snapshot, word string) (*inventory.Container, *procwalk.Process, error) {
	c, p, err := x.Find(s, word)
	return c, p, failed(err)
}

// findBacking returns the process that a TARGET stands for, and the container that it backs, if that was what was named.
func findBacking(x *inventory.Inventory, s *procwalk.Snapshot, word string) (*procwalk.Process, *inventory.Container, error) {
	t, err := inventory.ParseTarget(word)
	if err != nil {
		return nil, nil, failed(err)
	}
	p, c, err := x.Backing(s, t)
	return p, c, failed(err)
}

// findProcess returns the process that a PID names, where nothing else than a process can be meant.
func findProcess(s *procwalk.Snapshot, word string) (*procwalk.Process, error) {
	if namesContainer(word) {
		return nil, usage("%s is not a process: give a PID, pid:N or self", text.Sanitise(word))
	}
	_, p, err := findTarget(nil, s, word)
	return p, err
}

// backingPID returns the PID that a TARGET stands for: its own, or that of the process that backs the container. The
// containers of the host are looked for only where the target is no PID.
func (a *app) backingPID(ctx context.Context, word string) (int, error) {
	t, err := inventory.ParseTarget(word)
	if err != nil {
		return 0, failed(err)
	}
	if pid, ok := t.Process(); ok {
		return pid, nil
	}
	s, x, err := a.snapshotContainers(ctx)
	if err != nil {
		return 0, err
	}
	p, _, err := x.Backing(s, t)
	if err != nil {
		return 0, failed(err)
	}
	return p.PID, nil
}

// namesContainer reports whether a TARGET is one that the containers of this host have to be looked for.
func namesContainer(word string) bool {
	t, err := inventory.ParseTarget(word)
	_, process := t.Process()
	return err == nil && !process
}

// targetStatus is the exit status for a TARGET that names nothing to act on; 0 if that is not what the error says.
func targetStatus(err error) int {
	var t *inventory.TargetError
	switch {
	case !errors.As(err, &t):
		return 0
	case t.Wrong:
		return exitUsage
	}
	return exitNoTarget
}

// groupsOf returns the groups of a process, or with c those of its container. Where the container has no group of its
// own in a hierarchy, there is none.
func groupsOf(h *cgroupview.Host, x *inventory.Inventory, p *procwalk.Process, c *inventory.Container) cgroupview.Groups {
	if c != nil {
		return x.Groups(h, p, c)
	}
	return inventory.GroupsOfProcess(h, p)
}

// around is what an edit must know of this host.
func (a *app) around(h *cgroupview.Host, t *target) cgroupview.Around {
	return inventory.Around(h, t.Snapshot, t.Chain, t.Name)
}

// processContainer gives the container of a process in JSON; nil for none, and for a sandbox, which no engine knows.
func processContainer(x *inventory.Inventory) func(*procwalk.Process) *psfmt.ContainerObject {
	return func(p *procwalk.Process) *psfmt.ContainerObject {
		c, ok := x.Of(p)
		if !ok || c.Sandbox() {
			return nil
		}
		return &psfmt.ContainerObject{ID: c.ID, Runtime: text.New(string(c.Runtime)), Name: object.OrNull(c.Name)}
	}
}
