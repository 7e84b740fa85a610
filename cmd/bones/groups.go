package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

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
	if path, exact := strings.CutPrefix(word, "cgroup:"); exact || strings.HasPrefix(word, "/") {
		return a.exactGroup(ctx, h, word, "/"+strings.Trim(path, "/"))
	}
	s, x, err := a.snapshotContainers(ctx)
	if err != nil {
		return nil, err
	}
	t := &target{Snapshot: s, Index: x}
	t.Entry, t.Process, err = findTarget(x, s, word)
	if err != nil {
		return nil, err
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
	switch {
	case len(t.Groups.List) > 0:
	case t.Entry != nil && len(t.Groups.Errors) == 0:
		return nil, failed(fmt.Errorf("%s: it has no control group of its own; cgroup:PATH names a group exactly, "+
			"and /proc/%d/cgroup has those that PID %d is in", t.Name, t.Process.PID, t.Process.PID))
	default:
		return nil, failed(fmt.Errorf("%s: none of its groups can be reached: %w", t.Name, firstError(t.Groups)))
	}
	return t, nil
}

// exactGroup is the target of a path. The process table is not read for it: whoever names a group may do so because
// processes that fork without end have made the table too long to be read.
func (a *app) exactGroup(ctx context.Context, h *cgroupview.Host, word, path string) (*target, error) {
	t := &target{Groups: h.Find(path), Name: text.New("group " + path)}
	if len(t.Groups.List) == 0 {
		why := ""
		if h.FromOutside() {
			why = "; the cgroup file systems that are mounted here show groups from outside of our cgroup namespace: try it on the host, " +
				"or mount them again in here"
		}
		return nil, noTarget("%s: no hierarchy has a group of that path, as it stands in /proc/PID/cgroup%s", text.Sanitise(word), why)
	}
	t.Chain = container.FromLines([]container.Line{{Path: text.New(path)}})
	var err error
	t.Snapshot, err = a.lineage(ctx)
	return t, err
}

// lineage is a snapshot of bones itself, the processes that it was started from, and PID 1.
func (a *app) lineage(ctx context.Context) (*procwalk.Snapshot, error) {
	pids := []int{1}
	for next := os.Getpid(); ; {
		if next > 1 {
			pids = append(pids, next)
		}
		w, err := a.walker(procwalk.Only(pids))
		if err != nil {
			return nil, failed(err)
		}
		s, err := w.Snapshot(ctx, procwalk.WantCgroup)
		w.Close()
		if err != nil {
			return nil, failed(err)
		}
		p := s.Find(next)
		if p == nil || p.PPID <= 1 || slices.Contains(pids, p.PPID) {
			return s, nil
		}
		next = p.PPID
	}
}

// ancestors are the processes that bones was started from, without PID 1, and their groups.
func ancestors(h *cgroupview.Host, s *procwalk.Snapshot) []cgroupview.Ancestor {
	var list []cgroupview.Ancestor
	seen := map[int]bool{}
	for p := s.Find(os.Getpid()); p != nil && p.PPID > 1 && !seen[p.PPID]; {
		seen[p.PPID] = true
		if p = s.Find(p.PPID); p != nil {
			list = append(list, cgroupview.Ancestor{PID: p.PID, Name: p.Comm, Groups: groupsOf(h, nil, p, nil)})
		}
	}
	return list
}

func firstError(g cgroupview.Groups) error {
	if len(g.Errors) > 0 {
		return g.Errors[0].Err
	}
	return cgroupview.ErrNotMounted
}

// wholeGroups are the groups of a target that is frozen or killed as a whole. Of a process that is in no container they
// are those that stand for it, not whatever group it shares with others in another hierarchy.
func (t *target) wholeGroups(h *cgroupview.Host) (cgroupview.Groups, error) {
	if t.Entry == nil && t.Process != nil {
		return h.Together(t.Groups)
	}
	return t.Groups, nil
}
