package rows

import (
	"maps"

	"bones/procwalk"
)

// Row is one visible row. It holds only until the next Build; a Key stays.
type Row struct {
	Index  int32 // into Snap.Processes
	Thread int32 // into the process's threads, or -1
	Depth  int32 // levels below a root
	Last   bool  // no sibling follows
	Folded bool  // its descendants are not shown, and there are some
	Parent bool  // it has descendants that could be shown
	Dim    bool  // shown only because a descendant matches the filter
}

// Model is a process table as the user has arranged it: what is folded, filtered, sorted, tagged and selected. All of
// this is kept by identity, so that it survives a new snapshot. Build makes the visible rows of it.
//
// It is for use by one goroutine.
type Model struct {
	names Names
	facts Facts

	Flat       bool // a list instead of a forest
	Reverse    bool
	ShowKernel bool // threads of the kernel are shown
	Contained  bool // only processes in containers (needs Names.Container)
	Scrolled   int  // by how many cells COMMAND is scrolled to the left
	sort       *Column
	columns    []*Column
	chosen     bool // the user has chosen the columns
	containers bool // the default ones are those of a host with containers
	filter     *Filter

	folds      map[procwalk.ID]struct{}
	underFold  map[procwalk.ID]struct{} // folds made while a filter is on: that one starts with everything unfolded
	tags       map[procwalk.ID]struct{}
	threads    map[procwalk.ID][]Thread
	threadless bool // no process has threads shown

	cursor

	rows    []Row
	order   []int32 // every row that passes, as shown if nothing were folded
	at      []int32 // per process: its position in rows, or -1
	keep    []bool  // per process: it passes, or a descendant does
	match   []bool  // per process: it passes itself
	last    []int32 // per process: its last child that is in order
	kids    []int32 // per process: how many children are in order
	sumCPU  []float64
	sumRSS  []uint64
	link    []int32
	numKeys []float64
	strKeys []string
	pidWide int
	widest  map[string]int // by the name of a column: its widest cell that was in view
}

// NewModel returns an empty table with the default columns.
func NewModel(names Names) *Model {
	m := &Model{
		names:      names,
		ShowKernel: true,
		folds:      map[procwalk.ID]struct{}{},
		underFold:  map[procwalk.ID]struct{}{},
		tags:       map[procwalk.ID]struct{}{},
		threads:    map[procwalk.ID][]Thread{},
		widest:     map[string]int{},
		pidWide:    5,
	}
	m.columns = DefaultColumns()
	return m
}

// SetFacts takes a new snapshot. Call Build after it.
func (m *Model) SetFacts(f Facts) {
	m.facts = f
	m.names.Container = f.ContainerNames
	if m.facts.Snap == nil {
		return
	}
	m.defaultColumns()
	ended := func(id procwalk.ID, _ struct{}) bool { return f.Snap.FindID(id) == nil }
	maps.DeleteFunc(m.folds, ended)
	maps.DeleteFunc(m.underFold, ended)
	maps.DeleteFunc(m.tags, ended)
	maps.DeleteFunc(m.threads, func(id procwalk.ID, _ []Thread) bool { return f.Snap.FindID(id) == nil })
	m.sum()
}

// Facts returns what SetFacts was given.
func (m *Model) Facts() Facts { return m.facts }

// Rows returns the visible rows; valid until the next Build.
func (m *Model) Rows() []Row { return m.rows }

// Process returns the process of a row.
func (m *Model) Process(r Row) *procwalk.Process { return &m.facts.Snap.Processes[r.Index] }

// Key returns the identity of a row.
func (m *Model) Key(r Row) RowKey {
	k := RowKey{ID: m.Process(r).ID()}
	if r.Thread >= 0 {
		k.TID = m.threads[k.ID][r.Thread].TID
	}
	return k
}

// Passing returns how many processes pass the filter, whether they are folded away or not.
func (m *Model) Passing() int {
	n := 0
	for _, ok := range m.match {
		if ok {
			n++
		}
	}
	return n
}

// PassingIDs returns which they are, in the order of the snapshot.
func (m *Model) PassingIDs() []procwalk.ID {
	var list []procwalk.ID
	for i, ok := range m.match {
		if ok && m.facts.Snap != nil && i < len(m.facts.Snap.Processes) {
			list = append(list, m.facts.Snap.Processes[i].ID())
		}
	}
	return list
}

