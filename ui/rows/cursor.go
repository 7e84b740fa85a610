package rows

import (
	"sort"

	"bones/procwalk"
	"bones/procwalk/text"
)

// cursor is the selection of a Model: an identity, and where it was last seen.
type cursor struct {
	selected RowKey
	has      bool
	pos      int
	comm     text.Text
	ended    *EndedProcess
}

// EndedProcess is a process that was selected when it ended.
type EndedProcess struct {
	ID   procwalk.ID
	Comm text.Text
}

// Selected returns the position of the selected row and its identity; ok is false in an empty table.
func (m *Model) Selected() (pos int, key RowKey, ok bool) { return m.pos, m.selected, m.has }

// SelectedProcess returns the process of the selected row, or nil.
func (m *Model) SelectedProcess() *procwalk.Process {
	if !m.has || m.facts.Snap == nil {
		return nil
	}
	return m.facts.Snap.FindID(m.selected.ID)
}

// Select moves the selection to a position, the nearest one if there is no such.
func (m *Model) Select(pos int) {
	if len(m.rows) == 0 {
		m.has, m.pos, m.selected = false, 0, RowKey{}
		return
	}
	m.pos = max(0, min(pos, len(m.rows)-1))
	r := m.rows[m.pos]
	m.selected, m.has = m.Key(r), true
	m.comm = m.Process(r).Comm
}

// SelectID moves the selection to a process, unfolding what hides it. It reports false if the process has ended, or
// does not pass the filter.
func (m *Model) SelectID(id procwalk.ID) bool {
	i := m.index(id)
	if i < 0 || int(i) >= len(m.keep) || !m.keep[i] {
		return false
	}
	if m.at[i] < 0 {
		m.Reveal(id)
		m.Build()
	}
	if m.at[i] < 0 {
		return false
	}
	m.Select(int(m.at[i]))
	return true
}

// SelectMatch moves the selection from a row that is shown only because of its descendants to the first that passes;
// if the filter is a number, to the process that has it for a PID.
func (m *Model) SelectMatch() {
	if m.filter != nil && m.filter.pid > 0 && m.facts.Snap != nil {
		if p := m.facts.Snap.Find(m.filter.pid); p != nil && m.filter.Match(p, &m.names) && m.SelectID(p.ID()) {
			return
		}
	}
	if !m.has || !m.rows[m.pos].Dim {
		return
	}
	for i, r := range m.rows {
		if !r.Dim {
			m.Select(i)
			return
		}
	}
}

// TakeEnded returns the process that was selected and has ended since the last call, or nil.
func (m *Model) TakeEnded() *EndedProcess {
	e := m.ended
	m.ended = nil
	return e
}

// keepSelection finds the selection again in new rows. If the process has ended, the selection goes to the row that
// took its place; if it is hidden, to what hides it.
func (m *Model) keepSelection() {
	if !m.has {
		m.Select(0)
		return
	}
	i := m.index(m.selected.ID)
	if i < 0 {
		if m.facts.Snap != nil {
			m.ended = &EndedProcess{m.selected.ID, m.comm}
		}
		m.Select(m.pos)
		return
	}
	if at := m.at[i]; at >= 0 {
		m.Select(m.threadRow(int(at)))
		return
	}
	if !m.Flat {
		for p := m.facts.Tree.Parent[i]; p >= 0; p = m.facts.Tree.Parent[p] {
			if m.at[p] >= 0 {
				m.Select(int(m.at[p]))
				return
			}
		}
	}
	m.Select(m.pos)
}

// threadRow returns the position of the selected thread below the process at a position, or that of the process.
func (m *Model) threadRow(at int) int {
	if m.selected.TID == 0 {
		return at
	}
	for k := at + 1; k < len(m.rows) && m.rows[k].Thread >= 0; k++ {
		if m.Key(m.rows[k]).TID == m.selected.TID {
			return k
		}
	}
	return at
}

// ParentPos returns the position of the parent of the row at pos, or -1.
func (m *Model) ParentPos(pos int) int {
	if pos < 0 || pos >= len(m.rows) || m.Flat {
		return -1
	}
	r := m.rows[pos]
	if r.Thread >= 0 {
		return int(m.at[r.Index])
	}
	if p := m.facts.Tree.Parent[r.Index]; p >= 0 {
		return int(m.at[p])
	}
	return -1
}

// Find selects the next row that f matches, in the direction of step (1 or -1), beginning after the selected one and
// going round; with here it may be the selected one itself. It unfolds what hides it. A number finds the process that
// has it for a PID before all others, as long as here is set: that is while it is typed.
func (m *Model) Find(f *Filter, step int, here bool) bool {
	n := len(m.order)
	if n == 0 || f == nil {
		return false
	}
	if p := m.facts.Snap.Find(f.pid); here && p != nil && f.Match(p, &m.names) && m.SelectID(p.ID()) {
		return true
	}
	stops := m.stops()
	from := 0
	if i := m.index(m.selected.ID); m.has && i >= 0 {
		for k, s := range stops {
			if s.row == i {
				from = k
				if m.selected.TID == 0 || s.thread >= 0 && m.threadOf(s).TID == m.selected.TID {
					break
				}
			}
		}
	}
	if here {
		from -= step
	}
	n = len(stops)
	for k := 1; k <= n; k++ {
		s := stops[((from+k*step)%n+n)%n]
		p := &m.facts.Snap.Processes[s.row]
		switch {
		case s.thread < 0 && f.Match(p, &m.names):
			return m.SelectID(p.ID())
		case s.thread >= 0 && f.matchThread(p, m.threadOf(s), &m.names):
			tid := m.threadOf(s).TID // SelectID may make the rows anew
			if !m.SelectID(p.ID()) {
				return false
			}
			m.selected.TID = tid
			m.keepSelection()
			return true
		}
	}
	return false
}

// stop is a row that could be shown: a process, or one of its threads.
type stop struct{ row, thread int32 }

// stops are the rows as they would be shown if nothing were folded.
func (m *Model) stops() []stop {
	list := make([]stop, 0, len(m.order))
	for _, i := range m.order {
		list = append(list, stop{i, -1})
		if len(m.threads) > 0 {
			for t := range m.threads[m.facts.Snap.Processes[i].ID()] {
				list = append(list, stop{i, int32(t)})
			}
		}
	}
	return list
}

func (m *Model) threadOf(s stop) *Thread {
	return &m.threads[m.facts.Snap.Processes[s.row].ID()][s.thread]
}

// indexOf returns the index of a process of the snapshot, which is sorted by PID.
func (m *Model) indexOf(p *procwalk.Process) int32 {
	procs := m.facts.Snap.Processes
	i := sort.Search(len(procs), func(i int) bool { return procs[i].PID >= p.PID })
	return int32(i)
}
