package ui

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// help shows the key table and the words of the palette.
type help struct {
	lines []helpLine
	top   int
	page  int
}

type helpLine struct {
	keys, text string
	changes    bool
	off        string // why it cannot be used
	title      bool
}

func newHelp(u *UI) *help {
	h := &help{}
	add := func(title string, keys []Key) {
		if len(h.lines) > 0 {
			h.lines = append(h.lines, helpLine{})
		}
		h.lines = append(h.lines, helpLine{keys: title, title: true})
		for _, k := range keys {
			h.lines = append(h.lines, helpLine{keys: k.Keys, text: k.Help, changes: k.Changes, off: k.off(u.opt.ReadOnly)})
		}
	}
	add("In the view "+u.view().Name(), u.view().Keys())
	add("Everywhere", u.global)
	h.lines = append(h.lines, helpLine{}, helpLine{keys: "Words of the palette, which also knows all of the above by name", title: true})
	for _, w := range u.allWords() {
		h.lines = append(h.lines, helpLine{keys: ":" + strings.TrimSpace(w.Words+" "+w.Args), text: w.Help, changes: w.Changes, off: w.off(u.opt.ReadOnly)})
	}
	return h
}

func (h *help) draw(p painter, screen rect) {
	in := p.box(lay(screen, 100, screen.h), "Keys (! changes the system)")
	if in.h > 8 {
		var foot rect
		in, foot = in.bottom(1)
		p.text(foot.x+1, foot.y, foot.w-1, p.theme.dim, fit(fmt.Sprintf("%d-%d of %d lines   j k scroll  Space next page  any other key leaves",
			h.top+1, min(h.top+in.h, len(h.lines)), len(h.lines)), foot.w-1))
	}
	h.page = in.h
	h.top = max(0, min(h.top, len(h.lines)-h.page))
	for line := range min(in.h, len(h.lines)-h.top) {
		l, y := h.lines[h.top+line], in.y+line
		if l.title {
			p.text(in.x+1, y, in.w-1, p.theme.title, fit(l.keys, in.w-1))
			continue
		}
		style, text := p.theme.plain, l.text
		if l.changes {
			p.text(in.x, y, 1, p.theme.bad, "!")
		}
		if l.off != "" {
			style, text = p.theme.dim, text+" ("+l.off+")"
		}
		n := p.text(in.x+1, y, min(in.w-1, 22), p.theme.key, l.keys)
		if at := max(16, n+3); at < in.w {
			p.text(in.x+at, y, in.w-at, style, fit(text, in.w-at))
		}
	}
}

// off returns why a key cannot be used, or "".
func (k *Key) off(locked string) string { return whyOff(k.Changes, k.Off, locked) }

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
		h.top = len(h.lines)
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
