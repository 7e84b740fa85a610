package kit

import (
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Grid is what a table draws: rows by position, which holds until the next frame.
type Grid interface {
	Len() int
	// Selected is the position of the selected row, -1 if there is none.
	Selected() int
	// Heads are the columns that fit into a width. Where there is room they are wide enough for the rows from first to
	// before end, which are in view.
	Heads(width, first, end int) []Head
	// Cell appends the sanitised text of a cell; the first lead bytes are drawn as lines and not as text.
	Cell(dst []byte, row, column int) (text []byte, lead int)
	// Look says how a row is drawn.
	Look(row int) Look
}

// Painted is a Grid with cells that mean something by themselves: they are drawn in the style of that, where the row
// is not selected, tagged or of a style of its own.
type Painted interface {
	CellStyle(row, column int) rows.Style
}

// CellSelector is a Grid in which a cell is selected, and not the whole row.
type CellSelector interface {
	// SelectedCell is the position of its column among the heads, -1: the whole row is selected.
	SelectedCell() int
}

// Head is the head of a column.
type Head struct {
	Title string
	Width int  // in cells
	Right bool // cells stand at its right edge
	Order int  // 1: the table is sorted by it and the least comes first, -1: the greatest does
	Wide  bool // it is what is scrolled sideways; one column of a table at most
}

// Look is how a row is drawn.
type Look struct {
	Style  rows.Style
	Tagged bool
}

// Table draws a grid and keeps what part of it is in view. It formats only the rows that it draws.
type Table struct {
	Grid    Grid
	Top     int // the first row in view
	Page    int // how many rows were in view when it was last drawn
	Shift   int // by how many cells the wide column is scrolled to the left
	area    Rect
	edges   []int // where each column begins
	cuts    []cut // of each column
	longest int   // the widest cell of the wide column that was drawn last
	wide    int   // how much of it there was room for
	buffer  []byte
}

// Sideways scrolls the wide column by as many half widths of it.
func (t *Table) Sideways(by int) {
	end := 0
	if t.longest > t.wide {
		end = t.longest - t.wide + 1 // one for the mark at the left
	}
	t.Shift = max(0, min(t.Shift+by*max(t.wide/2, 1), max(end, t.Shift)))
}

// Show scrolls so that a row is in view.
func (t *Table) Show(row int) {
	if row < t.Top {
		t.Top = row
	}
	if t.Page > 0 && row >= t.Top+t.Page {
		t.Top = row - t.Page + 1
	}
}

// InView are the positions of the rows that were drawn last: from the first to before the second.
func (t *Table) InView() (first, end int) {
	end = min(t.Top+t.Page, t.Grid.Len())
	return min(t.Top, end), end
}

// PageStep is how far the keys for a page move the cursor.
func (t *Table) PageStep() int { return max(t.Page-1, 1) }

// Scroll moves what is in view, and leaves the cursor where it is.
func (t *Table) Scroll(by int) { t.Top = max(0, min(t.Top+by, t.Grid.Len()-t.Page)) }

// Draw draws the table. After a change of size it keeps the row keep in view; -1: there is none.
func (t *Table) Draw(p Painter, r Rect, keep int) {
	t.area = r
	before := t.Page
	if t.Page = max(r.H-1, 0); t.Page != before && keep >= 0 {
		t.Show(keep)
	}
	t.edges = t.edges[:0]
	if r.Empty() {
		return
	}
	t.Top = max(0, min(t.Top, t.Grid.Len()-t.Page))
	first, end := t.InView()
	all := r
	if t.Grid.Len() > t.Page && r.W > 2 {
		r.W-- // for the scroll bar
	}
	heads := t.Grid.Heads(r.W-1, first, end)
	room := positionRoom(t.Grid.Selected(), t.Grid.Len())
	if free := r.W - 1 - headsEnd(heads); free < room && len(heads) > 0 && !heads[len(heads)-1].Wide && r.W >= roomy {
		heads = t.Grid.Heads(r.W-1-room, first, end)
	}
	t.heads(p, r, heads)
	t.position(p, r, heads, room)
	t.chooseCuts(heads)
	t.longest = 0
	selected := t.Grid.Selected()
	for line := range t.Page {
		row := t.Top + line
		if row >= t.Grid.Len() {
			break
		}
		t.row(p, Rect{r.X, r.Y + 1 + line, r.W, 1}, heads, row, row == selected)
	}
	if r.W < all.W {
		p.ScrollBar(Rect{all.X + all.W - 1, all.Y + 1, 1, t.Page}, t.Top, t.Page, t.Grid.Len())
	}
}

// roomy is how wide a table is that can spare a few cells for the position.
const roomy = 60

// position writes which of how many rows is selected, at the right end of the heads. Where the title of the last
// column is in the way, and that column is the one that is scrolled, it gives way to it.
func (t *Table) position(p Painter, r Rect, heads []Head, room int) {
	if room == 0 || len(heads) == 0 {
		return
	}
	at, end := r.X+r.W-room, r.X+1+headsEnd(heads)
	const title = 4 // of it is left at least
	if last := heads[len(heads)-1]; at < end && !(last.Wide && last.Width >= room+title) {
		return
	}
	s := Position(t.Grid.Selected(), t.Grid.Len())
	p.Blank(at, r.Y, room, p.Theme.Head)
	p.Text(r.X+r.W-Width(s), r.Y, Width(s), p.Theme.Head, s)
}

// positionRoom is how wide the position of any row is, with a blank before it; 0: none is selected.
func positionRoom(selected, n int) int {
	if selected < 0 || n == 0 {
		return 0
	}
	return Width(Position(n-1, n)) + 1
}

// headsEnd is how far the titles of the heads reach; what stands in the last column may reach further.
func headsEnd(heads []Head) (end int) {
	x := 0
	for _, h := range heads {
		end = x + min(Width(h.Title)+1, h.Width) // one for the mark of the order
		if h.Right {
			end = x + h.Width
		}
		x += h.Width + 1
	}
	return end
}

func (t *Table) heads(p Painter, r Rect, heads []Head) {
	p.Blank(r.X, r.Y, r.W, p.Theme.Head)
	x := r.X + 1
	for _, h := range heads {
		t.edges = append(t.edges, x)
		title := h.Title
		switch {
		case h.Order > 0:
			title = p.Theme.up + title
		case h.Order < 0:
			title = p.Theme.down + title
		}
		title = Fit(title, h.Width)
		at := x
		if h.Right {
			at += h.Width - Width(title)
		}
		p.Text(at, r.Y, r.X+r.W-at, p.Theme.Head, title)
		x += h.Width + 1
	}
}

// row draws one line: a mark, then the cells. The selected row is told by its mark as well as by reverse video.
func (t *Table) row(p Painter, r Rect, heads []Head, row int, selected bool) {
	l := t.Grid.Look(row)
	style, lines := p.Theme.Of(l.Style), p.Theme.Dim
	mark := " "
	if l.Tagged {
		style, mark = p.Theme.Tagged, "*"
	}
	only := -1
	if s, ok := t.Grid.(CellSelector); ok && selected {
		only = s.SelectedCell()
	}
	if selected && only >= 0 {
		mark, selected = p.Theme.SelectMark, false
	} else if selected {
		style, lines = p.Theme.Selected, p.Theme.Selected
		p.Blank(r.X, r.Y, r.W, style)
		if mark == "*" {
			mark = "#"
		} else {
			mark = p.Theme.SelectMark
		}
	}
	if mark != " " {
		p.Text(r.X, r.Y, r.W, style, mark)
	}
	painted, own := t.Grid.(Painted)
	own = own && l.Style == rows.Plain && !l.Tagged && !selected
	x, end := r.X+1, r.X+r.W
	for c, h := range heads {
		if x >= end {
			break
		}
		cell := style
		if own {
			cell = p.Theme.Of(painted.CellStyle(row, c))
		}
		var lead int
		t.buffer, lead = t.Grid.Cell(t.buffer[:0], row, c)
		if own && len(t.buffer) == 1 && (t.buffer[0] == '-' || t.buffer[0] == '0' || t.buffer[0] == '?') {
			cell = p.Theme.Dim // nothing, or not known
		}
		if c == only {
			cell = p.Theme.Selected
			p.Blank(x, r.Y, min(h.Width, end-x), cell)
		}
		t.cell(p, Rect{x, r.Y, min(h.Width, end-x), 1}, c, h, lead, cell, lines)
		x += h.Width + 1
	}
}

// cell draws the text of one cell, which is in the buffer.
func (t *Table) cell(p Painter, r Rect, column int, h Head, lead int, style, lines tcell.Style) {
	s := string(t.buffer)
	if h.Wide {
		t.longest, t.wide = max(t.longest, Width(s)), r.W
		if t.Shift > 0 {
			p.Text(r.X, r.Y, r.W, style, Window(s, t.Shift, r.W))
			return
		}
		n := p.Text(r.X, r.Y, r.W, lines, string(t.buffer[:lead]))
		p.Text(r.X+n, r.Y, r.W-n, style, Window(s[lead:], 0, r.W-n))
		return
	}
	at := r.X
	if lead > 0 {
		at += p.Text(at, r.Y, r.W, lines, s[:lead])
		s = s[lead:]
	}
	if w := Width(s); w > r.X+r.W-at {
		if h.Right || rows.IsNumber(s) {
			s = Unfit(r.X + r.W - at)
		} else {
			s = t.cuts[column].apply(s, r.X+r.W-at)
		}
	} else if h.Right {
		at = r.X + r.W - w
	}
	p.Text(at, r.Y, r.X+r.W-at, style, s)
}

// chooseCuts chooses for each column of names that are too long where they are cut.
func (t *Table) chooseCuts(heads []Head) {
	t.cuts = t.cuts[:0]
	first, end := t.InView()
	for c, h := range heads {
		where := cuts[0]
		if !h.Wide && !h.Right {
			var long []string
			for row := first; row < end; row++ {
				var lead int
				if t.buffer, lead = t.Grid.Cell(t.buffer[:0], row, c); lead == 0 && Width(string(t.buffer)) > h.Width {
					long = append(long, string(t.buffer))
				}
			}
			if len(long) > 1 {
				where = chooseCut(long, h.Width)
			}
		}
		t.cuts = append(t.cuts, where)
	}
}

// rowAt returns the row drawn at a line of the screen, or -1.
func (t *Table) rowAt(y int) int {
	row := t.Top + y - t.area.Y - 1
	if y <= t.area.Y || y >= t.area.Y+t.area.H || row >= t.Grid.Len() {
		return -1
	}
	return row
}

// ColumnAt returns the column drawn at x, or -1.
func (t *Table) ColumnAt(x int) int { return t.columnAt(x) }

func (t *Table) columnAt(x int) int {
	column := -1
	for c, edge := range t.edges {
		if x >= edge-1 {
			column = c
		}
	}
	return column
}

// Mouse scrolls the table, and calls pick for a row that was clicked, then open for a double click, and head for a
// click on the head of a column, if it is not nil. It reports false for what is not for a table.
func (t *Table) Mouse(action tview.MouseAction, x, y int, head, pick func(int), open func()) bool {
	switch action {
	case tview.MouseScrollUp:
		t.Scroll(-3)
	case tview.MouseScrollDown:
		t.Scroll(3)
	case tview.MouseLeftClick, tview.MouseLeftDoubleClick:
		if head != nil && y == t.area.Y {
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
