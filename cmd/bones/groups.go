package main

import (
	"context"
	"fmt"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
)

// target is what a TARGET names where a command acts on control groups.
type target struct {
	Snapshot *procwalk.Snapshot
	Index    *inventory.Inventory
	Entry    *inventory.Container // nil unless it is a container
	Process  *procwalk.Process    // one of its processes; nil for a group without any
	Groups   cgroupview.Groups
	Chain    container.Chain
	Name     text.Text // "container memcached", "PID 12 (sleep)", "group /x"
}

// cgroupHost finds the control groups of this host.
func (a *app) cgroupHost() (*cgroupview.Host, error) {
	h, err := cgroupview.Open(cgroupview.Config{Proc: a.procRoot, Root: a.cgroupRoot})
	return h, failed(err)
}

// targetGroups finds the groups that a TARGET means: of a container the group that its engine made for it; of a PID
// that of its container, or its own if it is in none; of cgroup:PATH exactly that one.
func (a *app) targetGroups(ctx context.Context, h *cgroupview.Host, word string) (*target, error) {
	named, err := inventory.ParseTarget(word)
	if err != nil {
		return nil, failed(err)
	}
	s, x, err := a.snapshotContainers(ctx)
	if err != nil {
		return nil, err
	}
	t := &target{Snapshot: s, Index: x}
	if path := named.Value; named.Kind == inventory.ByGroup {
		t.Groups = h.Find(path)
		t.Name = text.New("group " + path)
		if len(t.Groups.List) == 0 {
			return nil, noTarget("%s: no hierarchy has a group of that path, as it stands in /proc/PID/cgroup", text.Sanitise(word))
		}
		t.Chain = container.FromLines([]container.Line{{Path: text.New(path)}})
		return t, nil
	}
	if t.Entry, t.Process, err = x.Find(s, named); err != nil {
		return nil, failed(err)
	}
	if t.Entry == nil {
		t.Entry, _ = x.Of(t.Process)
	}
	if t.Entry != nil && t.Process == nil {
		t.Process = s.Find(t.Entry.PID)
	}
	if t.Process == nil {
		return nil, noTarget("%s: it has ended", text.Sanitise(word))
	}
	t.Chain = x.Chain(t.Process)
	t.Name = text.New(fmt.Sprintf("PID %d (%s)", t.Process.PID, t.Process.Comm.Raw()))
	if t.Entry != nil {
		t.Chain = t.Entry.Chain
		t.Name = text.New("container " + t.Entry.Label().Raw())
	}
	t.Groups = groupsOf(h, x, t.Process, t.Entry)
	if len(t.Groups.List) == 0 {
		return nil, failed(fmt.Errorf("%s: none of its groups can be reached: %w", t.Name, firstError(t.Groups)))
	}
	return t, nil
}

func firstError(g cgroupview.Groups) error {
	if len(g.Errors) > 0 {
		return g.Errors[0].Err
	}
	return cgroupview.ErrNotMounted
}
