package kit

import (
	"fmt"

	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Reader is a dialog of text that is read in the background, and again when the user asks for that. What there was
// stays meanwhile.
type Reader struct {
	Title string
	Read  func() // starts to read; Show is called with what came of it
	Busy  func() bool

	pane Pane
}

// Show shows what was read; failed is the title where it could not be.
func (e *Reader) Show(sections []rows.Section, failed string, err error) {
	if err != nil {
		sections = []rows.Section{{Title: failed, Lines: []rows.Line{{Value: ErrorLine(err), Style: rows.Bad}}}}
	}
	e.pane.Set(sections)
}

// Draw implements Dialog.
func (e *Reader) Draw(p Painter, screen Rect) {
	in := p.Box(Centre(screen, 110, screen.H), e.Title)
	body, foot := in, Rect{}
	if in.H > 3 {
		body, foot = in.Bottom(1)
	}
	if e.pane.Empty() {
		p.Text(body.X, body.Y, body.W, p.Theme.Dim, Fit("reading ...", body.W))
	} else {
		e.pane.Paint(p, body)
	}
	if foot.Empty() {
		return
	}
	top, n := e.pane.Top, e.pane.Lines()
	s := fmt.Sprintf("%d-%d of %d lines", min(top+1, n), min(top+e.pane.Page, n), n)
	if e.Busy() {
		s = "reading ..."
	}
	p.Text(foot.X, foot.Y, foot.W, p.Theme.Dim, Fit(s+"   j k scroll  w wrap  r read again  Esc back", foot.W))
}

// Key implements Dialog.
func (e *Reader) Key(ev *tcell.EventKey) bool {
	if by, ok := ScrollBy(ev, e.pane.Page); ok {
		e.pane.Scroll(by)
		return false
	}
	switch {
	case PressedAny(ev, "^c Esc q x h Left"):
		return true
	case Pressed(ev, "w"):
		e.pane.ToggleWrap()
	case Pressed(ev, "r"):
		e.Read()
	}
	return false
}

// Mouse implements Dialog.
func (e *Reader) Mouse(action tview.MouseAction, _, _ int) bool {
	switch action {
	case tview.MouseScrollUp:
		e.pane.Scroll(-3)
	case tview.MouseScrollDown:
		e.pane.Scroll(3)
	}
	return false
}
