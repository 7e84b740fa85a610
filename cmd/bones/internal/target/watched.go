package target

import (
	"context"
	"slices"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"
)

// Watched returns what inventory.LiveConfig.Named asks, for somebody who looks at the same container many times: the
// container that a TARGET names, without the process table. While the process that backs it lives and the same
// processes are in its groups, what was found is said a few more times. What visits a container is not among its
// processes.
func (f Finder) Watched() func(context.Context, inventory.Target) (*procwalk.Snapshot, *inventory.Inventory, bool) {
	var last watched
	return func(ctx context.Context, t inventory.Target) (*procwalk.Snapshot, *inventory.Inventory, bool) {
		if last.holds(f, t, time.Now()) {
			last.times--
			return last.snapshot, last.inventory, true
		}
		last = watched{target: t, found: time.Now()}
		h, read, ok := f.few(ctx)
		if !ok {
			return nil, nil, false
		}
		s, x, ok := inventory.NewResolver(f.Proc, f.Cgroups).Narrowly(h, t, read)
		if ok {
			last.note(f, h, s, x)
		}
		return s, x, ok
	}
}

// watched is a container as it was found last.
type watched struct {
	target    inventory.Target
	host      *cgroupview.FileSystem
	snapshot  *procwalk.Snapshot
	inventory *inventory.Inventory
	backing   procwalk.ID
	groups    []*cgroupview.Group
	pids      []int // in all of its groups
	times     int   // how many more it may be said again
	found     time.Time
}

// A container can be given another name. So the engine's records are read again after so many moments, and in any case
// where the last time is so long ago: somebody can look once a minute.
const (
	watchedTimes = 8
	watchedFor   = 8 * time.Second
)

// note keeps what was found, if the groups of the container hold its processes and no others.
func (w *watched) note(f Finder, h *cgroupview.FileSystem, s *procwalk.Snapshot, x *inventory.Inventory) {
	c, _, err := x.FindTarget(s, w.target)
	if err != nil || c == nil {
		return
	}
	p := s.Find(c.PID)
	if p == nil {
		return
	}
	w.host, w.snapshot, w.inventory, w.backing = h, s, x, p.ID()
	w.groups = x.Groups(h, p, c).List
	w.pids = c.PIDs
	if w.stands(f) {
		w.times = watchedTimes
	}
}

// holds reports whether a target is still what was found.
func (w *watched) holds(f Finder, t inventory.Target, now time.Time) bool {
	return w.target == t && w.times > 0 && now.Sub(w.found) < watchedFor && w.stands(f)
}

// stands reports whether the container is as it was.
func (w *watched) stands(f Finder) bool {
	start, err := procwalk.StartTime(f.Proc, w.backing.PID)
	if err != nil || start != w.backing.Start {
		return false
	}
	var pids []int
	for _, g := range w.groups {
		if !within(w.host, g, &pids) {
			return false
		}
	}
	slices.Sort(pids)
	return slices.Equal(slices.Compact(pids), w.pids)
}

// mostWithin is how many groups below a container's are looked at.
const mostWithin = 100

// within adds the processes of a group and of those below it. False says that they cannot be told.
func within(h *cgroupview.FileSystem, g *cgroupview.Group, pids *[]int) bool {
	own, err := h.Procs(g)
	if err != nil {
		return false
	}
	if *pids = append(*pids, own...); g.Leaf {
		return true
	}
	children, more, err := h.Children(g, mostWithin)
	if err != nil || more {
		return false
	}
	for _, c := range children {
		if !within(h, c, pids) {
			return false
		}
	}
	return true
}
