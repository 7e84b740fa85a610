// Package redraw draws the screen once for each refresh. The UI reads some things beside a frame, such as the details
// of the selection, and as a rule has them some milliseconds after it. The Pacer waits that long: drawing twice would
// take as long as most of the rest of a refresh if there are few processes.
package redraw

import "time"

// Patience is how long a frame waits to be drawn for what is read beside it. People do not notice that delay.
const Patience = 60 * time.Millisecond

// Pacer decides when to draw. It belongs to the event loop.
type Pacer struct {
	Draw func()
	// After calls f in the event loop once so much time has passed, unless it is stopped before or the UI ends.
	After func(d time.Duration, f func()) (stop func())

	updating bool
	frame    int    // the number of the last frame
	awaited  int    // reads that began with it and are under way
	stop     func() // of the wait for them; nil: everything is drawn
}

// Frame shows a frame: the reads that begin meanwhile belong to it. One that comes while the last one is still not
// drawn waits for nothing.
func (p *Pacer) Frame(show func()) {
	p.frame++
	p.awaited, p.updating = 0, p.stop == nil
	defer func() { p.updating = false }()
	show()
}

// Read is told that a read begins, and returns what is to be called in the event loop when it has ended.
func (p *Pacer) Read() (ended func()) {
	if !p.updating {
		return func() {}
	}
	p.awaited++
	of := p.frame
	return func() {
		if of == p.frame && p.awaited > 0 {
			p.awaited--
		}
	}
}

// Changed is told after each change of what is to be seen. It draws, at once or when the reads of the frame are there.
func (p *Pacer) Changed() {
	switch {
	case p.awaited == 0:
		p.now()
	case p.stop == nil:
		of := p.frame
		p.stop = p.After(Patience, func() {
			if of == p.frame && p.stop != nil {
				p.now()
			}
		})
	}
}

// now draws.
func (p *Pacer) now() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	p.awaited = 0
	p.Draw()
}
