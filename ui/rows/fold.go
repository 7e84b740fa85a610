package rows

import "bones/procwalk"

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

// SetThreads shows the threads of a process below it; nil hides them.
func (m *Model) SetThreads(id procwalk.ID, threads []Thread) {
	if threads == nil {
		delete(m.threads, id)
	} else {
		m.threads[id] = threads
	}
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
