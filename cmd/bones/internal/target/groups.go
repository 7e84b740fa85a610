package target

import (
	"context"
	"fmt"
	"slices"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/surroundings"
	"bones/procwalk"
	"bones/procwalk/procroot"
	"bones/procwalk/text"
)

// GroupTarget is what a TARGET names where something is done to its control groups.
type GroupTarget struct {
	Snapshot *procwalk.Snapshot
	Index    *inventory.Inventory
	Entry    *inventory.Container // nil unless it is a container
	Process  *procwalk.Process    // one of its processes; nil for a group without any
	Groups   cgroupview.Groups
	Chain    container.Chain
	Name     text.Text // "container memcached", "PID 12 (sleep)", "group /x"
}

// Groups finds the control groups that a TARGET means: of a container the group that its engine made for it; of a PID
// that of its container, or its own if it is in none; of cgroup:PATH exactly that one.
func (f Finder) Groups(ctx context.Context, h *cgroupview.FileSystem, word string) (*GroupTarget, error) {
	named, err := inventory.ParseTarget(word)
	if err != nil {
		return nil, err
	}
	if named.Kind == inventory.ByGroup {
		return f.exactGroup(ctx, h, word, named.Value)
	}
	s, x, err := f.Containers(ctx)
	if err != nil {
		return nil, err
	}
	t := &GroupTarget{Snapshot: s, Index: x}
	if t.Entry, t.Process, err = x.FindTarget(s, named); err != nil {
		return nil, err
	}
	if t.Entry == nil && !x.Guest(t.Process) {
		t.Entry, _ = x.Of(t.Process)
	}
	if t.Entry != nil && t.Process == nil {
		t.Process = s.Find(t.Entry.PID)
	}
	if t.Process == nil {
		return nil, noTarget("%s: it has ended", text.Sanitise(word))
	}
	t.Chain = x.Chain(t.Process)
	if t.Entry == nil && x.Guest(t.Process) {
		t.Chain = container.FromLines(t.Process.Cgroups.Lines) // it is in groups of its own, not in the container's
	}
	t.Name = text.New(fmt.Sprintf("PID %d (%s)", t.Process.PID, t.Process.Comm.Raw()))
	if t.Entry != nil {
		t.Chain = t.Entry.Chain
		t.Name = t.Entry.Title()
	}
	t.Groups = GroupsOf(h, x, t.Process, t.Entry)
	switch {
	case len(t.Groups.List) > 0:
	case t.Entry != nil && len(t.Groups.Errors) == 0:
		return nil, fmt.Errorf("%s: it has no control group of its own; cgroup:PATH names a group exactly, "+
			"and /proc/%d/cgroup has those that PID %d is in", t.Name, t.Process.PID, t.Process.PID)
	default:
		return nil, fmt.Errorf("%s: none of its groups can be reached: %w", t.Name, firstError(t.Groups))
	}
	return t, nil
}

// GroupsToRead is Groups for somebody who only looks at them. For a process that is certainly in no container, as
// bones itself is as a rule, only that process and those that it was started from are read, however many there are.
func (f Finder) GroupsToRead(ctx context.Context, h *cgroupview.FileSystem, word string) (*GroupTarget, error) {
	named, err := inventory.ParseTarget(word)
	if err != nil {
		return nil, err
	}
	if named.IsProcess() && f.Past == nil {
		if pid, err := named.PIDAt(f.Proc); err == nil {
			if t := f.apart(ctx, h, pid); t != nil {
				return t, nil
			}
		} else if named.Kind == inventory.Self {
			return nil, err
		}
	}
	return f.Groups(ctx, h, word)
}

// apart is the target of a process that is certainly in no container; nil for every other.
func (f Finder) apart(ctx context.Context, h *cgroupview.FileSystem, pid int) *GroupTarget {
	s, err := f.lineage(ctx, pid, inventory.Want)
	if err != nil {
		return nil
	}
	p := s.Find(pid)
	if p == nil {
		return nil
	}
	x, ok := inventory.NewResolver(f.Proc, f.Cgroups).Apart(s, p)
	if !ok {
		return nil
	}
	t := &GroupTarget{Snapshot: s, Index: x, Process: p, Chain: x.Chain(p), Name: x.NameProcess(p),
		Groups: surroundings.GroupsOf(h, p)}
	if len(t.Groups.List) == 0 {
		return nil
	}
	return t
}

