package rows

import (
	"slices"
	"strings"

	"bones/procwalk"
	"bones/procwalk/rates"

	"github.com/rivo/uniseg"
)

// Column is one column of the process table. Columns are told apart by Name, which is that of ps(1) where it has one.
type Column struct {
	Name  string
	Title string
	Help  string
	Right bool          // set flush right
	Want  procwalk.Want // what a snapshot must hold for it
	keep  int           // of two columns, the one with the lower number goes first where there is no room

	width     func(m *Model) int // cells
	ascending bool               // numbers sort from the least
	num       func(m *Model, i int32) float64
	str       func(m *Model, i int32) string // instead of num
	cell      func(m *Model, dst []byte, r Row) []byte
	flex      bool // takes what width is left
}

// Flex reports whether the column takes the width that the others leave.
func (c *Column) Flex() bool { return c.flex }

// Ascending reports whether sorting by the column begins with the least.
func (c *Column) Ascending() bool { return c.str != nil || c.ascending }

// Width returns the cells that the column needs.
func (c *Column) Width(m *Model) int { return c.width(m) }

// Columns returns all columns there are, in the order in which they are shown.
func Columns() []*Column {
	fixed := func(n int) func(*Model) int { return func(*Model) int { return n } }
	pid := func(m *Model) int { return m.pidWide }
	// number makes a column of whole numbers out of a field of the process.
	number := func(c Column, width func(*Model) int, get func(p *procwalk.Process) int) *Column {
		c.Right, c.width, c.ascending = true, width, true
		c.num = func(m *Model, i int32) float64 { return float64(get(&m.facts.Snap.Processes[i])) }
		c.cell = func(m *Model, dst []byte, r Row) []byte { return appendInt(dst, get(m.Process(r))) }
		return &c
	}
	list := []*Column{
		pidColumn(),
		number(Column{Name: "ppid", Title: "PPID", keep: 40, Help: "the parent"}, pid,
			func(p *procwalk.Process) int { return p.PPID }),
		number(Column{Name: "pgid", Title: "PGID", keep: 20, Help: "process group"}, pid,
			func(p *procwalk.Process) int { return p.PGRP }),
		number(Column{Name: "sid", Title: "SID", keep: 10, Help: "session"}, pid,
			func(p *procwalk.Process) int { return p.Session }),
		cpidColumn(),
		ttyColumn(),
		{Name: "stat", Title: "STAT", keep: 80, Help: "state and flags, as ps prints them", width: fixed(4), cell: statCell,
			str: func(m *Model, i int32) string { return string(statCell(m, nil, Row{Index: i, Thread: -1})) }},
		{Name: "user", Title: "USER", keep: 70, Help: "effective user", Want: procwalk.WantBrief, width: fixed(8),
			cell: userCell,
			str:  func(m *Model, i int32) string { return string(userCell(m, nil, Row{Index: i, Thread: -1})) }},
		timeColumn(),
		{Name: "start", Title: "START", Right: true, keep: 25, Help: "when it started", width: fixed(5), cell: startCell,
			ascending: true,
			num:       func(m *Model, i int32) float64 { return float64(m.facts.Snap.Processes[i].StartTime) }},
		{Name: "pcpu", Title: "%CPU", Right: true, keep: 90,
			Help:  "processor time since the last refresh; 100 is one processor; a folded row sums its subtree",
			width: fixed(5), cell: cpuCell, num: (*Model).cpuKey},
		{Name: "rss", Title: "RSS", Right: true, keep: 85,
			Help:  "memory in RAM; a folded row sums its subtree, shared pages again each time",
			width: fixed(5), cell: rssCell, num: func(m *Model, i int32) float64 { return float64(m.rss(i)) }},
		{Name: "pmem", Title: "%MEM", Right: true, keep: 45, Help: "RSS as a share of all memory", width: fixed(5),
			cell: memCell,
			num:  func(m *Model, i int32) float64 { return float64(m.rss(i)) }},
		{Name: "vsz", Title: "VSZ", Right: true, keep: 45, Help: "address space", width: fixed(5),
			num:  func(m *Model, i int32) float64 { return float64(m.facts.Snap.Processes[i].VSize) },
			cell: func(m *Model, dst []byte, r Row) []byte { return appendSize(dst, m.Process(r).VSize) }},
		threadsColumn(),
		number(Column{Name: "ni", Title: "NI", keep: 30, Help: "nice value: greater gets less processor time"}, fixed(3),
			func(p *procwalk.Process) int { return p.Nice }),
		ioColumn("ior", "READ/s", "bytes fetched from storage per second",
			func(r rates.Rate) float64 { return r.ReadBytes }),
		ioColumn("iow", "WRITE/s", "bytes sent towards storage per second",
			func(r rates.Rate) float64 { return r.WriteBytes }),
	}
	for t := procwalk.NSType(0); t < procwalk.NSTypes; t++ {
		list = append(list, nsColumn(t))
	}
	return append(list,
		&Column{Name: "container", Title: "CONTAINER", keep: 75, Help: "the container it is in", Want: ContainerWant,
			width: fixed(12),
			cell:  containerCell, str: func(m *Model, i int32) string {
				return string(containerCell(m, nil,
					Row{Index: i, Thread: -1}))
			}},
		&Column{Name: "cgroup", Title: "CGROUP", keep: 35, Help: "cgroup path: v2, or that of the first v1 hierarchy",
			Want: procwalk.WantCgroup, width: fixed(24),
			cell: cgroupCell, str: func(m *Model, i int32) string {
				return string(cgroupCell(m, nil,
					Row{Index: i, Thread: -1}))
			}},
		&Column{Name: "command", Title: "COMMAND", keep: 1000, Help: "command line, or [name] where there is none",
			Want: procwalk.WantCmdline, flex: true, width: fixed(20),
			cell: commandCell,
			str:  func(m *Model, i int32) string { return string(AppendCommand(nil, &m.facts.Snap.Processes[i])) }},
	)
}

