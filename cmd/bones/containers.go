package main

import (
	"cmp"
	"context"
	"errors"
	"os"

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
	w, err := a.walker()
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

// findTarget returns the container that a TARGET names, or the process if it names one; the other of the two is nil.
func findTarget(x *inventory.Inventory, s *procwalk.Snapshot, target string) (*inventory.Container, *procwalk.Process, error) {
	c, p, err := x.Find(s, target)
	return c, p, failed(err)
}

// findProcess returns the process that a TARGET names which can name nothing else.
func findProcess(s *procwalk.Snapshot, target string) (*procwalk.Process, error) {
	p, err := inventory.FindProcess(s, target)
	return p, failed(err)
}

// findPID returns the PID that a TARGET stands for.
func findPID(x *inventory.Inventory, s *procwalk.Snapshot, target string) (int, error) {
	pid, err := x.FindPID(s, target)
	return pid, failed(err)
}

// backingPID returns the PID that a TARGET stands for: its own, or that of the process that backs the container. The
// containers of the host are looked for only where the target is no PID.
func (a *app) backingPID(ctx context.Context, target string) (int, error) {
	if !namesContainer(target) {
		pid, err := inventory.TargetPID(target)
		return pid, failed(err)
	}
	s, x, err := a.snapshotContainers(ctx)
	if err != nil {
		return 0, err
	}
	return findPID(x, s, target)
}

// namesContainer reports whether a TARGET is something else than a process.
func namesContainer(target string) bool {
	_, err := inventory.TargetPID(target)
	return err != nil
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
	r := cgroupview.Around{Chain: t.Chain, Name: t.Name, PageSize: os.Getpagesize(), Total: t.Snapshot.Host.MemTotal}
	r.Own = inventory.GroupsOfProcess(h, t.Snapshot.Find(os.Getpid()))
	r.Init = inventory.GroupsOfProcess(h, t.Snapshot.Find(1))
	r.Ancestors = ancestors(h, t.Snapshot)
	return r
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

// walker makes one that reads the process table for a command. What it cannot read is said at the end, and in the status.
func (a *app) walker(options ...procwalk.Option) (*procwalk.Walker, error) {
	return procwalk.NewWalker(a.procRoot, append(options, procwalk.OnLacking(func(s *procwalk.Snapshot) {
		a.incomplete, a.cut = cmp.Or(a.incomplete, s.Incomplete()), cmp.Or(a.cut, s.Cut())
	}))...)
}
