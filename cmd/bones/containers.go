package main

import (
	"cmp"
	"context"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
)

// What a TARGET names, with the exit status that a command has for what it does not name.

// targets returns what finds them, for the global flags of this command line.
func (a *app) targets() target.Finder {
	return target.Finder{Proc: a.procRoot, Cgroups: a.cgroupRoot, HostRoot: a.hostRoot, Source: a.source, Past: a.past,
		Lacks: func(s *procwalk.Snapshot) {
			a.incomplete, a.cut = cmp.Or(a.incomplete, s.Incomplete()), cmp.Or(a.cut, s.Cut())
		}, Starved: func(err error) { a.incomplete = cmp.Or(a.incomplete, err) }}
}

// cgroupHost finds the cgroup hierarchies of this host.
func (a *app) cgroupHost() (*cgroupview.FileSystem, error) {
	h, err := a.targets().CgroupHost()
	return h, failed(err)
}

// cgroupHostFor is cgroupHost for a command about the groups of a TARGET. A word that can be none is wrong whatever
// this host has, and is refused first.
func (a *app) cgroupHostFor(word string) (*cgroupview.FileSystem, error) {
	if _, err := inventory.ParseTarget(word); err != nil {
		return nil, failed(err)
	}
	return a.cgroupHost()
}

// targetGroups finds the control groups that a TARGET means, for a command that changes them.
func (a *app) targetGroups(ctx context.Context, word string) (*cgroupview.FileSystem, *target.Target, error) {
	h, err := a.cgroupHostFor(word)
	if err != nil {
		return nil, nil, err
	}
	t, err := a.targets().Groups(ctx, h, word)
	return h, t, failed(err)
}

// targetGroupsToRead finds them for a command that changes nothing.
func (a *app) targetGroupsToRead(ctx context.Context, h *cgroupview.FileSystem, word string) (*target.Target, error) {
	t, err := a.targets().GroupsToRead(ctx, h, word)
	return t, failed(err)
}

// containers finds the containers of a snapshot that was taken with inventory.Want.
func (a *app) containers(s *procwalk.Snapshot) (*inventory.Inventory, error) {
	x, err := a.targets().Inventory(s)
	return x, failed(err)
}

// snapshotNamed reads the container that a TARGET names, and as few processes as that takes.
func (a *app) snapshotNamed(ctx context.Context, word string) (*procwalk.Snapshot, *inventory.Inventory, error) {
	s, x, err := a.targets().Named(ctx, word)
	return s, x, failed(err)
}

// snapshotContainers reads the process table with its containers.
func (a *app) snapshotContainers(ctx context.Context) (*procwalk.Snapshot, *inventory.Inventory, error) {
	s, x, err := a.targets().Containers(ctx)
	return s, x, failed(err)
}

// findTarget returns the container that a TARGET names, or the process if it names one; the other of the two is nil.
// An x that is nil does for the words that are not command.NamesContainer.
func findTarget(x *inventory.Inventory, s *procwalk.Snapshot, word string) (*inventory.Container, *procwalk.Process,
	error) {
	c, p, err := x.Find(s, word)
	return c, p, failed(err)
}

// findBacking returns the process that a TARGET stands for, and the container that it backs, if that was what was
// named.
func findBacking(x *inventory.Inventory, s *procwalk.Snapshot, word string) (*procwalk.Process, *inventory.Container,
	error) {
	p, c, err := target.Backing(x, s, word)
	return p, c, failed(err)
}
