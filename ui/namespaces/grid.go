package namespaces

import (
	"bones/ui/kit"
	"bones/ui/rows"
)

// Numbers of the columns in a row of rows.NSColumns, and of rows.NSMemberColumns.
const (
	listInode = iota
	listType
	listCount
	listPID
	listUser
	listContainer
	listCommand
)

const (
	memberPID = iota
	memberInside
	memberParent
	memberUser
	memberContainer
	memberCommand
)

// columnWidth is a column of one of the two tables, and the width of the table from which on it is shown.
type columnWidth struct {
	cell, width, from int
}

// chooseColumns chooses the columns there is room for; the last one takes what is left. need says what the rows in
// view take in a column: all, and what must not be cut.
func chooseColumns(all []columnWidth, names []rows.NSColumn, room int, contained bool,
	need func(cell int, numbers bool) (wish, must int)) (columns []int, heads []kit.Head) {
	var slots []rows.Slot
	for i, c := range all {
		name := names[c.cell]
		if room < c.from || name.Name == "CONTAINER" && !contained {
			continue
		}
		s := rows.Slot{Usual: c.width, Keep: -c.from}
		if i == len(all)-1 {
			s.Flex, s.Usual = true, 1
		} else {
			s.Wish, s.Must = need(c.cell, name.Right)
		}
		columns, slots = append(columns, c.cell), append(slots, s)
	}
	chosen := columns
	columns = nil
	for k, w := range rows.Share(room, slots) {
		if w < 0 {
			continue
		}
		name := names[chosen[k]]
		columns = append(columns, chosen[k])
		heads = append(heads, kit.Head{Title: name.Name, Width: w, Right: name.Right, Wide: slots[k].Flex})
	}
	return columns, heads
}

// listGrid makes a kit.Grid of the list of namespaces. The row that was formatted last is kept, since its cells are
// asked for one after the other.
type listGrid struct {
	v       *View
	columns []int
	last    int
	cells   []rows.NSCell
}

var listColumns = []columnWidth{
	{listInode, 13, 0}, {listType, 6, 60}, {listCount, 6, 24}, {listPID, 7, 32}, {listUser, 8, 50},
	{listContainer, 12, 76}, {listCommand, 0, 36},
}

func (g *listGrid) Len() int { return len(g.v.list.Lines()) }

func (g *listGrid) Selected() int { return g.v.cursor.Row }

func (g *listGrid) Heads(width, first, end int) []kit.Head {
	g.last = -1
	names := rows.NSColumns
	names[listInode].Right = false // the lines of the tree stand before it
	all := append([]columnWidth(nil), listColumns...)
	if g.v.list.Tree {
		all[listInode].width = max(13, min(width/3, 30))
		all[listType].from, all[listUser].from = 22, 56 // no heading tells the type
	}
	var heads []kit.Head
	g.columns, heads = chooseColumns(all, names[:], width, g.v.list.Names.Container != nil,
		func(cell int, numbers bool) (int, int) {
			g.columns = []int{cell}
			return kit.Measure(g, first, end, 0, numbers)
		})
	return heads
}

func (g *listGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	line := g.v.list.Lines()[row]
	first := g.columns[column] == listInode
	lead := 0
	if first {
		const most = 12
		shown := []rune(line.Lead)
		if len(shown) > most {
			shown = shown[len(shown)-most:] // the innermost levels
		}
		dst = append(dst, string(shown)...)
		lead = len(dst)
		if line.Folded {
			dst = append(dst, g.v.sh.Theme().Glyphs.Fold...)
		}
	}
	n := g.v.list.Namespace(line)
	if n == nil {
		if first {
			dst = append(dst, rows.NSHeading(line)...)
		}
		return dst, lead
	}
	if g.last != row {
		g.last, g.cells = row, rows.NSGroupOf(g.v.list.View(), n, g.v.list.Names).Cells
	}
	return append(dst, g.cells[g.columns[column]].Text...), lead
}

func (g *listGrid) Look(row int) kit.Look {
	line := g.v.list.Lines()[row]
	if line.Index < 0 {
		return kit.Look{}
	}
	n := g.v.list.Namespace(line)
	l := kit.Look{Tagged: g.v.mine[n.Type] == n.Inode}
	if line.Dim || len(n.Members) == 0 {
		l.Style = rows.Dim
	}
	return l
}

// CellStyle implements kit.Painted: containers have their colours.
func (g *listGrid) CellStyle(row, column int) rows.Style {
	n := g.v.list.Namespace(g.v.list.Lines()[row])
	if n == nil || g.columns[column] != listContainer || len(n.Members) == 0 {
		return rows.Plain
	}
	return g.v.hueOf(n.Members[0])
}

// hueOf is the colour of the container that a member of a namespace is in.
func (v *View) hueOf(member int32) rows.Style {
	if c := v.facts.ContainerOf(v.process(member)); c != nil {
		return rows.ContainerHue(c)
	}
	return rows.Dim
}

// memberGrid makes a kit.Grid of the members of the selected namespace.
type memberGrid struct {
	v       *View
	columns []int
	last    int
	cells   []rows.NSCell
}

var memberColumns = []columnWidth{
	{memberPID, 7, 0}, {memberInside, 7, 16}, {memberParent, 7, 70}, {memberUser, 8, 30},
	{memberContainer, 12, 64}, {memberCommand, 0, 24},
}

func (g *memberGrid) Len() int { return len(g.v.members()) }

func (g *memberGrid) Selected() int {
	if !g.v.panes.Inside {
		return -1
	}
	return g.v.memberAt()
}

func (g *memberGrid) Heads(width, first, end int) []kit.Head {
	g.last = -1
	var heads []kit.Head
	g.columns, heads = chooseColumns(memberColumns, rows.NSMemberColumns[:], width, g.v.list.Names.Container != nil,
		func(cell int, numbers bool) (int, int) {
			g.columns = []int{cell}
			return kit.Measure(g, first, end, 0, numbers)
		})
	return heads
}

func (g *memberGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	n := g.v.namespace()
	if g.last != row {
		g.last, g.cells = row, rows.NSMemberOf(g.v.list.View(), n, n.Members[row], g.v.list.Names).Cells
	}
	return append(dst, g.cells[g.columns[column]].Text...), 0
}

func (g *memberGrid) Look(row int) kit.Look {
	p := g.v.process(g.v.members()[row])
	l := kit.Look{Tagged: g.v.tags.Tagged(p.ID())}
	if p.KernelThread() {
		l.Style = rows.Dim
	}
	return l
}

// CellStyle implements kit.Painted.
func (g *memberGrid) CellStyle(row, column int) rows.Style {
	switch g.columns[column] {
	case memberContainer, memberInside:
		return g.v.hueOf(g.v.members()[row])
	}
	return rows.Plain
}
