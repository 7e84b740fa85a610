package processes

import (
	"strconv"

	"bones/ui/kit"
	"bones/ui/rows"
)

// tableGrid makes a kit.Grid of a rows.Model.
type tableGrid struct {
	model   *rows.Model
	table   *kit.Table
	glyphs  *rows.Glyphs
	columns []*rows.Column // as of the last Heads
	levels  int            // of the forest that there is room for
}

func (g *tableGrid) Len() int { return len(g.model.Rows()) }

func (g *tableGrid) Selected() int {
	pos, _, ok := g.model.Selected()
	if !ok {
		return -1
	}
	return pos
}

func (g *tableGrid) Heads(width, first, end int) []kit.Head {
	columns, widths := g.model.Fit(width, first, end)
	g.columns = columns
	heads := make([]kit.Head, len(columns))
	for i, c := range columns {
		heads[i] = kit.Head{Title: c.Title, Width: widths[i], Right: c.Right, Wide: c.Flex()}
		if c.Flex() {
			g.levels = max(2, min(widths[i]/4, 24))
		}
		if s := g.model.Sort(); s != nil && s.Name == c.Name {
			heads[i].Order = -1
			if c.Ascending() != g.model.Reverse {
				heads[i].Order = 1
			}
		}
	}
	return heads
}

func (g *tableGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	r, c := g.model.Rows()[row], g.columns[column]
	if !c.Flex() {
		return g.model.Cell(dst, r, c), 0
	}
	g.model.Scrolled = g.table.Shift
	dst = g.model.Forest(dst, r, g.glyphs, g.levels)
	lead := len(dst)
	if n := g.model.Hidden(r); n > 0 {
		dst = append(strconv.AppendInt(append(dst, "(+"...), int64(n), 10), ") "...)
	}
	return g.model.Cell(dst, r, c), lead
}

// CellStyle implements kit.Painted.
func (g *tableGrid) CellStyle(row, column int) rows.Style {
	return g.model.CellStyle(g.model.Rows()[row], g.columns[column])
}

func (g *tableGrid) Look(row int) kit.Look {
	r := g.model.Rows()[row]
	p := g.model.Process(r)
	l := kit.Look{Tagged: g.model.Tagged(p.ID()) && r.Thread < 0}
	switch {
	case r.Dim || p.KernelThread() || r.Thread >= 0:
		l.Style = rows.Dim
	case p.State == 'Z' || p.State == 'D':
		l.Style = rows.Warn
	}
	return l
}
