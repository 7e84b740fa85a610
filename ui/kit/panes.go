package kit

import "github.com/rivo/tview"

// Panes are two tables side by side: what is selected on the left decides what is on the right. On a narrow screen
// only the one with the focus is drawn.
type Panes struct {
	Left, Right Table
	Inside      bool // the right one has the focus

	areas [2]Rect // where they were drawn
}

// sideBySide is the least width for both.
const sideBySide = 56

// Focused is the table with the focus.
func (s *Panes) Focused() *Table {
	if s.Inside {
		return &s.Right
	}
	return &s.Left
}

// Areas are where the two were drawn; one that was left out is empty.
func (s *Panes) Areas() (left, right Rect) { return s.areas[0], s.areas[1] }

// Draw draws both, the left one width cells wide, each with its row keep in view after a change of size; -1: there is
// none.
func (s *Panes) Draw(p Painter, r Rect, width, keepLeft, keepRight int) {
	left, right := r, Rect{}
	switch {
	case r.W >= sideBySide:
		left.W = width
		right = Rect{r.X + left.W + 1, r.Y, r.W - left.W - 1, r.H}
		for y := r.Y; y < r.Y+r.H; y++ {
			p.Text(r.X+left.W, y, 1, p.Theme.Border, p.Theme.edge.down)
		}
	case s.Inside:
		left, right = Rect{}, r
	}
	s.areas = [2]Rect{left, right}
	s.Left.Draw(p, left, keepLeft)
	s.Right.Draw(p, right, keepRight)
}

// Mouse handles a mouse action: pick is called for a row that was clicked, after the focus went to its table, and open
// for a double click after that.
func (s *Panes) Mouse(action tview.MouseAction, x, y int, pick func(row int), open func()) bool {
	onRight, t := s.areas[1].Has(x, y), &s.Left
	if onRight {
		t = &s.Right
	}
	return t.Mouse(action, x, y, nil, func(row int) {
		s.Inside = onRight
		pick(row)
	}, open)
}
