package cgroups

import (
	"strconv"
	"strings"

	"bones/ui/kit"
	"bones/ui/rows"
)

// treeGrid makes a kit.Grid of the tree of groups.
type treeGrid struct{ v *View }

func (g *treeGrid) Len() int { return len(g.v.tree.lines) }

func (g *treeGrid) Selected() int { return g.v.cursor.Row }

func (g *treeGrid) Heads(width, _, _ int) []kit.Head {
	return []kit.Head{{Title: "GROUP", Width: max(width, 1), Wide: true}}
}

// indentMax is how far to the right a group is drawn, however deep it is.
const indentMax = 10

func (g *treeGrid) Cell(dst []byte, row, _ int) ([]byte, int) {
	n := g.v.tree.lines[row]
	dst = append(dst, strings.Repeat("  ", min(n.depth, indentMax))...)
	open, folded := g.v.tree.folding(row)
	switch {
	case n.group == nil && n.err != nil:
		return append(dst, kit.ErrorLine(n.err)...), 0
	case n.group == nil:
		return append(dst, "... more than "+strconv.Itoa(childLimit)...), 0
	case open:
		dst = append(dst, g.v.sh.Theme().OpenMark()...)
	case folded:
		dst = append(dst, g.v.sh.Theme().Glyphs.Fold...)
	default:
		dst = append(dst, "  "...)
	}
	lead := len(dst)
	if label, ok := g.v.names[n.group.Path.Raw()]; ok && n.up != nil {
		return append(dst, label.Text...), lead
	}
	return append(dst, rows.GroupName(n.group, n.up == nil)...), lead
}

// CellStyle implements kit.Painted: the groups of a container have its colour.
func (g *treeGrid) CellStyle(row, _ int) rows.Style {
	if n := g.v.tree.lines[row]; n.group != nil && n.up != nil {
		return g.v.names[n.group.Path.Raw()].Hue
	}
	return rows.Plain
}

func (g *treeGrid) Look(row int) kit.Look {
	n := g.v.tree.lines[row]
	if n.group == nil {
		return kit.Look{Style: rows.Dim}
	}
	l := kit.Look{Tagged: g.v.tree.mine[keyOf(n.group)]}
	if g.v.tree.filter != "" && !g.v.tree.matches(n) {
		l.Style = rows.Dim // it is shown for what is below it
	}
	return l
}

// fileGrid makes a kit.Grid of the files of the selected group.
type fileGrid struct{ v *View }

func (g *fileGrid) Len() int {
	if s := g.v.Group(); s == nil || keyOf(s) != g.v.filesOf {
		return 0
	}
	return len(g.v.files)
}

func (g *fileGrid) Selected() int {
	if !g.v.panes.Inside {
		return -1
	}
	return g.v.pos
}

func (g *fileGrid) Heads(width, first, end int) []kit.Head {
	name := max(min(34, width*3/5), 8)
	_, number := kit.Measure(g, first, end, 2, false)
	name = min(name, max(width-3-number, 8)) // a name can be cut, a number cannot
	value := max(width-name-3, 1)
	return []kit.Head{{Title: "FILE", Width: name}, {Title: "E", Width: 1}, {Title: "VALUE", Width: value, Wide: true}}
}

func (g *fileGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	f := &g.v.files[row]
	switch column {
	case 0:
		return append(dst, f.Name.String()...), 0
	case 1:
		if ok, _ := f.Editable(); ok {
			dst = append(dst, 'e')
		}
		return dst, 0
	}
	value, _ := rows.FileValue(f)
	return append(dst, value...), 0
}

func (g *fileGrid) Look(row int) kit.Look {
	f := &g.v.files[row]
	l := kit.Look{Tagged: g.v.marked(f.Name.Raw())}
	if _, l.Style = rows.FileValue(f); f.Spec == nil && l.Style == rows.Plain {
		l.Style = rows.Dim
	}
	return l
}
