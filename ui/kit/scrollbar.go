package kit

import "strconv"

// Position writes which of n rows is the selected one, as in 12/130.
func Position(row, n int) string { return strconv.Itoa(row+1) + "/" + strconv.Itoa(n) }

// ScrollBar draws in one column of the screen which part of a list is in view: of n lines, page from the line top on.
// Where all of them are in view it draws nothing.
func ScrollBar(p Painter, r Rect, top, page, n int) {
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

// boxEnd draws the scroll bar of what is in a box into its right border, and the position into the lower one, where
// there is more than the box has room for.
func boxEnd(p Painter, box, in Rect, top, page, n int, position string) {
	if n <= page || in.H < 1 || in.W == box.W {
		return
	}
	ScrollBar(p, Rect{in.X + in.W, in.Y, 1, in.H}, top, page, n)
	if w := Width(position) + 2; w+4 <= box.W {
		p.Text(box.X+box.W-w-2, box.Y+box.H-1, w, p.Theme.Border, " "+position+" ")
	}
}