// Build computes the visible rows, in O(n), or O(n log n) if the order is not that of the snapshot. It keeps the
// selection on the process it was on.
func (m *Model) Build() {
	if m.facts.Snap == nil {
		m.rows = m.rows[:0]
		m.keepSelection()
		return
	}
	m.pass()
	m.arrange()
	m.sortThreads()
	m.flatten()
	m.keepSelection()
}

// pass decides which processes are shown at all.
func (m *Model) pass() {
	procs := m.facts.Snap.Processes
	m.match = resize(m.match, len(procs))
	m.keep = resize(m.keep, len(procs))
	pidMax := 0
	for i := range procs {
		p := &procs[i]
		ok := m.ShowKernel || !p.KernelThread()
		if ok && m.Contained && m.names.Container != nil {
			ok = len(m.names.Container(p)) > 0
		}
		if ok && m.filter != nil {
			ok = m.filter.Match(p, &m.names)
		}
		m.match[i], m.keep[i] = ok, ok
		pidMax = max(pidMax, p.PID)
	}
	m.pidWide = max(5, digits(pidMax))
	if m.Flat {
		return
	}
	order := m.facts.Tree.Order
	for k := len(order) - 1; k >= 0; k-- {
		i := order[k]
		if p := m.facts.Tree.Parent[i]; p >= 0 && m.keep[i] {
			m.keep[p] = true
		}
	}
}

// flatten makes the visible rows of the order, leaving out what is folded.
func (m *Model) flatten() {
	procs, tree := m.facts.Snap.Processes, m.facts.Tree
	m.at, m.last, m.kids = resize(m.at, len(procs)), resize(m.last, len(procs)), resize(m.kids, len(procs))
	for i := range m.at {
		m.at[i], m.last[i], m.kids[i] = -1, -1, 0
	}
	lastRoot := int32(-1)
	for _, i := range m.order {
		if p := tree.Parent[i]; p >= 0 {
			m.last[p] = i
			m.kids[p]++
		} else {
			lastRoot = i
		}
	}
	folds := m.foldSet()
	m.threadless = len(m.threads) == 0
	m.rows = m.rows[:0]
	hiddenBelow := int32(-1) // the depth of the folded row whose descendants are being skipped
	for _, i := range m.order {
		r := Row{Index: i, Thread: -1, Dim: !m.match[i]}
		if !m.Flat {
			r.Depth = tree.Depth[i]
			if hiddenBelow >= 0 && r.Depth > hiddenBelow {
				continue
			}
			hiddenBelow = -1
			r.Parent = m.kids[i] > 0
			if p := tree.Parent[i]; p >= 0 {
				r.Last = m.last[p] == i
			} else {
				r.Last = i == lastRoot
			}
			if r.Parent && len(folds) > 0 {
				if _, folded := folds[procs[i].ID()]; folded {
					r.Folded, hiddenBelow = true, r.Depth
				}
			}
		}
		m.at[i] = int32(len(m.rows))
		m.rows = append(m.rows, r)
		if !m.threadless {
			for t := range m.threads[procs[i].ID()] {
				m.rows = append(m.rows, Row{Index: i, Thread: int32(t), Depth: r.Depth + 1, Dim: r.Dim})
			}
		}
	}
}

// sum adds up each subtree.
func (m *Model) sum() {
	procs := m.facts.Snap.Processes
	m.sumCPU, m.sumRSS = resize(m.sumCPU, len(procs)), resize(m.sumRSS, len(procs))
	for i := range procs {
		m.sumCPU[i], m.sumRSS[i] = 0, procs[i].RSS*m.facts.Snap.Host.PageSize
		if m.known(int32(i)) {
			m.sumCPU[i] = m.facts.Rates[i].CPU
		}
	}
	order := m.facts.Tree.Order
	for k := len(order) - 1; k >= 0; k-- {
		i := order[k]
		if p := m.facts.Tree.Parent[i]; p >= 0 {
			m.sumCPU[p] += m.sumCPU[i]
			m.sumRSS[p] += m.sumRSS[i]
		}
	}
}

func (m *Model) known(i int32) bool { return m.facts.Known != nil && m.facts.Known[i] }

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/8)
	}
	return s[:n]
}

func digits(n int) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}
