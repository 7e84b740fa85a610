package namespaces

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/inventory/matrix"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// table is the matrix as it is on the screen: who has namespaces down, the eight types across, one cell selected.
type table struct {
	on        bool // else the list is shown
	sandboxes bool
	came      bool // the list was reached from a cell: Esc goes back there
	all       *matrix.Matrix
	of        *nsview.View
	shown     []int // rows that pass the filter
	filter    string
	cursor    kit.Cursor[string]
	column    int // of rows.MatrixOrder
	list      kit.Table
	heads     []int // the columns that are drawn: -1 the name, -2 the kind
}

// now is the selected row, and the type of the selected cell.
func (m *table) now() (*matrix.Row, procwalk.NSType) {
	if m.all == nil || m.cursor.Row >= len(m.shown) {
		return nil, 0
	}
	return &m.all.Rows[m.shown[m.cursor.Row]], rows.MatrixOrder[m.column]
}

func (m *table) keyOf(row int) (string, bool) { return m.all.Rows[m.shown[row]].Key, true }

// rowOf is the position of a row by its key, -1: it is not shown.
func (m *table) rowOf(key string) int {
	return slices.IndexFunc(m.shown, func(i int) bool { return m.all.Rows[i].Key == key })
}

// readMatrix makes the matrix of what is grouped now, in a goroutine.
func (v *View) readMatrix(struct{}) kit.Read {
	groups, facts, sandboxes := v.list.View(), v.facts, v.matrix.sandboxes
	if groups == nil || facts.Now == nil || groups.Snapshot != facts.Now.Snapshot {
		return nil
	}
	return func(context.Context) func() {
		all := matrix.Build(groups, facts.Now, sandboxes)
		return func() {
			first := v.matrix.all == nil
			v.matrix.all, v.matrix.of = all, groups
			v.arrangeMatrix()
			if first {
				v.selectRow()
			}
			v.sh.Changed(v, kit.Content)
			v.deferred.Resume(v.sh)
		}
	}
}

// arrangeMatrix chooses the rows anew, and finds the selected one again.
func (v *View) arrangeMatrix() {
	m := &v.matrix
	if m.all == nil {
		return
	}
	filter := rows.ParseContainerFilter(m.filter)
	m.shown = m.shown[:0]
	for i := range m.all.Rows {
		r := &m.all.Rows[i]
		if filter.MatchWords(r.Name.Raw(), r.Kind.String(), strconv.Itoa(r.ID.PID)) {
			m.shown = append(m.shown, i)
		}
	}
	m.cursor.Follow(len(m.shown), m.rowOf, m.keyOf)
}

// selectRow selects the row that the subject is in: its container, its service, else the host.
func (v *View) selectRow() {
	m := &v.matrix
	if m.all == nil || !v.has || v.snap() == nil {
		return
	}
	p := v.snap().FindID(v.subject)
	if p == nil {
		return
	}
	at := m.rowOf(v.rowKey(p))
	if at < 0 {
		// Who has namespaces of its own and is no row is found in the list.
		if m.filter == "" && p.NS != nil && p.NS.Inode != m.all.Reference.Inode && p.NS.Inode[procwalk.Mnt] != 0 {
			m.on = false
		}
		return
	}
	m.cursor.Move(len(m.shown), at, m.keyOf)
	m.list.Show(at)
}

// rowKey is the key of the row that a process is part of: its container, machine or service, or the host where it has
// all that is the host's; empty: none.
func (v *View) rowKey(p *procwalk.Process) string {
	all := v.matrix.all
	if c := v.facts.ContainerOf(p); c != nil {
		return c.Key
	}
	if i := slices.IndexFunc(all.Rows, func(r matrix.Row) bool {
		return r.Kind >= matrix.VM && slices.Contains(r.Container.PIDs, p.PID)
	}); i >= 0 {
		return all.Rows[i].Key
	}
	if p.NS == nil || p.NS.Inode == all.Reference.Inode || p.NS.Inode[procwalk.Mnt] == 0 {
		return "host"
	}
	return ""
}

// cellTarget is the process that an action is about: the subject where it is part of the selected row, else the one
// that stands for the row.
func (v *View) cellTarget() (procwalk.ID, bool) {
	r, _ := v.matrix.now()
	if r == nil {
		return v.subject, v.has
	}
	if p := v.snap().FindID(v.subject); v.has && p != nil && v.rowKey(p) == r.Key {
		return v.subject, true
	}
	return r.ID, true
}

// moveRow selects another row.
func (v *View) moveRow(to int) {
	m := &v.matrix
	if m.all == nil || len(m.shown) == 0 {
		return
	}
	m.cursor.Move(len(m.shown), to, m.keyOf)
	m.list.Show(m.cursor.Row)
	r, _ := m.now()
	v.subject, v.has, v.lost = r.ID, true, false
	v.refreshSubject()
	v.sh.Changed(v, kit.Selection)
}

