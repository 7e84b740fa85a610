package ui

import (
	"bones/procwalk"
	"bones/ui/rows"
)

// Numbers of the columns in a row of rows.NSColumns, and of rows.NSMemberColumns.
const (
	nsInode = iota
	nsType
	nsCount
	nsPID
	nsUser
	nsContainer
	nsCommand
)

const (
	memberPID = iota
	memberInside
	memberParent
	memberUser
	memberContainer
	memberCommand
)

// nsColumn is a column of one of the two tables, and the width of the table from which on it is shown.
type nsColumn struct {
	cell, width, from int
}

// nsHeads chooses the columns there is room for; the last one takes what is left.
func nsHeads(all []nsColumn, names []rows.NSColumn, room int, contained bool) (columns []int, heads []head) {
	rest := room
	for i, c := range all {
		name := names[c.cell]
		if room < c.from || name.Name == "CONTAINER" && !contained {
			continue
		}
		w := c.width
		if i == len(all)-1 {
			w = max(rest, 1)
		}
		columns = append(columns, c.cell)
		heads = append(heads, head{title: name.Name, width: w, right: name.Right})
		rest -= w + 1
	}
	return columns, heads
}

// nsGrid makes a grid of the list of namespaces. The row that was formatted last is kept, since its cells are asked for
// one after the other.
type nsGrid struct {
	v       *namespaces
	columns []int
	last    int
	cells   []rows.NSCell
}

var nsGroupColumns = []nsColumn{
	{nsInode, 13, 0}, {nsType, 6, 60}, {nsCount, 6, 24}, {nsPID, 7, 32}, {nsUser, 8, 50}, {nsContainer, 12, 76}, {nsCommand, 0, 36},
}

func (g *nsGrid) Len() int { return len(g.v.list.Lines()) }

func (g *nsGrid) Selected() int { return g.v.at }

func (g *nsGrid) Heads(width int) []head {
	g.last = -1
	names := rows.NSColumns
	names[nsInode].Right = false // the lines of the tree stand before it
	all := append([]nsColumn(nil), nsGroupColumns...)
	if g.v.list.Tree {
		all[nsInode].width = max(13, min(width/3, 30))
		all[nsType].from, all[nsUser].from = 22, 56 // no heading tells the type
	}
	var heads []head
	g.columns, heads = nsHeads(all, names[:], width, g.v.list.Names.Container != nil)
	return heads
}

func (g *nsGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	line := g.v.list.Lines()[row]
	first := g.columns[column] == nsInode
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
			dst = append(dst, g.v.ui.theme.glyphs.Fold...)
		}
	}
	n := g.v.list.Namespace(line)
	if n == nil {
		if column == 0 {
			dst = append(dst, rows.NSHeading(line)...)
		}
		return dst, lead
	}
	if g.last != row {
		g.last, g.cells = row, rows.NSGroupOf(g.v.list.View(), n, g.v.list.Names).Cells
	}
	return append(dst, g.cells[g.columns[column]].Text...), lead
}

func (g *nsGrid) Look(row int) look {
	line := g.v.list.Lines()[row]
	if line.Index < 0 {
		return look{}
	}
	n := g.v.list.Namespace(line)
	l := look{tagged: g.v.mine[n.Type] == n.Inode}
	if len(n.Members) == 0 {
		l.style = rows.Dim
	}
	return l
}

// memberGrid makes a grid of the members of the selected namespace.
type memberGrid struct {
	v       *namespaces
	columns []int
	last    int
	cells   []rows.NSCell
}

var nsMemberWidths = []nsColumn{
	{memberPID, 7, 0}, {memberInside, 7, 16}, {memberParent, 7, 70}, {memberUser, 8, 30}, {memberContainer, 12, 64}, {memberCommand, 0, 24},
}

func (g *memberGrid) Len() int { return len(g.v.members()) }

func (g *memberGrid) Selected() int {
	if !g.v.inside {
		return -1
	}
	return g.v.memberAt()
}

func (g *memberGrid) Heads(width int) []head {
	g.last = -1
	var heads []head
	g.columns, heads = nsHeads(nsMemberWidths, rows.NSMemberColumns[:], width, g.v.list.Names.Container != nil)
	return heads
}

func (g *memberGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	n := g.v.namespace()
	if g.last != row {
		g.last, g.cells = row, rows.NSMemberOf(g.v.list.View(), n, n.Members[row], g.v.list.Names).Cells
	}
	return append(dst, g.cells[g.columns[column]].Text...), 0
}

func (g *memberGrid) Look(row int) look {
	p := g.v.process(g.v.members()[row])
	l := look{tagged: g.v.ui.tagged(p.ID())}
	if p.KernelThread() {
		l.style = rows.Dim
	}
	return l
}

// byHandIn is a command that shows what a namespace isolates, from inside where that tells most.
func byHandIn(t procwalk.NSType, pid string) []string {
	switch t {
	case procwalk.Net:
		return []string{"nsenter", "--target", pid, "--net", "ip", "address"}
	case procwalk.UTS:
		return []string{"nsenter", "--target", pid, "--uts", "hostname"}
	case procwalk.IPC:
		return []string{"nsenter", "--target", pid, "--ipc", "ipcs"}
	case procwalk.PID:
		return []string{"grep", "NSpid", "/proc/" + pid + "/status"}
	case procwalk.User:
		return []string{"cat", "/proc/" + pid + "/uid_map"}
	case procwalk.Time:
		return []string{"cat", "/proc/" + pid + "/timens_offsets"}
	case procwalk.Cgroup:
		return []string{"cat", "/proc/" + pid + "/cgroup"}
	}
	return []string{"cat", "/proc/" + pid + "/mountinfo"}
}
