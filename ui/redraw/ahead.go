package redraw

import (
	"sync/atomic"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// ahead is a screen on which keys that come at once are drawn once, and not again for each of them: a slow line brings
// together what was typed meanwhile, and a program types all of it at once.
type ahead struct {
	tcell.Screen
	waiting atomic.Int32 // keys that were given to the event loop and not taken by it yet
	pasting bool         // what belongs to a paste is not taken key by key
	skipped bool         // the frame that is drawn now is not shown
	shown   time.Time    // when the last one was: how long drawing it took counts for nothing
}

// commandsFor is for how long commands that are there already are carried out before what they did is drawn: drawing
// takes longer than most of them, and the one that ends the program may be behind a hundred others.
const commandsFor = 50 * time.Millisecond

// Attach has the application draw on a screen, and hand on all keys: Ctrl-C to key, at which tview would stop at once,
// the others to its root. Between two keys that are there already nothing is drawn while typing reports that they go
// into a line of text; elsewhere a key is a command, and what those of commandsFor have done is drawn.
func Attach(app *tview.Application, screen tcell.Screen, key func(*tcell.EventKey), typing func() bool) {
	a := &ahead{Screen: screen}
	app.SetScreen(a)
	app.SetBeforeDrawFunc(func(tcell.Screen) bool {
		a.skipped = a.waiting.Load() > 0 && (typing() || time.Since(a.shown) < commandsFor) // the last of them is drawn
		return a.skipped
	})
	app.SetInputCapture(func(ev *tcell.EventKey) *tcell.EventKey {
		a.waiting.Add(-1)
		if ev.Key() == tcell.KeyCtrlC {
			key(ev)
			return nil
		}
		return ev
	})
}

// PollEvent returns the next event.
func (a *ahead) PollEvent() tcell.Event {
	ev := a.Screen.PollEvent()
	if p, ok := ev.(*tcell.EventPaste); ok {
		a.pasting = p.Start()
	}
	if isKey(ev) && !a.pasting {
		a.waiting.Add(1)
	}
	return ev
}

func isKey(ev tcell.Event) bool {
	_, ok := ev.(*tcell.EventKey)
	return ok
}

// Show shows what was drawn.
func (a *ahead) Show() {
	if !a.skipped {
		a.Screen.Show()
		a.shown = time.Now()
	}
}
