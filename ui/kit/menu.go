package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// overlay is something on top of the view that takes all keys until it is done.
type overlay interface {
	draw(p painter, screen rect)
	key(ev *tcell.EventKey) (done bool)
	mouse(action tview.MouseAction, x, y int) (done bool)
}

type menuItem struct {
	label, text string // sanitised
}

// menu is a list to choose from. Typing letters moves to the item whose label begins so.
type menu struct {
	title string
	items []menuItem
	at    int
	space bool // Space picks too
	pick  func(i int) (done bool)

	typed string
	top   int
	area  rect // of the items
}

// lay puts a box of at most w by h cells into the middle of the screen.
func lay(screen rect, w, h int) rect {
	w, h = min(w, screen.w), min(h, screen.h)
	return rect{screen.x + (screen.w-w)/2, screen.y + (screen.h-h)/2, w, h}
}

func (m *menu) draw(p painter, screen rect) {
	label, wide := 0, width(m.title)+4
	for _, it := range m.items {
		label = max(label, width(it.label))
	}
	for _, it := range m.items {
		wide = max(wide, label+2+width(it.text))
	}
	in := p.box(lay(screen, wide+4, len(m.items)+2), m.title)
	m.area = in
	m.at = max(0, min(m.at, len(m.items)-1))
	if m.at < m.top {
		m.top = m.at
	}
	if in.h > 0 && m.at >= m.top+in.h {
		m.top = m.at - in.h + 1
	}
	for line := range in.h {
		i := m.top + line
		if i >= len(m.items) {
			break
		}
		style, mark := p.theme.plain, " "
		if i == m.at {
			style, mark = p.theme.selected, p.theme.selectMark
		}
		it := m.items[i]
		p.blank(in.x, in.y+line, in.w, style)
		p.text(in.x, in.y+line, in.w, style, mark)
		p.text(in.x+1, in.y+line, in.w-1, style, it.label)
		if at := 1 + label + 2; at < in.w {
			p.text(in.x+at, in.y+line, in.w-at, style, fit(it.text, in.w-at))
		}
	}
}

func (m *menu) key(ev *tcell.EventKey) bool {
	last := len(m.items) - 1
	switch {
	case ev.Key() == tcell.KeyEsc, ev.Key() == tcell.KeyCtrlC:
		return true
	case ev.Key() == tcell.KeyEnter, m.space && pressed(ev, "Space"):
		return last < 0 || m.pick(m.at)
	case ev.Key() == tcell.KeyDown:
		m.at, m.typed = min(m.at+1, last), ""
	case ev.Key() == tcell.KeyUp:
		m.at, m.typed = max(m.at-1, 0), ""
	case ev.Key() == tcell.KeyPgDn:
		m.at, m.typed = min(m.at+max(m.area.h, 1), last), ""
	case ev.Key() == tcell.KeyPgUp:
		m.at, m.typed = max(m.at-max(m.area.h, 1), 0), ""
	case ev.Key() == tcell.KeyHome:
		m.at, m.typed = 0, ""
	case ev.Key() == tcell.KeyEnd:
		m.at, m.typed = last, ""
	case ev.Key() == tcell.KeyRune:
		if !m.search(m.typed+string(ev.Rune())) && !m.search(string(ev.Rune())) {
			m.typed = ""
			switch ev.Rune() {
			case 'j':
				m.at = min(m.at+1, last)
			case 'k':
				m.at = max(m.at-1, 0)
			case 'q':
				return true
			}
		}
	}
	return false
}

// search moves to the first item with a word of the label that begins with what was typed.
func (m *menu) search(typed string) bool {
	for i, it := range m.items {
		for word := range strings.FieldsSeq(it.label) {
			if len(typed) <= len(word) && strings.EqualFold(word[:len(typed)], typed) {
				m.at, m.typed = i, typed
				return true
			}
		}
	}
	return false
}

func (m *menu) mouse(action tview.MouseAction, x, y int) bool {
	switch action {
	case tview.MouseScrollDown:
		m.at = min(m.at+1, len(m.items)-1)
	case tview.MouseScrollUp:
		m.at = max(m.at-1, 0)
	case tview.MouseLeftClick, tview.MouseLeftDoubleClick:
		if i := m.top + y - m.area.y; m.area.has(x, y) && i < len(m.items) {
			m.at = i
			return m.pick(i)
		}
		return !m.area.has(x, y)
	}
	return false
}
