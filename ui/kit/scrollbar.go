package kit

import "strconv"

// barRoom is how many cells a scroll bar takes beside what it is about, with a blank between them.
const barRoom = 2

// Position writes which of n rows is the selected one, as in 12/130.
func Position(row, n int) string { return strconv.Itoa(row+1) + "/" + strconv.Itoa(n) }

// ScrollBar draws in one column of the screen which part of a list is in view: of n lines, page from the line top on.
// Where all of them are in view it draws nothing.
func (p Painter) ScrollBar(r Rect, top, page, n int) {
	if r.Empty() || page <= 0 || n <= page {
		return
	}
	size := max(r.H*page/n, 1)
	// The thumb is at an end only if the list is there, too.
	at := 0
	if room := r.H - size; room > 0 && top > 0 {
		if last := n - page; top >= last {
			at = room
		} else {
			at = min(max(room*top/last, 1), max(room-1, 0))
		}
	}
	for y := range r.H {
		glyph, style := p.Theme.at, p.Theme.Border
		if y >= at && y < at+size {
			glyph, style = p.Theme.thumb, p.Theme.Bold
		}
		p.Text(r.X, r.Y+y, 1, style, glyph)
	}
}
