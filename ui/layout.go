package ui

import (
	"slices"

	"bones/ui/kit"
	"bones/ui/meters"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// layout is which part of the screen belongs to what. Parts that there is no room for are empty: first the details go,
// then the header, then the footer.
type layout struct{ header, tabs, view, details, hand, footer kit.Rect }

// detailsLeast and detailsMost are how wide the details are beside a list.
const detailsLeast, detailsMost = 56, 90

// viewNeeds is the width that the list of the view needs to be read without scrolling.
func (u *UI) viewNeeds(screen int) int {
	if v, ok := u.View().(kit.Sized); ok {
		return v.Needs(screen)
	}
	return usualNeed
}

// usualNeed is the need of a view that does not say.
const usualNeed = 100

func (u *UI) layout() layout {
	var l layout
	x, y, w, h := u.GetRect()
	rest := kit.Rect{X: x, Y: y, W: w, H: h}
	full := w >= 60 && h >= 12
	if full {
		l.header, rest = rest.Top(meters.Lines)
	}
	if h >= 8 && w >= 20 {
		l.tabs, rest = rest.Top(1)
	}
	if h >= 4 || u.prompt != nil || u.message.Text != "" {
		rest, l.footer = rest.Bottom(1)
	}
	if full {
		rest, l.hand = rest.Bottom(1)
	}
	if full && u.details.open {
		// The list gets what it needs first; the details stand beside it where that leaves room for them, else below.
		if n := min(w-u.viewNeeds(w)-1, detailsMost); n >= detailsLeast {
			l.details = kit.Rect{X: rest.X + rest.W - n, Y: rest.Y, W: n, H: rest.H}
			rest.W -= n + 1
		} else if rest.H >= 12 {
			rest, l.details = rest.Bottom(rest.H * 2 / 5)
		}
	}
	l.view = rest
	return l
}

// Draw implements tview.Primitive.
func (u *UI) Draw(screen tcell.Screen) {
	screen.HideCursor()
	p := kit.Painter{Screen: screen, Theme: u.theme}
	x, y, w, h := u.GetRect()
	all := kit.Rect{X: x, Y: y, W: w, H: h}
	if all.Empty() {
		return
	}
	if u.theme.Fills {
		p.Clear(all, u.theme.Plain)
	}
	l := u.layout()
	u.spots = u.spots[:0]
	u.header.Draw(p, l.header, u.frame, u.opt.Now(), u.col.paused.Load())
	u.drawTabs(p, l.tabs)
	if !l.view.Empty() {
		u.View().Draw(p, l.view)
	}
	u.keepFresh()
	if !l.details.Empty() {
		u.details.pane.Draw(p, l.details, u.details.focus)
	}
	if !l.hand.Empty() {
		if s := u.View().ByHand(); s != "" {
			n := p.Text(l.hand.X, l.hand.Y, l.hand.W, p.Theme.Dim, "by hand: ")
			p.Text(l.hand.X+n, l.hand.Y, l.hand.W-n, p.Theme.Plain, kit.Fit(s, l.hand.W-n))
		}
	}
	u.drawFooter(p, l.footer)
	for _, o := range u.overlays {
		o.Draw(p, all)
	}
}

// keepFresh tells the collector what is on the screen.
func (u *UI) keepFresh() {
	var f rows.Fresh
	if v, ok := u.View().(kit.Fresher); ok {
		f = v.Fresh()
	}
	if id, ok := u.View().Subject(); ok {
		f.PIDs = append(f.PIDs, id.PID)
	}
	slices.Sort(f.PIDs)
	u.col.fresh.Store(&f)
}
