package target

import (
	"context"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
)

// Owner reads what it takes to know which container a process is in, and how it is called. Where that can be told of a
// few processes, the snapshot holds no others: of one that is certainly in no container (see inventory.Resolver.Apart)
// those that it was started from, of one in a container that root's engine made (see inventory.Resolver.Narrowly) that
// container's. word is what a command line calls the process: a PID, pid:N or self.
func (f Finder) Owner(ctx context.Context, word string) (*procwalk.Snapshot, *inventory.Inventory, error) {
	if t, err := inventory.ParseTarget(word); err == nil && f.Past == nil && t.IsProcess() {
		if pid, err := t.PIDAt(f.Proc); err == nil {
			if s, x, ok := f.ownerNarrowly(ctx, pid); ok {
				return s, x, nil
			}
		}
	}
	return f.Containers(ctx)
}

func (f Finder) ownerNarrowly(ctx context.Context, pid int) (*procwalk.Snapshot, *inventory.Inventory, bool) {
	s, err := f.lineage(ctx, pid, inventory.Want)
	if err != nil {
		return nil, nil, false
	}
	p := s.Find(pid)
	if p == nil || p.Cgroups.Err != nil {
		return nil, nil, false
	}
	if x, ok := inventory.NewResolver(f.Proc, f.Cgroups).Apart(s, p); ok {
		return s, x, true
	}
	in := container.FromLines(p.Cgroups.Lines).Containers()
	if len(in) != 1 || in[0].ID.Len() == 0 {
		return nil, nil, false
	}
	t, err := inventory.ParseTarget("id:" + in[0].ID.Raw())
	if err != nil {
		return nil, nil, false
	}
	s, x, ok := f.narrowly(ctx, t)
	if !ok {
		return nil, nil, false
	}
	is := s.FindID(p.ID())
	if is == nil {
		return nil, nil, false // it has gone, or is not in the group by now
	}
	c, known := x.Of(is)
	return s, x, known && c.ID == in[0].ID && !x.Guest(is)
}
