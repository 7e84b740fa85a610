package ui

import (
	"bones/ui/kit"
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
	add := func(title string, keys []kit.Binding) {
		if len(h.lines) > 0 {
			h.lines = append(h.lines, helpLine{})
		}
		h.lines = append(h.lines, helpLine{keys: title, title: true})
		for _, k := range keys {
			off := k.WhyOff(u.opt.ReadOnly)
			h.lines = append(h.lines, helpLine{keys: k.Keys, text: k.Help, changes: k.Changes, off: off})
		}
	}
	add("In the view "+u.View().Name(), u.remapped(u.View()))
	add("Everywhere", u.global)
	words := "Words of the palette, which also knows all of the above by name"
	h.lines = append(h.lines, helpLine{}, helpLine{keys: words, title: true})
	for _, w := range u.allWords() {
		h.lines = append(h.lines, helpLine{keys: ":" + strings.TrimSpace(w.Words+" "+w.Args), text: w.Help,
			changes: w.Changes, off: w.WhyOff(u.opt.ReadOnly)})
	}
	return h
}

// Draw implements kit.Dialog.
func (h *help) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(kit.Centre(screen, 100, screen.H), "Keys (! changes the system)")
	if in.H > 8 {
		var foot kit.Rect
		in, foot = in.Bottom(1)
		s := fmt.Sprintf("%d-%d of %d lines   j k scroll  Space next page  any other key leaves",
			h.top+1, min(h.top+in.H, len(h.lines)), len(h.lines))
		p.Text(foot.X+1, foot.Y, foot.W-1, p.Theme.Dim, kit.Fit(s, foot.W-1))
	}
	h.page = in.H
	h.top = max(0, min(h.top, len(h.lines)-h.page))
	for line := range min(in.H, len(h.lines)-h.top) {
		l, y := h.lines[h.top+line], in.Y+line
		if l.title {
			p.Text(in.X+1, y, in.W-1, p.Theme.Title, kit.Fit(l.keys, in.W-1))
			continue
		}
		style, text := p.Theme.Plain, l.text
		if l.changes {
			p.Text(in.X, y, 1, p.Theme.Bad, "!")
		}
		if l.off != "" {
			style, text = p.Theme.Dim, text+" ("+l.off+")"
		}
		n := p.Text(in.X+1, y, min(in.W-1, 22), p.Theme.Key, l.keys)
		if at := max(16, n+3); at < in.W {
			p.Text(in.X+at, y, in.W-at, style, kit.Fit(text, in.W-at))
		}
	}
}

// Key implements kit.Dialog.
func (h *help) Key(ev *tcell.EventKey) bool {
	by, ok := kit.ScrollBy(ev, h.page+1)
	if !ok {
		return true
	}
	h.top = max(0, min(h.top+by, len(h.lines)))
	return false
}

// Mouse implements kit.Dialog.
func (h *help) Mouse(action tview.MouseAction, x, y int) bool {
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
