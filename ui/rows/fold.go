package rows

import (
	"cmp"
	"slices"

	"bones/procwalk"
)

// foldSet returns the folds in force. A filter that hid its finds in a fold would be of no use, so that it starts with
// everything unfolded and has folds of its own.
func (m *Model) foldSet() map[procwalk.ID]struct{} {
	if m.filter != nil {
		return m.underFold
	}
	return m.folds
}

// Fold hides or shows the descendants of a process.
func (m *Model) Fold(id procwalk.ID, folded bool) {
	if folded {
		m.foldSet()[id] = struct{}{}
	} else {
		delete(m.foldSet(), id)
	}
}

// Folded reports whether the descendants of a process are hidden, if it has any.
func (m *Model) Folded(id procwalk.ID) bool {
	_, ok := m.foldSet()[id]
	return ok
}

// FoldAll unfolds everything if something below the roots is folded, and otherwise folds all but the roots.
func (m *Model) FoldAll() {
	set := m.foldSet()
	if m.facts.Snap == nil || len(m.kids) != len(m.facts.Snap.Processes) {
		return // nothing was built yet
	}
	for id := range set {
		if i := m.index(id); i >= 0 && m.facts.Tree.Parent[i] >= 0 {
			clear(set)
			return
		}
	}
	for i := range m.facts.Snap.Processes {
		if m.kids[i] > 0 && m.facts.Tree.Parent[i] >= 0 {
			set[m.facts.Snap.Processes[i].ID()] = struct{}{}
		}
	}
}

// Reveal unfolds whatever hides a process.
func (m *Model) Reveal(id procwalk.ID) {
	i := m.index(id)
	if i < 0 {
		return
	}
	for p := m.facts.Tree.Parent[i]; p >= 0; p = m.facts.Tree.Parent[p] {
		delete(m.foldSet(), m.facts.Snap.Processes[p].ID())
	}
}

// Tag marks a process, or takes the mark away.
func (m *Model) Tag(id procwalk.ID, tagged bool) {
	if tagged {
		m.tags[id] = struct{}{}
	} else {
		delete(m.tags, id)
	}
}

// Tagged reports whether a process is marked.
func (m *Model) Tagged(id procwalk.ID) bool {
	_, ok := m.tags[id]
	return ok
}

// Untag takes all marks away.
func (m *Model) Untag() { clear(m.tags) }

// Tags returns the marked processes, by PID.
func (m *Model) Tags() []*procwalk.Process {
	var list []*procwalk.Process
	if m.facts.Snap == nil || len(m.tags) == 0 {
		return nil
	}
	for i := range m.facts.Snap.Processes {
		if p := &m.facts.Snap.Processes[i]; m.Tagged(p.ID()) {
			list = append(list, p)
		}
	}
	return list
}

// SetThreads shows the threads of a process below it; nil hides them. What they use of a processor is known of those
// that were set before.
func (m *Model) SetThreads(id procwalk.ID, threads []Thread) {
	if threads == nil {
		delete(m.threads, id)
		return
	}
	before := make(map[int]*Thread, len(m.threads[id]))
	for i := range m.threads[id] {
		before[m.threads[id][i].TID] = &m.threads[id][i]
	}
	hz := uint64(100)
	if m.facts.Snap != nil {
		hz = max(m.facts.Snap.Host.TicksPerSec, 1)
	}
	for i := range threads {
		t := &threads[i]
		old := before[t.TID]
		if old == nil || old.Start != t.Start || t.Ticks < old.Ticks {
			continue
		}
		if took := t.At.Sub(old.At).Seconds(); took > 0 {
			t.cpu, t.known = float64(t.Ticks-old.Ticks)/float64(hz)/took, true
		} else {
			t.cpu, t.known = old.cpu, old.known
		}
	}
	m.threads[id] = threads
}

// sortThreads puts the threads of each process in the order of the column that the table is sorted by, if it differs
// between threads, and otherwise in that of their numbers.
func (m *Model) sortThreads() {
	less := func(a, b *Thread) int { return 0 }
	sign := 1
	if m.Reverse {
		sign = -1
	}
	if m.sort != nil {
		switch m.sort.Name {
		case "pid":
			less = func(a, b *Thread) int { return a.TID - b.TID }
		case "pcpu":
			less = func(a, b *Thread) int {
				if a.known != b.known {
					return cmp.Compare(b2i(b.known), b2i(a.known))
				}
				return cmp.Compare(b.cpu, a.cpu)
			}
		case "time":
			less = func(a, b *Thread) int { return cmp.Compare(b.Ticks, a.Ticks) }
		case "start":
			less = func(a, b *Thread) int { return cmp.Compare(a.Start, b.Start) }
		case "stat":
			less = func(a, b *Thread) int { return cmp.Compare(a.State, b.State) }
		case "command":
			less = func(a, b *Thread) int { return compareShown(a.Comm.Raw(), b.Comm.Raw()) }
		}
	} else if m.Reverse {
		less = func(a, b *Thread) int { return a.TID - b.TID }
	}
	for _, list := range m.threads {
		slices.SortFunc(list, func(a, b Thread) int { return cmp.Or(sign*less(&a, &b), a.TID-b.TID) })
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// HasThreads reports whether the threads of a process are shown.
func (m *Model) HasThreads(id procwalk.ID) bool {
	_, ok := m.threads[id]
	return ok
}

// Threaded returns the processes that are shown with their threads.
func (m *Model) Threaded() []procwalk.ID {
	var list []procwalk.ID
	for id := range m.threads {
		list = append(list, id)
	}
	return list
}

func (m *Model) index(id procwalk.ID) int32 {
	if m.facts.Snap == nil {
		return -1
	}
	p := m.facts.Snap.FindID(id)
	if p == nil {
		return -1
	}
	return m.indexOf(p)
}