// exactGroup is the target of a path. The process table is not read for it: whoever names a group may do so because
// processes that fork without end have made the table too long to be read.
func (f Finder) exactGroup(ctx context.Context, h *cgroupview.FileSystem, word, path string) (*GroupTarget, error) {
	t := &GroupTarget{Groups: h.Find(path), Name: text.New("group " + path)}
	if len(t.Groups.List) == 0 {
		why := ""
		if h.FromOutside() {
			why = "; the cgroup file systems that are mounted here show groups from outside of our cgroup namespace: try it " +
				"on the host, " +
				"or mount them again in here"
		}
		return nil, noTarget("%s: no hierarchy has a group of that path, as it stands in /proc/PID/cgroup%s",
			text.Sanitise(word), why)
	}
	t.Chain = container.FromLines([]container.CgroupLine{{Path: text.New(path)}})
	var err error
	t.Snapshot, err = f.Lineage(ctx)
	return t, err
}

// Lineage is a snapshot of bones itself, the processes that it was started from, and PID 1.
func (f Finder) Lineage(ctx context.Context) (*procwalk.Snapshot, error) {
	if f.Past != nil {
		return f.Past.Now.Snapshot, nil
	}
	return f.lineage(ctx, f.self(), procwalk.WantCgroup)
}

// self is the PID of bones; 1 where nobody there is bones, or started it.
func (f Finder) self() int {
	pid, err := procroot.Self(f.Proc)
	if err != nil {
		return 1
	}
	return pid
}

// lineage is a snapshot of a process, those that it was started from, the first ones of the host, and others. Which
// these are their stats tell, so that the facts of the host are read once; one that has another parent meanwhile is
// read again.
func (f Finder) lineage(ctx context.Context, pid int, want procwalk.Want, others ...int) (*procwalk.Snapshot, error) {
	pids := slices.Concat(others, []int{1, 2})
	for up, next := []int{}, pid; next > 2 && !slices.Contains(up, next); {
		up, pids = append(up, next), append(pids, next)
		if stat, err := procwalk.ReadStat(f.Proc, next); err == nil { // else the snapshot tells what there is
			next = stat.PPID
		}
	}
	for {
		w, err := f.Walker(procwalk.Only(pids))
		if err != nil {
			return nil, err
		}
		s, err := w.Snapshot(ctx, procwalk.Request{Want: want})
		w.Close()
		if err != nil {
			return nil, err
		}
		next := outside(s, pid, pids)
		if next == 0 {
			return s, nil
		}
		pids = append(pids, next)
	}
}

// outside is the first of those that a process was started from which is not among the PIDs; 0 if there is none.
func outside(s *procwalk.Snapshot, pid int, pids []int) int {
	for range pids {
		p := s.Find(pid)
		if p == nil || p.PPID <= 1 {
			return 0
		}
		if pid = p.PPID; !slices.Contains(pids, pid) {
			return pid
		}
	}
	return 0
}

func firstError(g cgroupview.Groups) error {
	if len(g.Errors) > 0 {
		return g.Errors[0].Err
	}
	return cgroupview.ErrNotMounted
}

// GroupsOfWhole are the groups of a target that is frozen or killed as a whole. Of a process that is in no container
// they are those that stand for it, not whatever group it shares with others in another hierarchy.
func (t *GroupTarget) GroupsOfWhole(h *cgroupview.FileSystem) (cgroupview.Groups, error) {
	if t.Entry == nil && t.Process != nil {
		return h.Together(t.Groups)
	}
	return t.Groups, nil
}

// GroupsOf returns the groups of a process, or with c those of its container. Where the container has no group of its
// own in a hierarchy, there is none.
func GroupsOf(h *cgroupview.FileSystem, x *inventory.Inventory, p *procwalk.Process,
	c *inventory.Container) cgroupview.Groups {
	if c != nil {
		return x.Groups(h, p, c)
	}
	return surroundings.GroupsOf(h, p)
}

// Surroundings is what an effect on the target's groups must know of this host.
func (t *GroupTarget) Surroundings(h *cgroupview.FileSystem) cgroupview.Surroundings {
	r := surroundings.Of(h, t.Snapshot, t.Chain, t.Name)
	switch {
	case t.Entry != nil:
		r.Whom = t.Entry.PIDs
	case t.Process != nil:
		r.Whom = []int{t.Process.PID}
	}
	return r
}

// ChainOf is what the path of a group alone tells of the container it belongs to.
func ChainOf(g *cgroupview.Group) container.Chain {
	return container.FromLines([]container.CgroupLine{{Controllers: text.New(g.Hierarchy.String()), Path: g.Path}})
}

// noTarget is the error of a word that names nothing, or nothing any more.
func noTarget(format string, args ...any) error {
	return &inventory.TargetError{Err: fmt.Errorf(format, args...)}
}
