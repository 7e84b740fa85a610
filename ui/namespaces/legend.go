package namespaces

import (
	"bones/ui/kit"
	"bones/ui/rows"
)

// legend says what the words in the cells of the matrix mean.
var legend = []struct {
	word, means string
	style       rows.Style
}{
	{"own", "nobody else is in it", rows.Good},
	{"host", "the host's", rows.Plain},
	{"with web", "shared with web", rows.Changed},
	{"+2", "and with two more", rows.Changed},
	{"*", "not all processes of the row are in it", rows.Plain},
	{"?", "not readable: the details say why", rows.Plain},
}

// drawLegend paints the legend into what the rows leave, at its foot, where that has room for all of it and a blank
// line above.
func drawLegend(p kit.Painter, r kit.Rect) {
	const gap = 3
	lines, x := 1, 0
	for _, l := range legend {
		w := kit.Width(l.word) + 2 + kit.Width(l.means)
		if x > 0 && x+w > r.W-2 {
			lines, x = lines+1, 0
		}
		x += w + gap
		if w > r.W-2 {
			return
		}
	}
	if r.H < lines+1 {
		return
	}
	x, y := 0, r.Y+r.H-lines
	for _, l := range legend {
		word, means := kit.Width(l.word), kit.Width(l.means)
		if x > 0 && x+word+2+means > r.W-2 {
			x, y = 0, y+1
		}
		p.Text(r.X+1+x, y, word, p.Theme.Of(l.style), l.word)
		p.Text(r.X+1+x+word, y, 2+means, p.Theme.Dim, ": "+l.means)
		x += word + 2 + means + gap
	}
}
