// Package target finds what a TARGET of a command line stands for on this host: a container, the process that backs
// it, and its control groups. The commands, the completion of shells and the terminal UI all find it here.
package target

import (
	"context"
	"slices"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/taskiter"
)

// Finder finds targets in what the kernel shows at two places.
type Finder struct {
	Proc    string // where the proc file system is
	Cgroups string // where the cgroup file systems are mounted: there or below
	// HostRoot is where the root directory of that host is mounted; empty: bones runs on it, or none was named.
	HostRoot string

	// Source is where rows of a whole table come from; empty: wherever they are had for the least.
	Source taskiter.Choice

	// Past is shown in place of this host as it is now, by commands that only show something; nil: now.
	Past *Past

	Lacks func(*procwalk.Snapshot) // told of each snapshot that lacks something, see procwalk.OnLacking; may be nil
	// Starved is told of what is missing because bones may open no more files, see inventory.Moment.Starved and Missing;
	// may be nil.
	Starved func(error)
}

// Walker returns one that reads the process table for a command.
func (f Finder) Walker(options ...procwalk.Option) (*procwalk.Walker, error) {
	return procwalk.NewWalker(f.Proc, append(options, f.Source.Once(), procwalk.OnLacking(f.Lacks))...)
}

// Bulk reads the whole table where one read gives all that is wanted of it. Without an error and a snapshot it takes
// the files of each process, and whoever knows which few of them to read is better off.
func (f Finder) Bulk(ctx context.Context, want procwalk.Want) (*procwalk.Snapshot, error) {
	if f.Source == taskiter.Proc || f.Source != taskiter.BPF && !taskiter.WorthOnce() {
		return nil, nil
	}
	w, err := procwalk.NewWalker(f.Proc, taskiter.BPF.Once(), procwalk.OnLacking(f.Lacks))
	if err != nil {
		return nil, err
	}
	defer w.Close()
	s, err := w.Snapshot(ctx, procwalk.Request{Want: want})
	if err != nil && f.Source != taskiter.BPF {
		return nil, nil
	}
	return s, err
}

// Missing records in Starved the first error among these that is there because bones may open no more files. Every
// command hands over the errors that it prints in place of a fact: such an answer looks complete, and the command has
// failed. What a recording lacks was missing when it was written, and does not count.
func (f Finder) Missing(what string, errs ...error) {
	if at := slices.IndexFunc(errs, fault.Starved); at >= 0 && f.Starved != nil && f.Past == nil {
		f.Starved(fault.Hinted(what+": not all could be read", errs[at], fault.Remedy(errs[at], "")))
	}
}

// Inventory finds the containers of a snapshot that was taken with inventory.Want.
func (f Finder) Inventory(s *procwalk.Snapshot) (*inventory.Inventory, error) {
	if f.Past != nil {
		return f.Past.Now.Inventory, f.Past.Now.InventoryErr
	}
	x, err := inventory.NewResolver(f.Proc, f.Cgroups).Resolve(s)
	if lacks := (&inventory.Moment{Inventory: x, InventoryErr: err}).Starved(); lacks != nil && f.Starved != nil {
		f.Starved(lacks)
	}
	return x, err
}

// Containers reads the process table and finds the containers in it.
func (f Finder) Containers(ctx context.Context) (*procwalk.Snapshot, *inventory.Inventory, error) {
	w, err := f.Table()
	if err != nil {
		return nil, nil, err
	}
	defer w.Close()
	s, err := w.Snapshot(ctx, procwalk.Request{Want: inventory.Want})
	if err != nil {
		return nil, nil, err
	}
	x, err := f.Inventory(s)
	if err != nil {
		return nil, nil, err
	}
	return s, x, nil
}

// Named reads what it takes to know the container that a TARGET names, which process backs it and which groups it has.
// Where that can be told of a few processes, the snapshot holds no others: see inventory.Resolver.Narrowly. Of a PID
// the process alone is read, and the inventory is nil, which finds processes by their PID.
func (f Finder) Named(ctx context.Context, word string) (*procwalk.Snapshot, *inventory.Inventory, error) {
	if t, err := inventory.ParseTarget(word); err == nil && f.Past == nil {
		if t.IsProcess() {
			// Of a process that is not there the whole table can still tell which container is called like it.
			if pid, err := t.PIDAt(f.Proc); err == nil {
				if s, err := f.lineage(ctx, pid, inventory.Want); err == nil && s.Find(pid) != nil {
					return s, nil, nil
				}
			} else if t.Kind == inventory.Self {
				return nil, nil, err
			}
		} else if s, x, ok := f.narrowly(ctx, t); ok {
			return s, x, nil
		}
	}
	return f.Containers(ctx)
}

