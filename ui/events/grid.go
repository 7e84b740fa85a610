package events

import (
	"bones/ui/kit"
	"bones/ui/rows"
	"bones/ui/rows/eventrow"

	"github.com/rivo/uniseg"
)

// grid makes a kit.Grid of the table.
type grid struct {
	v     *View
	short bool // times are without their day
}

func (g *grid) Len() int { return g.v.model.Len() }

func (g *grid) Selected() int { return g.v.row }

// Heads implements kit.Grid. What happened has what the others leave; on a narrow screen the day goes, and then the
// container.
func (g *grid) Heads(width, first, end int) []kit.Head {
	columns := eventrow.Columns()
	heads := make([]kit.Head, len(columns))
	rest := width
	for i, c := range columns {
		w := len(c.Name)
		for row := first; row < end; row++ {
			w = max(w, uniseg.StringWidth(c.Cell(g.v.model.Row(row))))
		}
		heads[i] = kit.Head{Title: c.Name, Width: min(w, c.Width), Right: c.Right}
		rest -= heads[i].Width + 1
	}
	last := len(heads) - 1
	heads[last].Wide = true
	heads[last].Width += rest + 1
	for _, give := range []int{0, 3} { // the day, the container
		if lacks := 30 - heads[last].Width; lacks > 0 {
			least := map[int]int{0: clockWidth, 3: 8}[give]
			n := max(heads[give].Width-least, 0)
			if give == 3 {
				n = min(n, lacks)
			}
			heads[give].Width -= n
			heads[last].Width += n
		}
	}
	heads[last].Width = max(heads[last].Width, 1)
	g.short = heads[0].Width <= clockWidth
	return heads
}

// clockWidth is how wide a time without its day is.
const clockWidth = len("15:04:05")

func (g *grid) Cell(dst []byte, row, column int) ([]byte, int) {
	e := g.v.model.Row(row)
	if g.short && column == 0 {
		return e.Time.Local().AppendFormat(dst, "15:04:05"), 0
	}
	c := eventrow.Columns()[column]
	return append(dst, c.Cell(e)...), 0
}

func (g *grid) Look(row int) kit.Look {
	e := g.v.model.Row(row)
	l := kit.Look{Style: eventrow.Style(e)}
	if g.v.backend.Shown != nil && e.Time.After(g.v.shown) && l.Style == rows.Plain {
		l.Style = rows.Dim // later than the moment that is shown
	}
	return l
}
