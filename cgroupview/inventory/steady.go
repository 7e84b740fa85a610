package inventory

import (
	"slices"

	"bones/procwalk"
)

// mostKept is in how many passes after each other Steady asks neither the disk nor the kernel: a record of an engine
// may be written after its container has started, and is looked for in relookUnknown passes.
const mostKept = relookUnknown - 1

// Steady is Resolve for one snapshot after another: while all processes are what and where they were it says again
// what was found out, for a few passes. What the last inventory told of whose the groups are is asked anew.
func (r *Resolver) Steady(s *procwalk.Snapshot) (*Inventory, error) {
	if x := r.last; x != nil && r.kept < mostKept && r.unchanged(x.snapshot, s) {
		r.kept++
		r.passes++
		r.last = &Inventory{snapshot: s, List: x.List, Errors: x.Errors, byKey: x.byKey, rows: x.rows, disk: x.disk,
			shared: x.shared, store: x.store}
		if r.fs != nil {
			r.last.whose = r.fs.Delegations()
		}
		return r.last, nil
	}
	var err error
	r.last, err = r.Resolve(s)
	r.kept = 0
	return r.last, err
}

// unchanged reports whether nothing that tells of containers is different in two snapshots.
func (r *Resolver) unchanged(before, now *procwalk.Snapshot) bool {
	if len(before.Processes) != len(now.Processes) {
		return false
	}
	for i := range now.Processes {
		p, was := &now.Processes[i], &before.Processes[i]
		if p.PID != was.PID || p.StartTime != was.StartTime || p.PPID != was.PPID || p.Ended() != was.Ended() ||
			p.KernelThread() != was.KernelThread() || p.Comm != was.Comm ||
			!sameGroups(was.Cgroups, p.Cgroups) || !sameSpaces(was.NS, p.NS) || !sameUser(was.Status, p.Status) ||
			p.NS != nil && r.roots.Due(now, was, p) {
			return false
		}
	}
	return true
}

// sameGroups reports whether two processes are in the same groups. Pointers are the same as a rule.
func sameGroups(a, b *procwalk.Cgroups) bool {
	return a == b || a != nil && b != nil && a.Err == nil && b.Err == nil && slices.Equal(a.Lines, b.Lines)
}

func sameSpaces(a, b *procwalk.Namespaces) bool {
	return a == b || a != nil && b != nil && a.Inode == b.Inode && a.PIDForChildren == b.PIDForChildren &&
		a.Root() == b.Root()
}

// sameUser compares what of a status tells of containers.
func sameUser(a, b *procwalk.Status) bool {
	return a == b || a != nil && b != nil && (a.Err == nil) == (b.Err == nil) && a.UID == b.UID && a.EUID == b.EUID &&
		slices.Equal(a.NSpid, b.NSpid)
}
