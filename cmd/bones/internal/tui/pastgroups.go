package tui

import (
	"context"
	"slices"
	"sync"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/surroundings"
	"bones/cgroupview/owner"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/ui"
	"bones/ui/rows"
)

// pastGroups fills in what a recording tells of control groups: their files as they were read last before the moment
// that is shown.
func pastGroups(b *ui.Backend, past pastSource) {
	system := systemOf(past)
	// A group that is shown is of the moment that was shown before, or of now.
	at := func(g *cgroupview.Group) (*cgroupview.FileSystem, *cgroupview.Group, error) {
		h, err := system()
		if err != nil {
			return nil, nil, err
		}
		g, err = sameGroup(h, g)
		return h, g, err
	}
	b.Cgroups.Roots = func(context.Context) ([]*cgroupview.Group, error) {
		h, err := system()
		if err != nil {
			return nil, err
		}
		return roots(h)
	}
	b.Cgroups.GroupsOf = func(ctx context.Context, id procwalk.ID) (cgroupview.Groups, error) {
		h, err := system()
		if err != nil {
			return cgroupview.Groups{}, err
		}
		m, err := past.Moment(ctx, inventory.Ask{})
		if err != nil {
			return cgroupview.Groups{}, err
		}
		return surroundings.GroupsOf(h, m.Snapshot.FindID(id)), nil
	}
	b.Cgroups.Parent = func(g *cgroupview.Group) (*cgroupview.Group, bool) {
		h, g, err := at(g)
		if err != nil {
			return nil, false
		}
		return h.Parent(g)
	}
	b.Cgroups.Children = func(_ context.Context, g *cgroupview.Group, limit int) ([]*cgroupview.Group, bool, error) {
		h, g, err := at(g)
		if err != nil {
			return nil, false, err
		}
		return h.Children(g, limit)
	}
	b.Cgroups.Files = func(_ context.Context, g *cgroupview.Group) ([]cgroupview.File, error) {
		h, g, err := at(g)
		if err != nil {
			return nil, err
		}
		return h.Files(g)
	}
	b.Cgroups.More = func(ctx context.Context, g *cgroupview.Group, file string) rows.GroupMore {
		h, g, err := at(g)
		if err != nil {
			return rows.GroupMore{MemberErr: err}
		}
		more := rows.GroupMore{Owner: owner.Of(h, g, target.ChainOf(g))}
		m, err := past.Moment(ctx, inventory.Ask{})
		if more.MemberErr = err; err == nil {
			more.Members = membersOf(m.Snapshot, g)
			f, _ := past.Facts() // at has read them
			more.Beside = asides(f, m.Snapshot.Taken)
		}
		if _, ok := cgroupview.ResourceOf(file); ok {
			more.Limit, more.HasLimit = h.Effective(g, file), true
		}
		return more
	}
	b.Containers.More = func(ctx context.Context, c rows.ContainerRow) rows.ContainerMore {
		h, err := system()
		if err != nil {
			return rows.ContainerMore{}
		}
		more := pastMore(h, &c)
		if m, err := past.Moment(ctx, inventory.Ask{}); err == nil {
			f, _ := past.Facts() // system has read them
			more.Network = asides(f, m.Snapshot.Taken)
		}
		return more
	}
}

// systemOf returns the cgroup file systems as they were at the moment that is shown.
func systemOf(past pastSource) func() (*cgroupview.FileSystem, error) {
	var mu sync.Mutex
	var of *seldom.Facts
	var known *cgroupview.FileSystem
	return func() (*cgroupview.FileSystem, error) {
		f, err := past.Facts()
		if err != nil {
			return nil, err
		}
		if f == nil {
			return nil, errPast
		}
		mu.Lock()
		defer mu.Unlock()
		if of != f {
			if known, err = f.FileSystem(); err != nil {
				return nil, err
			}
			of = f
		}
		return known, nil
	}
}

// pastMore is who managed the groups of a container.
func pastMore(h *cgroupview.FileSystem, c *rows.ContainerRow) (more rows.ContainerMore) {
	for _, g := range c.Groups.List {
		if g, err := sameGroup(h, g); err == nil && (g.Hierarchy.Has("memory") || more.Owner == (owner.Owner{})) {
			more.Owner = owner.Of(h, g, c.Chain)
		}
	}
	return more
}

// sameGroup finds a group of another reading of the same host again.
func sameGroup(h *cgroupview.FileSystem, g *cgroupview.Group) (*cgroupview.Group, error) {
	for _, in := range h.Hierarchies() {
		if in == g.Hierarchy {
			return g, nil
		}
	}
	for _, in := range h.Hierarchies() {
		if in.String() == g.Hierarchy.String() && in.Root == g.Hierarchy.Root {
			return h.Group(in, g.Path.Raw())
		}
	}
	return nil, cgroupview.ErrNotMounted
}

// roots are the roots of the hierarchies. It is an error if there is none.
func roots(h *cgroupview.FileSystem) ([]*cgroupview.Group, error) {
	var list []*cgroupview.Group
	var failed error
	for _, in := range h.Hierarchies() {
		g, err := h.Group(in, in.Root)
		if err != nil {
			failed = err
			continue
		}
		list = append(list, g)
	}
	if len(list) == 0 {
		return nil, failed
	}
	return list, nil
}

// membersOf are the processes of a snapshot that are in a group itself.
func membersOf(s *procwalk.Snapshot, g *cgroupview.Group) []int {
	var pids []int
	for i := range s.Processes {
		c := s.Processes[i].Cgroups
		if c != nil && slices.ContainsFunc(c.Lines, func(l procwalk.CgroupLine) bool {
			return g.Hierarchy.Is(l.Controllers.Raw()) && l.Path.Raw() == g.Path.Raw()
		}) {
			pids = append(pids, s.Processes[i].PID)
		}
	}
	return pids
}
