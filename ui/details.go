package ui

import (
	"bones/procwalk"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// details fills the pane: at once with what the snapshot tells, then with what a goroutine reads. One read is under way
// at any time, whatever the selection does meanwhile.
type details struct {
	ui     *UI
	pane   pane
	open   bool
	focus  bool
	reveal bool

	shown procwalk.ID // whose details read made
	read  Sections
	busy  bool
	again bool
	asked procwalk.ID
}

// changed takes up another selection; fresh takes up another snapshot.
func (d *details) changed() {
	d.pane.top = 0
	d.fresh()
}

func (d *details) fresh() {
	d.fill()
	d.request()
}

// fill makes the sections of what is known now.
func (d *details) fill() {
	if v, ok := d.ui.view().(describer); ok {
		d.pane.set(v.Describe(d.reveal))
		return
	}
	p := d.ui.subject()
	if p == nil {
		d.pane.set(nil)
		return
	}
	tell := d.ui.opt.Quick
	if d.read != nil && d.shown == p.ID() {
		tell = d.read
	}
	if tell != nil {
		d.pane.set(tell(p, d.ui.frame.Snap, d.reveal))
	}
}

// request starts a read for the selection unless one is under way; then it is started when that one ends.
func (d *details) request() {
	if v, ok := d.ui.view().(describer); ok {
		if d.open {
			v.Look()
		}
		return
	}
	p := d.ui.subject()
	if !d.open || p == nil || d.ui.opt.Details == nil {
		return
	}
	if d.busy {
		d.again = d.again || p.ID() != d.asked
		return
	}
	d.busy, d.again, d.asked = true, false, p.ID()
	id := d.asked
	u := d.ui
	u.spawn(func() {
		read := u.opt.Details(u.ctx, id)
		u.post(func() { d.done(id, read) })
	})
}

func (d *details) done(id procwalk.ID, read Sections) {
	d.busy, d.shown, d.read = false, id, read
	d.fill()
	if d.again {
		d.request()
	}
}

func (d *details) toggle() {
	d.open = !d.open
	d.focus = false
	d.fresh()
}

func (d *details) enter() {
	if d.ui.layout().details.empty() {
		if d.open {
			d.ui.say(rows.Warn, "the screen is too small for the details")
			return
		}
		d.toggle()
	}
	d.focus = true
}

func (d *details) toggleReveal() {
	d.reveal = !d.reveal
	d.fill()
}

// key scrolls while the pane has the focus, and reports whether the key was for that.
func (d *details) key(ev *tcell.EventKey) bool {
	if d.ui.layout().details.empty() {
		d.focus = false // it folded away meanwhile
		return false
	}
	switch {
	case pressed(ev, "j"), pressed(ev, "Down"):
		d.pane.scroll(1)
	case pressed(ev, "k"), pressed(ev, "Up"):
		d.pane.scroll(-1)
	case pressed(ev, "^f"), pressed(ev, "PgDn"), pressed(ev, "Space"):
		d.pane.scroll(max(d.pane.page-1, 1))
	case pressed(ev, "^b"), pressed(ev, "PgUp"):
		d.pane.scroll(-max(d.pane.page-1, 1))
	case pressed(ev, "g"), pressed(ev, "Home"):
		d.pane.top = 0
	case pressed(ev, "G"), pressed(ev, "End"):
		d.pane.scroll(len(d.pane.lines))
	case pressed(ev, "Esc"), pressed(ev, "h"), pressed(ev, "Left"), pressed(ev, "Enter"):
		d.focus = false
	default:
		return false
	}
	return true
}
