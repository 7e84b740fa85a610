package ui

import (
	"slices"

	"bones/procwalk/text"
	"bones/ui/footer"
	"bones/ui/kit"
	"bones/ui/meters"
	"bones/ui/rows"
	"bones/ui/tour"

	"github.com/gdamore/tcell/v2"
)

// layout is which part of the screen belongs to what. Parts that there is no room for are empty: first the details go,
// then the header, then the footer.
type layout struct {
	header, tabs, view, details, hand, footer, tour kit.Rect
	keys                                            footer.Keys // of the footer
}

// detailsLeast and detailsMost are how wide the details are beside a list.
const detailsLeast, detailsMost = 56, 90

// usualNeed is how wide the list of a view is to be that does not say.
const usualNeed = 100

func (u *UI) layout() layout {
	var l layout
	var rest kit.Rect
	u.details.fill()
	x, y, w, h := u.GetRect()
	rest, l.tour = kit.Rect{X: x, Y: y, W: w, H: h}.Bottom(u.opt.Tour.Lines(w, h))
	h = rest.H
	full := w >= 60 && h >= 12
	if full {
		l.header, rest = rest.Top(meters.Lines)
	}
	if h >= 8 && w >= 20 {
		l.tabs, rest = rest.Top(1)
	}
	if h >= 4 || u.prompt != nil || u.message.Text != "" {
		l.keys = footer.Of(u.View(), u.remapped(u.View()), u.global)
		rest, l.footer = rest.Bottom(l.keys.Lines(w, h))
	}
	if full {
		rest, l.hand = rest.Bottom(1)
	}
	if full && u.details.open && !u.details.pane.Empty() {
		// The list gets what it needs first; the details stand beside it where that leaves room for them, else below.
		wide, lines := usualNeed, rest.H
		if v, ok := u.View().(kit.Sized); ok {
			wide, lines = v.Needs()
		}
		if n := min(w-wide-1, detailsMost); n >= detailsLeast {
			l.details = kit.Rect{X: rest.X + rest.W - n, Y: rest.Y, W: n, H: rest.H}
			rest.W -= n + 1
		} else if rest.H >= 12 {
			list := max(rest.H-rest.H*2/5, 1)
			rest, l.details = rest.Bottom(rest.H - min(list, max(lines, rest.H/3)))
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
	switch {
	case all.Empty():
		return
	case u.theme.Fills:
		p.Clear(all, u.theme.Plain)
	}
	if u.opt.Tour != nil {
		u.opt.Tour.Look(u.seen())
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
		u.drawHand(p, l.hand)
	}
	u.drawFooter(p, l.footer, l.keys)
	u.opt.Tour.Draw(p, l.tour)
	all.H -= l.tour.H // what to press in a dialog is to be seen beside it
	for _, o := range u.overlays {
		o.Draw(p, all)
	}
}

// drawHand paints the command by hand, and where that has an id of 64 digits, whose it is: as a comment of the shell.
func (u *UI) drawHand(p kit.Painter, r kit.Rect) {
	s := u.View().ByHand()
	if s == "" {
		return
	}
	beside := ""
	if v, ok := u.View().(kit.Named); ok {
		beside = v.Beside()
	} else if p := u.subject(); p != nil {
		if c := u.frame.ContainerOf(p); c != nil {
			beside = rows.NamedID(c)
		}
	}
	n := p.Text(r.X, r.Y, r.W, p.Theme.Dim, "by hand: ")
	r = kit.Rect{X: r.X + n, Y: r.Y, W: r.W - n, H: 1}
	if w := kit.Width(beside) + 4; beside != "" && text.ShortIDs(s) != s && kit.Width(s)+w <= r.W {
		// The command comes first: it is not cut for this.
		n := p.Text(r.X, r.Y, r.W-w, p.Theme.Plain, s)
		p.Text(r.X+n, r.Y, w, p.Theme.Dim, "  # "+beside)
		return
	}
	p.Text(r.X, r.Y, r.W, p.Theme.Plain, kit.Fit(s, r.W))
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

// seen is what the tour sees of the screen.
func (u *UI) seen() (s tour.Seen) {
	id, _ := u.View().Subject()
	if n := len(u.overlays); n > 0 {
		s.Dialog = tour.DialogName(u.overlays[n-1])
	}
	s.View, s.PID, s.Hand, s.Status = u.View().Number(), id.PID, u.View().ByHand(), u.View().Status()
	s.Typing, s.Details = u.prompt != nil, u.details.focus
	return s
}
