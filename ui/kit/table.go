package ui

import (
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// grid is what a table draws: rows by position, which holds until the next frame.
type grid interface {
	Len() int
	// Selected is the position of the selected row, -1 if there is none.
	Selected() int
	// Heads are the columns that fit into a width.
	Heads(width int) []head
	// Cell appends the sanitised text of a cell; the first lead bytes are drawn as lines and not as text.
	Cell(dst []byte, row, column int) (text []byte, lead int)
	// Look says how a row is drawn.
	Look(row int) look
}

type head struct {
	title string
	width int
	right bool
	order int // 1: sorted by it and the least comes first, -1: the greatest does
}

type look struct {
	style  rows.Style
	tagged bool
}

// table draws a grid and keeps what part of it is in view. It formats only the rows that it draws.
type table struct {
	grid   grid
	top    int
	page   int // rows in view when it was last drawn
	area   rect
	edges  []int // where each column begins
	buffer []byte
}

// show scrolls so that a row is in view.
func (t *table) show(row int) {
	if row < t.top {
		t.top = row
	}
	if t.page > 0 && row >= t.top+t.page {
		t.top = row - t.page + 1
	}
}

func (t *table) scroll(by int) { t.top = max(0, min(t.top+by, t.grid.Len()-t.page)) }

func (t *table) draw(p painter, r rect) {
	t.area = r
	t.page = max(r.h-1, 0)
	t.edges = t.edges[:0]
	if r.empty() {
		return
	}
	t.top = max(0, min(t.top, t.grid.Len()-t.page))
	heads := t.grid.Heads(r.w - 1)
	t.heads(p, r, heads)
	selected := t.grid.Selected()
	for line := range t.page {
		row := t.top + line
		if row >= t.grid.Len() {
			break
		}
		t.row(p, rect{r.x, r.y + 1 + line, r.w, 1}, heads, row, row == selected)
	}
}

func (t *table) heads(p painter, r rect, heads []head) {
	p.blank(r.x, r.y, r.w, p.theme.head)
	x := r.x + 1
	for _, h := range heads {
		t.edges = append(t.edges, x)
		title := h.title
		switch {
		case h.order > 0:
			title = p.theme.up + title
		case h.order < 0:
			title = p.theme.down + title
		}
		title = fit(title, h.width)
		at := x
		if h.right {
			at += h.width - width(title)
		}
		p.text(at, r.y, r.x+r.w-at, p.theme.head, title)
		x += h.width + 1
	}
}

// row draws one line: a mark, then the cells. The selected row is told by its mark as well as by reverse video.
func (t *table) row(p painter, r rect, heads []head, row int, selected bool) {
	l := t.grid.Look(row)
	style, lines := p.theme.of(l.style), p.theme.dim
	mark := " "
	if l.tagged {
		style, mark = p.theme.tagged, "*"
	}
	if selected {
		style, lines = p.theme.selected, p.theme.selected
		p.blank(r.x, r.y, r.w, style)
		if mark == "*" {
			mark = "#"
		} else {
			mark = p.theme.selectMark
		}
	}
	if mark != " " {
		p.text(r.x, r.y, r.w, style, mark)
	}
	x, end := r.x+1, r.x+r.w
	for c, h := range heads {
		if x >= end {
			break
		}
		var lead int
		t.buffer, lead = t.grid.Cell(t.buffer[:0], row, c)
		room := min(h.width, end-x)
		at := x
		if lead > 0 {
			at += p.text(at, r.y, room, lines, string(t.buffer[:lead]))
		}
		s := string(t.buffer[lead:])
		if h.right {
			at = x + max(room-width(s), 0)
		}
		room -= at - x
		if c < len(heads)-1 {
			s = fit(s, room)
		}
		p.text(at, r.y, room, style, s)
		x += h.width + 1
	}
}

// rowAt returns the row drawn at a line of the screen, or -1.
func (t *table) rowAt(y int) int {
	row := t.top + y - t.area.y - 1
	if y <= t.area.y || y >= t.area.y+t.area.h || row >= t.grid.Len() {
		return -1
	}
	return row
}

// columnAt returns the column drawn at x, or -1.
func (t *table) columnAt(x int) int {
	column := -1
	for c, edge := range t.edges {
		if x >= edge-1 {
			column = c
		}
	}
	return column
}

// mouse scrolls the table, and tells which row was clicked; open is called for a double click after that, and head for a click on the
// head of a column, if it is not nil. It reports false for what is not for a table.
func (t *table) mouse(action tview.MouseAction, x, y int, head, pick func(int), open func()) bool {
	switch action {
	case tview.MouseScrollUp:
		t.scroll(-3)
	case tview.MouseScrollDown:
		t.scroll(3)
	case tview.MouseLeftClick, tview.MouseLeftDoubleClick:
		if head != nil && y == t.area.y {
			if c := t.columnAt(x); c >= 0 {
				head(c)
			}
			return true
		}
		row := t.rowAt(y)
		if row < 0 {
			return false
		}
		pick(row)
		if action == tview.MouseLeftDoubleClick {
			open()
		}
	default:
		return false
	}
	return true
}
