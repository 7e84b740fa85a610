package meters

import (
	"fmt"
	"time"

	"bones/ui/kit"
	"bones/ui/rows"
)

// Loads is a recording that tells how busy its host was.
type Loads interface {
	// Position is the number of the frame that is shown, from 1, how many there are, when the first and the last were
	// taken, and whether it goes on with those that come.
	Position() (frame, frames int, first, last time.Time, follows bool)
	// Loads are how busy the processors were and how full the memory was, 0 to 1, over the whole in so many parts; -1
	// where that is not known.
	Loads(parts int) (cpu, memory []float64)
}

// levels are the heights of one cell of a line of time, from nothing to all.
var levels = [2][]rune{[]rune("▁▂▃▄▅▆▇█"), []rune("_.:-=+*#")}

// DrawLoads draws how busy the processors were and how full the memory was over the whole, side by side, with the
// moment that is shown marked, and returns how many cells it took.
func DrawLoads(p kit.Painter, r kit.Rect, past Loads, shown time.Time, ascii bool) int {
	_, _, first, last, _ := past.Position()
	cells := min((r.W-10)/2, 60)
	if cells < 8 || !last.After(first) {
		return 0
	}
	cpu, memory := past.Loads(cells)
	at := int(float64(cells-1) * min(max(float64(shown.Sub(first))/float64(last.Sub(first)), 0), 1))
	x := r.X
	for i, line := range [][]float64{cpu, memory} {
		x += p.Text(x, r.Y, r.X+r.W-x, p.Theme.Dim, [2]string{"CPU ", "  Mem "}[i])
		for k, share := range line {
			style := p.Theme.Bar
			if k == at {
				style = p.Theme.Warn.Reverse(true)
			}
			x += p.Text(x, r.Y, r.X+r.W-x, style, string(level(share, ascii)))
		}
	}
	return x - r.X
}

// level is the cell for a share; a blank where it is not known.
func level(share float64, ascii bool) rune {
	if share < 0 {
		return ' '
	}
	l := levels[0]
	if ascii {
		l = levels[1]
	}
	return l[min(int(share*float64(len(l))), len(l)-1)]
}

// KeptText says how much of the past is kept in memory while live, and why none is any more.
func KeptText(span time.Duration, size int, err error) string {
	switch {
	case err != nil:
		return "no past kept: " + kit.ErrorLine(err)
	case span <= 0:
		return ""
	}
	return fmt.Sprintf("%s back in %s", Short(span), rows.Size(uint64(size)))
}