// moveColumn selects the cell of another type.
func (v *View) moveColumn(by int) {
	v.matrix.column = max(0, min(v.matrix.column+by, len(rows.MatrixOrder)-1))
	v.sh.Changed(v, kit.Selection)
}

// toggleMatrix shows the list in place of the matrix, or the matrix again.
func (v *View) toggleMatrix() {
	v.matrix.on, v.matrix.came = !v.matrix.on, false
	if v.matrix.on {
		v.panes.Inside = false
		v.makeMatrix()
		v.selectRow()
	}
	v.sh.Changed(v, kit.Selection)
}

// ShowList shows the list of namespaces.
func (v *View) ShowList() {
	if v.matrix.on {
		v.toggleMatrix()
	}
}

func (v *View) toggleSandboxes() {
	if !v.matrix.on {
		v.sh.Notice(rows.Dim, "sandboxes are rows of the matrix: "+v.sh.KeyFor("matrix")+" shows it")
		return
	}
	v.matrix.sandboxes = !v.matrix.sandboxes
	v.makeMatrix()
}

// makeMatrix has the matrix made, while it is what is shown.
func (v *View) makeMatrix() {
	if v.matrix.on {
		v.cells.Reload(struct{}{})
	}
}

// enterCell goes to the namespace of the selected cell, in the list.
func (v *View) enterCell() {
	r, t := v.matrix.now()
	if r == nil {
		if v.matrix.all == nil {
			v.deferred.Defer(v.sh, func() { v.Enter() }) // it is being read
		}
		return
	}
	key := nsview.Key{Type: t, Inode: r.Cells[t].Inode}
	at := v.list.Reveal(key)
	if at < 0 && v.list.Filter() != nil {
		v.list.SetFilter(nil)
		v.build()
		at = v.list.Reveal(key)
	}
	if key.Inode == 0 || at < 0 {
		v.sh.Notice(rows.Warn, fmt.Sprintf("the %s namespace of %s cannot be told: %s", t, r.Name,
			rows.NSReason(r.Cells[t].Err)))
		return
	}
	v.subject, v.has = v.cellTarget()
	v.matrix.on, v.matrix.came = false, true
	v.refreshSubject()
	v.moveTo(at)
	v.intoMembers()
}

// askMatrixFilter filters the rows while the user types.
func (v *View) askMatrixFilter() {
	old := v.matrix.filter
	set := func(s string) {
		v.matrix.filter = s
		v.arrangeMatrix()
		v.sh.Changed(v, kit.Selection)
	}
	v.sh.Ask(kit.Question{Label: "filter: ", Text: old, Typed: func(s string) string {
		set(s)
		return ""
	}, Accept: func(string) {}, Cancel: func() { set(old) }})
}

// byHandCell is the command that shows the selected cell.
func (v *View) byHandCell() string {
	r, t := v.matrix.now()
	if r == nil {
		return "lsns"
	}
	target, _ := v.cellTarget()
	pid := strconv.Itoa(target.PID)
	if r.Kind == matrix.Host {
		return effect.Command("readlink", "/proc/"+pid+"/ns/"+t.String()) + "; " + effect.Command("lsns", "--type",
			t.String())
	}
	return effect.Command("readlink", "/proc/1/ns/"+t.String(), "/proc/"+pid+"/ns/"+t.String()) + "; " +
		effect.Command(byHandIn(t, pid)...)
}

// matrixStatus says how the matrix is arranged.
func (v *View) matrixStatus() string {
	s := ""
	if m := &v.matrix; m.all != nil {
		count := map[matrix.RowKind]int{}
		for _, i := range m.shown {
			count[m.all.Rows[i].Kind]++
		}
		for _, k := range []struct {
			kind      matrix.RowKind
			one, many string
		}{{matrix.Container, "container", "containers"}, {matrix.Sandbox, "sandbox", "sandboxes"},
			{matrix.VM, "virtual machine", "virtual machines"}, {matrix.Service, "service", "services"}} {
			if n := count[k.kind]; n > 0 || k.kind == matrix.Container {
				if s != "" {
					s += ", "
				}
				s += kit.Plural(n, k.one, k.many)
			}
		}
	}
	if v.matrix.filter != "" {
		s += fmt.Sprintf("  filter %q", v.matrix.filter)
	}
	if view := v.list.View(); view != nil && len(view.Unreadable) > 0 {
		s += fmt.Sprintf("  %s cannot be read", rows.NSCount(len(view.Unreadable)))
	}
	return strings.TrimPrefix(s+"; "+v.sh.KeyFor("matrix")+": list", "; ")
}

