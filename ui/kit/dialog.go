package kit

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Dialog is something on top of the view that gets all keys until it is done.
type Dialog interface {
	Draw(p Painter, screen Rect)
	Key(ev *tcell.EventKey) (done bool)
	Mouse(action tview.MouseAction, x, y int) (done bool)
}

// Paster is a Dialog into which text can be pasted. Pasted text never becomes keys.
type Paster interface{ Paste(s string) }

// Refresher is a Dialog that shows what may change: it is told of each new frame.
type Refresher interface{ Refresh() }

// Centre puts a box of at most w by h cells into the middle of the screen.
func Centre(screen Rect, w, h int) Rect {
	w, h = min(w, screen.W), min(h, screen.H)
	return Rect{screen.X + (screen.W-w)/2, screen.Y + (screen.H-h)/2, w, h}
}