// narrowly finds the container that a TARGET names without the process table; false: that cannot be.
func (f Finder) narrowly(ctx context.Context, t inventory.Target) (*procwalk.Snapshot, *inventory.Inventory, bool) {
	h, read, ok := f.few(ctx)
	if !ok {
		return nil, nil, false
	}
	return inventory.NewResolver(f.Proc, f.Cgroups).Narrowly(h, t, read)
}

// Listed finds how the containers of this host are called, without the process table where that can be; see
// inventory.Resolver.Listed.
func (f Finder) Listed(ctx context.Context) (*inventory.Inventory, error) {
	if f.Past == nil {
		if h, read, ok := f.few(ctx); ok {
			if x, ok := inventory.NewResolver(f.Proc, f.Cgroups).Listed(h, read); ok {
				return x, nil
			}
		}
	}
	_, x, err := f.Containers(ctx)
	return x, err
}

// few returns the control groups, and what reads some processes, those that bones was started from, and PID 1 and 2.
func (f Finder) few(ctx context.Context) (h *cgroupview.FileSystem, read func([]int) (*procwalk.Snapshot, error),
	ok bool) {
	h, err := f.CgroupHost()
	if err != nil {
		return nil, nil, false
	}
	var have *procwalk.Snapshot
	return h, func(pids []int) (*procwalk.Snapshot, error) {
		if have == nil {
			have, err = f.lineage(ctx, f.self(), inventory.Want, pids...)
		} else {
			have, err = f.withProcesses(ctx, have, pids)
		}
		return have, err
	}, true
}

// withProcesses is a snapshot of the processes of one that was taken a moment ago, which are not read again, and of
// others.
func (f Finder) withProcesses(ctx context.Context, have *procwalk.Snapshot, pids []int) (*procwalk.Snapshot, error) {
	known := func(pid int) bool { return have.Find(pid) != nil }
	w, err := f.Walker(procwalk.Only(slices.DeleteFunc(slices.Clone(pids), known)))
	if err != nil {
		return nil, err
	}
	defer w.Close()
	s, err := w.Snapshot(ctx, procwalk.Request{Want: inventory.Want})
	if err != nil {
		return nil, err
	}
	return merged(have, s), nil
}

// merged is s with the processes of a snapshot before it, and with what that one lacked.
func merged(have, s *procwalk.Snapshot) *procwalk.Snapshot {
	s.Processes = slices.Concat(have.Processes, s.Processes)
	slices.SortFunc(s.Processes, func(a, b procwalk.Process) int { return a.PID - b.PID })
	s.Vanished, s.Refused = have.Vanished+s.Vanished, have.Refused+s.Refused
	s.Short, s.CutLines = have.Short+s.Short, have.CutLines+s.CutLines
	if have.ShortErr != nil {
		s.ShortErr = have.ShortErr
	}
	return s
}

// CgroupHost finds the cgroup hierarchies of this host.
func (f Finder) CgroupHost() (*cgroupview.FileSystem, error) {
	if f.Past != nil {
		return f.Past.Facts.FileSystem()
	}
	c := cgroupview.Config{Proc: f.Proc, Root: f.Cgroups}
	if f.Starved != nil {
		c.Starved = func(err error) { f.Starved(inventory.StarvedError(err)) }
	}
	return cgroupview.Open(c)
}

// Backing returns the process that a TARGET stands for, and the container that it backs, if that was what was named.
func Backing(x *inventory.Inventory, s *procwalk.Snapshot, word string) (*procwalk.Process, *inventory.Container,
	error) {
	t, err := inventory.ParseTarget(word)
	if err != nil {
		return nil, nil, err
	}
	return x.Backing(s, t)
}

// Process reads the table, and finds the process that a TARGET stands for, and the container that it backs, if that
// was what was named.
func (f Finder) Process(ctx context.Context, word string) (s *procwalk.Snapshot, x *inventory.Inventory,
	p *procwalk.Process, c *inventory.Container, err error) {
	t, err := inventory.ParseTarget(word)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if s, x, err = f.Containers(ctx); err != nil {
		return nil, nil, nil, nil, err
	}
	p, c, err = x.Backing(s, t)
	return s, x, p, c, err
}

// BackingPID returns the PID that a TARGET stands for: its own, or that of the process that backs the container. The
// containers of the host are looked for only where the target is no PID, or no process has it.
func (f Finder) BackingPID(ctx context.Context, word string) (int, error) {
	t, err := inventory.ParseTarget(word)
	if err != nil {
		return 0, err
	}
	if t.IsProcess() {
		if pid, err := t.PIDAt(f.Proc); err == nil || t.Kind == inventory.Self {
			return pid, err
		}
	}
	s, x, err := f.Named(ctx, word)
	if err != nil {
		return 0, err
	}
	p, _, err := x.Backing(s, t)
	if err != nil {
		return 0, err
	}
	return p.PID, nil
}
