package ui

import (
	"context"

	"bones/procwalk"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// details fills the pane: at once with what the snapshot tells, then with what a goroutine reads.
type details struct {
	ui     *UI
	pane   kit.Pane
	open   bool
	focus  bool
	reveal bool
	stale  bool // the pane is to be filled before somebody looks at it

	reader *kit.Loader[procwalk.ID]
	read   Sections    // what was read about a process
	readOf procwalk.ID // which one
}

func newDetails(u *UI) details {
	return details{ui: u, open: !u.opt.NoDetails, reader: kit.NewLoader(shell{u}, u.readDetails),
		pane: kit.Pane{NoWrap: u.opt.NoWrap}}
}

// readDetails reads what is shown about one process only.
func (u *UI) readDetails(id procwalk.ID) kit.Read {
	return func(ctx context.Context) func() {
		read := u.opt.Details(ctx, id)
		return func() {
			u.details.read, u.details.readOf, u.details.stale = read, id, true
		}
	}
}

// changed shows the details of another selection, from the top.
func (d *details) changed() {
	d.pane.Top = 0
	d.refresh()
}

// refresh shows the details of the selection as of now, and has them read anew.
func (d *details) refresh() {
	d.stale = true
	d.request()
}

// fill makes the sections of what is known now, unless they are there: once for each time that the screen is drawn.
func (d *details) fill() {
	if !d.stale {
		return
	}
	d.stale = false
	if v, ok := d.ui.View().(kit.Describer); ok {
		d.pane.Set(v.Describe(d.reveal))
		return
	}
	p := d.ui.subject()
	if p == nil {
		d.pane.Set(nil)
		return
	}
	tell := d.ui.opt.Quick
	if d.read != nil && d.readOf == p.ID() {
		tell = d.read
	}
	if tell != nil {
		d.pane.Set(rows.WithContainer(tell(p, d.ui.frame.Snap, d.reveal), d.ui.frame.Facts, p))
	}
}

// request has read what the snapshot does not tell, while the details are shown.
func (d *details) request() {
	if !d.open {
		return
	}
	if v, ok := d.ui.View().(kit.Describer); ok {
		v.ReadDetails()
	} else if p := d.ui.subject(); p != nil && d.ui.opt.Details != nil {
		d.reader.Load(p.ID())
	}
}

func (d *details) toggle() {
	d.open, d.focus = !d.open, false
	d.refresh()
}

// enter gives the details the focus, after opening them if they are not shown.
func (d *details) enter() {
	if d.ui.layout().details.Empty() {
		if d.open && d.pane.Empty() {
			d.ui.say(rows.Dim, "nothing is selected to show details of")
			return
		}
		if d.open {
			d.ui.say(rows.Warn, "the screen is too small for the details")
			return
		}
		d.toggle()
	}
	d.focus = true
}

func (d *details) toggleReveal() { d.reveal, d.stale = !d.reveal, true }

// key scrolls while the pane has the focus, and reports whether the key was for that.
func (d *details) key(ev *tcell.EventKey) bool {
	if d.ui.layout().details.Empty() {
		d.focus = false // it folded away meanwhile
		return false
	}
	if by, ok := kit.ScrollBy(ev, d.pane.Page); ok {
		d.pane.Scroll(by)
		return true
	}
	if kit.PressedAny(ev, "Esc h Left Enter") {
		d.focus = false
		return true
	}
	return false
}
