package inventory

import (
	"slices"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// recordIndex holds the containers that only the disk tells of.
//
// A record below a user's directories is that user's claim. It counts for processes that are that user's, one by one,
// and for groups whose directories are that user's: otherwise a user could make root act on the groups and processes
// of others, by writing that they belong to a container.
type recordIndex struct {
	owners  *owners
	list    []container.EngineRecord // root's first
	byPIDNS map[uint64]int
	byKey   map[string]container.EngineRecord
	lines   []container.CgroupLine
}

// records returns the records whose init is alive, is who was recorded, and is in no container by its path.
func (r *Resolver) records(s *procwalk.Snapshot, x *Inventory, chains []membership, o *owners) *recordIndex {
	d := &recordIndex{owners: o, byPIDNS: map[uint64]int{}, byKey: map[string]container.EngineRecord{}}
	if r.store == nil {
		return d
	}
	all, errs := r.store.Records()
	x.Errors = append(x.Errors, errs...)
	slices.SortStableFunc(all, func(a, b container.EngineRecord) int {
		switch {
		case (a.User == nil) == (b.User == nil):
			return 0
		case a.User == nil:
			return -1
		}
		return 1
	})
	for _, rec := range all {
		i, ok := s.Position(rec.InitPID)
		if !ok || chains[i].key != "" {
			continue
		}
		p := &s.Processes[i]
		if !d.isInit(rec, p) {
			continue
		}
		_, inGroup := d.owns(rec, d.linesOf(p))
		own := p.NS != nil && p.NS.Inode[procwalk.PID] != 0 && p.NS.Inode[procwalk.PID] != o.host[procwalk.PID]
		inner := own && InsidePID(p) == 1
		if !inGroup && (!inner || rec.InitStart == 0) {
			continue
		}
		d.list = append(d.list, rec)
		if !inner {
			continue
		}
		if _, known := d.byPIDNS[p.NS.Inode[procwalk.PID]]; !known {
			d.byPIDNS[p.NS.Inode[procwalk.PID]] = len(d.list) - 1
		}
	}
	return d
}

// isInit reports whether a process is the one that was recorded. Every engine that users run records when it started;
// a user's record that does not could be about whoever has the PID now.
func (d *recordIndex) isInit(rec container.EngineRecord, p *procwalk.Process) bool {
	if rec.InitStart != p.StartTime && (rec.InitStart != 0 || rec.User != nil) {
		return false
	}
	return d.mayClaim(rec, p)
}

// mayClaim reports whether a record may be about a process at all: root's about any, a user's about that user's own.
func (d *recordIndex) mayClaim(rec container.EngineRecord, p *procwalk.Process) bool {
	return rec.User == nil || d.owners.runs(p, *rec.User)
}

// owns reports which of the groups that the record may name as its own a process with these lines is in.
func (d *recordIndex) owns(rec container.EngineRecord, lines []container.CgroupLine) (text.Text, bool) {
	return rec.OwnsOf(lines, mayName(rec, d.owners.delegations))
}

func (d *recordIndex) linesOf(p *procwalk.Process) []container.CgroupLine {
	d.lines = d.lines[:0]
	if p.Cgroups != nil {
		d.lines = append(d.lines, p.Cgroups.Lines...)
	}
	return d.lines
}

// assign finds the record that a process belongs to: by its group, or because it is in the pid namespace of the
// recorded init. Root's records come first; of several the one with the innermost group counts.
func (d *recordIndex) assign(p *procwalk.Process, m *membership) {
	if len(d.list) == 0 {
		return
	}
	found, group := -1, text.Text{}
	lines := d.linesOf(p)
	for i, rec := range d.list {
		if found >= 0 && d.list[found].User == nil && rec.User != nil {
			break
		}
		if g, ok := d.owns(rec, lines); ok && g.Len() > group.Len() && d.mayClaim(rec, p) {
			found, group = i, g
		}
	}
	if found < 0 && p.NS != nil {
		if i, ok := d.byPIDNS[p.NS.Inode[procwalk.PID]]; ok && d.mayClaim(d.list[i], p) {
			found = i
			if d.list[i].User == nil {
				group = m.chain.Innermost().Group
			}
		}
	}
	if found < 0 {
		return
	}
	rec := d.list[found]
	m.chain, m.keys = container.Chain{rec.Entry(group)}, nil
	m.key = "record:" + rec.Where().Raw()
	d.byKey[m.key] = rec
}
