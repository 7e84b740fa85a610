package ui

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// help shows the key table.
type help struct {
	keys   []Key
	locked string // why nothing can be changed; empty: it can
	top    int
	page   int
}

func (h *help) draw(p painter, screen rect) {
	in := p.box(lay(screen, 100, screen.h), "Keys (! changes the system)")
	h.page = in.h
	h.top = max(0, min(h.top, len(h.keys)-h.page))
	for line := range in.h {
		i := h.top + line
		if i >= len(h.keys) {
			break
		}
		k := h.keys[i]
		style, mark, text := p.theme.plain, " ", k.Help
		if k.Changes {
			mark = "!"
		}
		if why := k.off(h.locked); why != "" {
			style, text = p.theme.dim, text+" ("+why+")"
		}
		p.text(in.x, in.y+line, in.w, p.theme.bad, mark)
		p.text(in.x+1, in.y+line, min(in.w-1, 14), p.theme.key, k.Keys)
		if in.w > 16 {
			p.text(in.x+16, in.y+line, in.w-16, style, fit(text, in.w-16))
		}
	}
}

// off returns why a key cannot be used, or "".
func (k *Key) off(locked string) string {
	if k.Changes && locked != "" {
		return locked
	}
	return k.Off
}

func (h *help) key(ev *tcell.EventKey) bool {
	switch {
	case pressed(ev, "j"), pressed(ev, "Down"):
		h.top++
	case pressed(ev, "k"), pressed(ev, "Up"):
		h.top--
	case pressed(ev, "^f"), pressed(ev, "PgDn"), pressed(ev, "Space"):
		h.top += max(h.page, 1)
	case pressed(ev, "^b"), pressed(ev, "PgUp"):
		h.top -= max(h.page, 1)
	case pressed(ev, "g"), pressed(ev, "Home"):
		h.top = 0
	case pressed(ev, "G"), pressed(ev, "End"):
		h.top = len(h.keys)
	default:
		return true
	}
	h.top = max(h.top, 0)
	return false
}

func (h *help) mouse(action tview.MouseAction, x, y int) bool {
	switch action {
	case tview.MouseScrollDown:
		h.top += 3
	case tview.MouseScrollUp:
		h.top = max(h.top-3, 0)
	case tview.MouseLeftClick:
		return true
	}
	return false
}