// DefaultColumns returns the columns of a new table, as ps axjf has them.
func DefaultColumns() []*Column {
	return pick(strings.Fields("pid ppid pgid sid tty stat user time pcpu rss command"))
}

// ContainerHostColumns returns the columns of a new table on a host with containers: there it matters more which
// container a process is in than which session.
func ContainerHostColumns() []*Column {
	return pick(strings.Fields("pid cpid stat user time pcpu rss container command"))
}

// defaultColumns chooses the columns, as long as the user has not, by whether there are containers. Once there were
// some it stays so: columns that come and go with a container would jump about.
func (m *Model) defaultColumns() {
	if m.chosen || m.containers || !m.facts.HasContainers() {
		return
	}
	m.containers, m.columns = true, ContainerHostColumns()
	clear(m.widest)
}

func pick(names []string) []*Column {
	var list []*Column
	for _, c := range Columns() {
		if slices.Contains(names, c.Name) {
			list = append(list, c)
		}
	}
	return list
}

// ColumnNamed returns the column with this name or title, or nil.
func ColumnNamed(name string) *Column {
	for _, c := range Columns() {
		if strings.EqualFold(c.Name, name) || strings.EqualFold(c.Title, name) {
			return c
		}
	}
	return nil
}

// SetColumns chooses columns by name. COMMAND is always there: it carries the forest.
func (m *Model) SetColumns(names []string) {
	m.columns, m.chosen = pick(append(slices.Clone(names), "command")), true
	clear(m.widest)
}

// ChosenByUser reports whether the user has said which columns are shown.
func (m *Model) ChosenByUser() bool { return m.chosen }

// Chosen returns the chosen columns, whether there is room for them or not.
func (m *Model) Chosen() []*Column { return m.columns }

// Wants returns what a snapshot must hold for the chosen columns and the filter.
func (m *Model) Wants() procwalk.Want {
	want := procwalk.WantCmdline | ContainerWant
	for _, c := range m.columns {
		want |= c.Want
	}
	return want | m.ChosenBy()
}

// ChosenBy returns what decides about each process whether it is shown.
func (m *Model) ChosenBy() (want procwalk.Want) {
	if m.filter != nil {
		want = m.filter.want
	}
	if m.Contained {
		want |= ContainerWant
	}
	return want
}

// ContainerWant is what must have been read of a process for its container to be known.
const ContainerWant = procwalk.WantCgroup | procwalk.WantBrief | procwalk.WantNS

// minCommand is what COMMAND has before any other column is left out.
const minCommand = 26

// Fit returns the chosen columns that width has room for, with one cell between them, and the width of each: at least
// what the numbers in the visible rows from first to before end take, and where there is room what all of them do.
func (m *Model) Fit(width, first, end int) (columns []*Column, widths []int) {
	slots := make([]Slot, len(m.columns))
	var cell []byte
	for k, c := range m.columns {
		s := Slot{Usual: c.width(m), Keep: c.keep, Flex: c.flex}
		if c.flex {
			s.Usual = minCommand
			for i := first; i < min(end, len(m.rows)); i++ {
				r := m.rows[i]
				cell = appendCommand(cell[:0], m.Process(r), wholeCommand)
				m.widest[c.Name] = max(m.widest[c.Name], 2*int(r.Depth)+2+min(len(cell), wholeCommand))
			}
		}
		for i := first; i < min(end, len(m.rows)) && !c.flex; i++ {
			cell = c.cell(m, cell[:0], m.rows[i])
			w := uniseg.StringWidth(string(cell))
			m.widest[c.Name] = max(m.widest[c.Name], w)
			if c.Right || IsNumber(string(cell)) {
				s.Must = max(s.Must, w)
			}
		}
		s.Wish = m.widest[c.Name] // also of rows that were in view: the columns are not to jump to and fro
		slots[k] = s
	}
	for k, w := range Share(width, slots) {
		if w >= 0 {
			columns, widths = append(columns, m.columns[k]), append(widths, w)
		}
	}
	return columns, widths
}

// COMMAND is to have this much before the details stand beside the table, and all of what is in view up to the most.
const (
	readableCommand = 50
	wholeCommand    = 84
)

// Needs is the width at which every chosen column is shown, wide enough for what was in view so far, and COMMAND can be
// read.
func (m *Model) Needs() int {
	all := -1
	for _, c := range m.columns {
		w := max(c.width(m), m.widest[c.Name])
		if c.flex {
			w = max(readableCommand, min(m.widest[c.Name], wholeCommand))
		}
		all += w + 1
	}
	return all
}

// Cell appends the text of one cell, safe to print. COMMAND is without the forest: see Forest.
func (m *Model) Cell(dst []byte, r Row, c *Column) []byte { return c.cell(m, dst, r) }
