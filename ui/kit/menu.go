package kit

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Item is one line of a menu, and what stands beside it; both sanitised.
type Item struct {
	Label, Text string
	// Word is what the palette finds it by, and fills in with the quotes that it needs; empty: Label, as it stands.
	Word string
}

// Fill is what the palette fills in, and Named what it finds the item by.
func (i Item) Fill() (fill, named string) {
	if i.Word == "" {
		return i.Label, i.Label
	}
	return Quote(i.Word), i.Word
}

// Menu is a list to choose from. Typing letters moves to the item whose label begins so.
type Menu struct {
	Title string
	Items []Item
	At    int                     // the item with the mark
	Space bool                    // Space picks, too
	Pick  func(i int) (done bool) // done: the menu is closed

	typed string
	top   int
	area  Rect // of the items
}

// Draw implements Dialog.
func (m *Menu) Draw(p Painter, screen Rect) {
	label, wide := 0, Width(m.Title)+4
	for _, it := range m.Items {
		label = max(label, Width(it.Label))
	}
	for _, it := range m.Items {
		wide = max(wide, label+2+Width(it.Text))
	}
	title := m.Title
	box := Centre(screen, wide+4, len(m.Items)+2)
	more := len(m.Items) > box.H-2
	if more {
		box = Centre(screen, wide+4+barRoom, len(m.Items)+2)
		title += "  " + Position(max(0, min(m.At, len(m.Items)-1)), len(m.Items))
	}
	in := p.Box(box, title)
	m.area = in
	m.At = max(0, min(m.At, len(m.Items)-1))
	if m.At < m.top {
		m.top = m.At
	}
	if in.H > 0 && m.At >= m.top+in.H {
		m.top = m.At - in.H + 1
	}
	for line := range in.H {
		i := m.top + line
		if i >= len(m.Items) {
			break
		}
		style, mark := p.Theme.Plain, " "
		if i == m.At {
			style, mark = p.Theme.Selected, p.Theme.SelectMark
		}
		it := m.Items[i]
		p.Blank(in.X, in.Y+line, in.W, style)
		p.Text(in.X, in.Y+line, in.W, style, mark)
		p.Text(in.X+1, in.Y+line, in.W-1, style, it.Label)
		if at := 1 + label + 2; at < in.W {
			p.Text(in.X+at, in.Y+line, in.W-at, style, Fit(it.Text, in.W-at))
		}
	}
	if more && in.W > 3*barRoom {
		p.ScrollBar(Rect{in.X + in.W - 1, in.Y, 1, in.H}, m.top, in.H, len(m.Items))
	}
}

// Key implements Dialog.
func (m *Menu) Key(ev *tcell.EventKey) bool {
	last := len(m.Items) - 1
	switch {
	case ev.Key() == tcell.KeyEsc, ev.Key() == tcell.KeyCtrlC:
		return true
	case ev.Key() == tcell.KeyEnter, m.Space && Pressed(ev, "Space"):
		return last < 0 || m.Pick(m.At)
	case ev.Key() == tcell.KeyDown:
		m.At, m.typed = min(m.At+1, last), ""
	case ev.Key() == tcell.KeyUp:
		m.At, m.typed = max(m.At-1, 0), ""
	case ev.Key() == tcell.KeyPgDn:
		m.At, m.typed = min(m.At+max(m.area.H, 1), last), ""
	case ev.Key() == tcell.KeyPgUp:
		m.At, m.typed = max(m.At-max(m.area.H, 1), 0), ""
	case ev.Key() == tcell.KeyHome:
		m.At, m.typed = 0, ""
	case ev.Key() == tcell.KeyEnd:
		m.At, m.typed = last, ""
	case ev.Key() == tcell.KeyRune:
		if !m.search(m.typed+string(ev.Rune())) && !m.search(string(ev.Rune())) {
			m.typed = ""
			switch ev.Rune() {
			case 'j':
				m.At = min(m.At+1, last)
			case 'k':
				m.At = max(m.At-1, 0)
			case 'q':
				return true
			}
		}
	}
	return false
}

// search moves to the first item with a word of the label that begins with what was typed.
func (m *Menu) search(typed string) bool {
	for i, it := range m.Items {
		for word := range strings.FieldsSeq(it.Label) {
			if len(typed) <= len(word) && strings.EqualFold(word[:len(typed)], typed) {
				m.At, m.typed = i, typed
				return true
			}
		}
	}
	return false
}

// Mouse implements Dialog.
func (m *Menu) Mouse(action tview.MouseAction, x, y int) bool {
	switch action {
	case tview.MouseScrollDown:
		m.At = min(m.At+1, len(m.Items)-1)
	case tview.MouseScrollUp:
		m.At = max(m.At-1, 0)
	case tview.MouseLeftClick, tview.MouseLeftDoubleClick:
		if i := m.top + y - m.area.Y; m.area.Has(x, y) && i < len(m.Items) {
			m.At = i
			return m.Pick(i)
		}
		return !m.area.Has(x, y)
	}
	return false
}