// drawMatrix paints the matrix.
func (v *View) drawMatrix(p kit.Painter, r kit.Rect) {
	v.matrix.list.Draw(p, r, v.matrix.cursor.Row)
	switch {
	case r.H < 2:
	case v.snap() == nil && v.sh.Frame().HasTable(), v.matrix.all == nil:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, "reading the namespaces ...")
	case len(v.matrix.shown) == 0:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Warn, "no row passes the filter")
	default:
		drawLegend(p, kit.Rect{X: r.X, Y: r.Y + 1 + len(v.matrix.shown), W: r.W, H: r.H - 1 - len(v.matrix.shown)})
	}
}

// mouseMatrix selects the cell that was clicked.
func (v *View) mouseMatrix(action tview.MouseAction, x, y int) bool {
	return v.matrix.list.Mouse(action, x, y, nil, func(row int) {
		if c := v.matrix.list.ColumnAt(x); c >= 0 && c < len(v.matrix.heads) && v.matrix.heads[c] >= 0 {
			v.matrix.column = v.matrix.heads[c]
		}
		v.moveRow(row)
	}, v.enterCell)
}

// Matrix are the rows of the matrix that pass the filter; nil where the list is shown.
func (v *View) Matrix() []*matrix.Row {
	if !v.matrix.on || v.matrix.all == nil {
		return nil
	}
	list := make([]*matrix.Row, len(v.matrix.shown))
	for i, at := range v.matrix.shown {
		list[i] = &v.matrix.all.Rows[at]
	}
	return list
}

// matrixGrid makes a kit.Grid of the matrix.
type matrixGrid struct{ v *View }

func (g *matrixGrid) Len() int { return len(g.v.matrix.shown) }

func (g *matrixGrid) Selected() int { return g.v.matrix.cursor.Row }

// SelectedCell implements kit.CellSelector.
func (g *matrixGrid) SelectedCell() int { return slices.Index(g.v.matrix.heads, g.v.matrix.column) }

const headName, headKind = -1, -2

// Heads gives the eight types the same room, as far as there is any: a matrix is read along its columns. What is left
// goes to the names.
func (g *matrixGrid) Heads(width, first, end int) []kit.Head {
	m := &g.v.matrix
	types := len(rows.MatrixOrder)
	m.heads = []int{headName}
	for c := range types {
		m.heads = append(m.heads, c)
	}
	name, wish := 4, 4
	for i := first; i < min(end, len(m.shown)); i++ {
		r := &m.all.Rows[m.shown[i]]
		name = max(name, kit.Width(r.Name.String()))
		for c := range types {
			wish = max(wish, kit.Width(rows.MatrixCell(r, rows.MatrixOrder[c]).Text))
		}
	}
	const kind, least, most = 9, 6, 20
	name = min(name, 30)
	if width >= name+1+kind+1+types*(least+3) {
		m.heads = slices.Insert(m.heads, 1, headKind)
		name += kind + 1
	} else {
		name = max(min(name, width-types*(least+1)-1), 8)
	}
	cell := max(4, min((width-name-types)/types, max(wish, least+4), most))
	if len(m.heads) > types+1 {
		name -= kind + 1
	}
	heads := make([]kit.Head, 0, len(m.heads))
	for _, h := range m.heads {
		switch h {
		case headName:
			heads = append(heads, kit.Head{Title: "WHO", Width: name})
		case headKind:
			heads = append(heads, kit.Head{Title: "KIND", Width: kind})
		default:
			heads = append(heads, kit.Head{Title: rows.MatrixOrder[h].String(), Width: cell})
		}
	}
	return heads
}

func (g *matrixGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	r := &g.v.matrix.all.Rows[g.v.matrix.shown[row]]
	switch h := g.v.matrix.heads[column]; h {
	case headName:
		return append(dst, r.Name.String()...), 0
	case headKind:
		return append(dst, r.Kind.String()...), 0
	default:
		return append(dst, rows.MatrixCell(r, rows.MatrixOrder[h]).Text...), 0
	}
}

func (g *matrixGrid) Look(int) kit.Look { return kit.Look{} }

// CellStyle implements kit.Painted.
func (g *matrixGrid) CellStyle(row, column int) rows.Style {
	r := &g.v.matrix.all.Rows[g.v.matrix.shown[row]]
	switch h := g.v.matrix.heads[column]; {
	case h >= 0:
		return rows.MatrixCell(r, rows.MatrixOrder[h]).Style
	case h == headName && r.Kind == matrix.Container:
		return rows.ContainerHue(r.Container)
	}
	return rows.Dim
}
