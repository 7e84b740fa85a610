package inventory

import (
	"slices"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// recordIndex holds the containers that only the disk tells of.
type recordIndex struct {
	list    []container.Record
	byPIDNS map[uint64]int
	byKey   map[string]container.Record
	lines   []container.Line
}

// records returns the records whose init is alive, is who was recorded, and is in no container by its path.
func (r *Resolver) records(s *procwalk.Snapshot, x *Inventory, chains []membership, host [procwalk.NSTypes]uint64) *recordIndex {
	d := &recordIndex{byPIDNS: map[uint64]int{}, byKey: map[string]container.Record{}}
	if r.store == nil {
		return d
	}
	all, errs := r.store.Records()
	x.Errors = append(x.Errors, errs...)
	for _, rec := range all {
		i, ok := slices.BinarySearchFunc(s.Processes, rec.InitPID, func(p procwalk.Process, pid int) int { return p.PID - pid })
		if !ok {
			continue
		}
		p := &s.Processes[i]
		if chains[i].key != "" || rec.InitStart != 0 && rec.InitStart != p.StartTime || !runBy(s, p, rec.User) {
			continue
		}
		_, inGroup := rec.Owns(d.linesOf(p))
		inner := p.NS != nil && p.NS.Inode[procwalk.PID] != 0 && p.NS.Inode[procwalk.PID] != host[procwalk.PID] && InsidePID(p) == 1
		if !inGroup && (!inner || rec.InitStart == 0) {
			continue
		}
		d.list = append(d.list, rec)
		if inner {
			d.byPIDNS[p.NS.Inode[procwalk.PID]] = len(d.list) - 1
		}
	}
	return d
}

// runBy reports whether a user's record may be about this process: it is that user's, or its parent is (inside, it may
// be any of the user's subordinate ids). nil stands for the system's records.
func runBy(s *procwalk.Snapshot, p *procwalk.Process, user *uint32) bool {
	if user == nil {
		return true
	}
	is := func(p *procwalk.Process) bool {
		return p != nil && p.Status != nil && p.Status.Err == nil && p.Status.UID == *user
	}
	return is(p) || is(s.Find(p.PPID))
}

func (d *recordIndex) linesOf(p *procwalk.Process) []container.Line {
	d.lines = d.lines[:0]
	if p.Cgroups != nil {
		for _, l := range p.Cgroups.Lines {
			d.lines = append(d.lines, container.Line(l))
		}
	}
	return d.lines
}

// assign finds the record that a process belongs to: by its group, or because it is in the pid namespace of the
// recorded init.
func (d *recordIndex) assign(p *procwalk.Process, m *membership) {
	if len(d.list) == 0 {
		return
	}
	found, group := -1, text.Text{}
	lines := d.linesOf(p)
	for i, rec := range d.list {
		if g, ok := rec.Owns(lines); ok && g.Len() > group.Len() {
			found, group = i, g
		}
	}
	if found < 0 && p.NS != nil {
		if i, ok := d.byPIDNS[p.NS.Inode[procwalk.PID]]; ok {
			found = i
			group = m.chain.Innermost().Group
		}
	}
	if found < 0 {
		return
	}
	rec := d.list[found]
	m.chain = container.Chain{rec.Entry(group)}
	m.key = "record:" + rec.Where().Raw()
	d.byKey[m.key] = rec
}
