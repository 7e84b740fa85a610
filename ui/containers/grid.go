package containers

import (
	"bones/ui/kit"
	"bones/ui/rows"
)

// tableGrid makes a kit.Grid of the table of containers.
type tableGrid struct {
	v       *View
	columns []*rows.ContainerColumn
}

func (g *tableGrid) Len() int { return g.v.model.Len() }

func (g *tableGrid) Selected() int { return g.v.cursor.Row }

func (g *tableGrid) Heads(width, first, end int) []kit.Head {
	var widths []int
	g.columns, widths = g.v.model.Fit(width, first, end)
	heads := make([]kit.Head, len(g.columns))
	for i, c := range g.columns {
		heads[i] = kit.Head{Title: c.Name, Width: widths[i], Right: c.Right, Wide: i == len(g.columns)-1 && !c.Right}
		if s := g.v.model.Sort(); s == c {
			heads[i].Order = -1
			if c.Ascending() != g.v.model.Reverse {
				heads[i].Order = 1
			}
		}
	}
	return heads
}

func (g *tableGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	return g.columns[column].Cell(&g.v.model, dst, g.v.model.Row(row)), 0
}

// CellStyle implements kit.Painted.
func (g *tableGrid) CellStyle(row, column int) rows.Style {
	return g.columns[column].CellStyle(g.v.model.Row(row))
}

func (g *tableGrid) Look(row int) kit.Look {
	switch c := g.v.model.Row(row); {
	case c.Total != nil:
		return kit.Look{Tagged: true} // it stands out, as it is no container
	case c.Stopped == nil && c.Sandbox():
		return kit.Look{Style: rows.Dim}
	}
	return kit.Look{}
}
