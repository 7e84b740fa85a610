package ui

import (
	"fmt"
	"strings"

	"bones/procwalk/text"

	"github.com/gdamore/tcell/v2"
)

// layout is which part of the screen belongs to what. Parts that there is no room for are empty: first the details go,
// then the header, then the footer.
type layout struct{ header, tabs, view, details, hand, footer rect }

func (u *UI) layout() layout {
	var l layout
	x, y, w, h := u.GetRect()
	rest := rect{x, y, w, h}
	full := w >= 60 && h >= 12
	if full {
		l.header, rest = rest.top(headerLines)
	}
	if h >= 8 && w >= 20 {
		l.tabs, rest = rest.top(1)
	}
	if h >= 4 || u.prompt != nil || u.message.text != "" {
		rest, l.footer = rest.bottom(1)
	}
	if full {
		rest, l.hand = rest.bottom(1)
	}
	if full && u.details.open {
		if w >= 120 {
			n := min(w*2/5, 80)
			l.details = rect{rest.x + rest.w - n, rest.y, n, rest.h}
			rest.w -= n + 1
		} else if rest.h >= 12 {
			rest, l.details = rest.bottom(rest.h * 2 / 5)
		}
	}
	l.view = rest
	return l
}

// Draw implements tview.Primitive.
func (u *UI) Draw(screen tcell.Screen) {
	screen.HideCursor()
	p := painter{screen, u.theme}
	x, y, w, h := u.GetRect()
	all := rect{x, y, w, h}
	if all.empty() {
		return
	}
	if u.theme.fills {
		p.clear(all, u.theme.plain)
	}
	l := u.layout()
	u.header.draw(p, l.header, u.frame, u.opt.Now(), u.col.paused.Load())
	u.drawTabs(p, l.tabs)
	if !l.view.empty() {
		u.view().Draw(p, l.view)
	}
	if !l.details.empty() {
		u.details.pane.draw(p, l.details, u.details.focus)
	}
	if !l.hand.empty() {
		if s := u.view().ByHand(); s != "" {
			n := p.text(l.hand.x, l.hand.y, l.hand.w, p.theme.dim, "by hand: ")
			p.text(l.hand.x+n, l.hand.y, l.hand.w-n, p.theme.plain, fit(s, l.hand.w-n))
		}
	}
	u.drawFooter(p, l.footer)
	for _, o := range u.overlays {
		o.draw(p, all)
	}
}

// drawTabs paints the names of the views and how the present one is arranged.
func (u *UI) drawTabs(p painter, r rect) {
	if r.empty() {
		return
	}
	status := u.view().Status()
	if u.opt.ReadOnly != "" {
		status += "  read-only"
	}
	status = text.Line(status)
	// Where the status does not fit beside them, only the present view keeps its name.
	names := 0
	for _, v := range u.views {
		names += len(v.Name()) + 4
	}
	short := names+width(status) > r.w
	x := r.x
	for i, v := range u.views {
		style, tab := p.theme.dim, fmt.Sprintf("%d %s  ", v.Number(), v.Name())
		if i == u.current {
			style = p.theme.bold
		} else if short {
			tab = fmt.Sprintf("%d  ", v.Number())
		}
		x += p.text(x, r.y, r.x+r.w-x, style, tab)
	}
	if room := r.x + r.w - x; room > 0 {
		p.text(x, r.y, room, p.theme.plain, fit(status, room))
	}
}

// drawFooter paints the prompt, or a message, or the keys.
func (u *UI) drawFooter(p painter, r rect) {
	switch {
	case r.empty():
	case u.prompt != nil:
		u.prompt.draw(p, r)
	case u.message.text != "":
		p.line(r, p.theme.of(u.message.style), fit(u.message.text, r.w))
	default:
		x := r.x
		for _, k := range u.allKeys() {
			if !k.Footer {
				continue
			}
			name, _, _ := strings.Cut(k.Keys, " ")
			if x+width(name)+1+width(k.Action) > r.x+r.w {
				break
			}
			style := p.theme.plain
			if k.off(u.opt.ReadOnly) != "" {
				style = p.theme.dim
			}
			x += p.text(x, r.y, r.x+r.w-x, p.theme.key, name) + 1
			x += p.text(x, r.y, r.x+r.w-x, style, k.Action) + 2
		}
	}
}

// allKeys returns the whole table: what always works, then what the view adds.
func (u *UI) allKeys() []Key {
	return append(append([]Key(nil), u.global...), u.remapped(u.view())...)
}
