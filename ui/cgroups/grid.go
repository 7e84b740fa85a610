package ui

import (
	"strconv"
	"strings"

	"bones/ui/rows"
)

// cgTreeGrid makes a grid of the tree of groups.
type cgTreeGrid struct{ v *cgroups }

func (g *cgTreeGrid) Len() int { return len(g.v.tree.lines) }

func (g *cgTreeGrid) Selected() int { return g.v.at }

func (g *cgTreeGrid) Heads(width int) []head {
	return []head{{title: "GROUP", width: max(width, 1)}}
}

// indentMax is how far to the right a group is drawn, however deep it is.
const indentMax = 10

func (g *cgTreeGrid) Cell(dst []byte, row, _ int) ([]byte, int) {
	n := g.v.tree.lines[row]
	dst = append(dst, strings.Repeat("  ", min(n.depth, indentMax))...)
	switch {
	case n.group == nil && n.err != nil:
		return append(dst, sanitiseError(n.err)...), 0
	case n.group == nil:
		return append(dst, "... more than "+strconv.Itoa(childLimit)...), 0
	case n.open:
		dst = append(dst, g.v.ui.theme.openMark()...)
	case n.loaded && len(n.kids) == 0:
		dst = append(dst, "  "...)
	default:
		dst = append(dst, g.v.ui.theme.glyphs.Fold...)
	}
	lead := len(dst)
	return append(dst, rows.GroupName(n.group, n.up == nil)...), lead
}

func (g *cgTreeGrid) Look(row int) look {
	n := g.v.tree.lines[row]
	if n.group == nil {
		return look{style: rows.Dim}
	}
	return look{tagged: g.v.tree.mine[keyOf(n.group)]}
}

// openMark stands before what is unfolded.
func (t *theme) openMark() string {
	if t.edge.down == "|" {
		return "- "
	}
	return "▾ "
}

// cgFileGrid makes a grid of the files of the selected group.
type cgFileGrid struct{ v *cgroups }

func (g *cgFileGrid) Len() int {
	if s := g.v.group(); s == nil || keyOf(s) != g.v.of {
		return 0
	}
	return len(g.v.files)
}

func (g *cgFileGrid) Selected() int {
	if !g.v.inside {
		return -1
	}
	return g.v.pos
}

func (g *cgFileGrid) Heads(width int) []head {
	name := max(min(34, width*3/5), 8)
	return []head{{title: "FILE", width: name}, {title: "E", width: 1}, {title: "VALUE", width: max(width-name-3, 1)}}
}

func (g *cgFileGrid) Cell(dst []byte, row, column int) ([]byte, int) {
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

func (g *cgFileGrid) Look(row int) look {
	f := &g.v.files[row]
	l := look{tagged: g.v.marked(f.Name.Raw())}
	if _, l.style = rows.FileValue(f); f.Spec == nil && l.style == rows.Plain {
		l.style = rows.Dim
	}
	return l
}
