package redraw

import (
	"sync/atomic"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// ahead is a screen on which a word that comes at once is drawn once, and not again for each of its characters: a
// slow line brings together what was typed meanwhile, and a program types all of it at once.
type ahead struct {
	tcell.Screen
	waiting atomic.Int32 // characters that were given to the event loop and not taken by it yet
	pasting bool         // what belongs to a paste is not taken key by key
	skipped bool         // the frame that is drawn now is not shown
}

// Attach has the application draw on a screen, and hand on all keys: Ctrl-C to key, at which tview would stop at once,
// the others to its root. Between two characters that are there already nothing is drawn while typing reports that
// they go into a line of text; elsewhere a character is a command, and what it does is drawn.
func Attach(app *tview.Application, screen tcell.Screen, key func(*tcell.EventKey), typing func() bool) {
	a := &ahead{Screen: screen}
	app.SetScreen(a)
	app.SetBeforeDrawFunc(func(tcell.Screen) bool {
		a.skipped = typing() && a.waiting.Load() > 0 // the last of them is drawn
		return a.skipped
	})
	app.SetInputCapture(func(ev *tcell.EventKey) *tcell.EventKey {
		if isCharacter(ev) {
			a.waiting.Add(-1)
		}
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
	if isCharacter(ev) && !a.pasting {
		a.waiting.Add(1)
	}
	return ev
}

func isCharacter(ev tcell.Event) bool {
	key, ok := ev.(*tcell.EventKey)
	return ok && key.Key() == tcell.KeyRune
}

// Show shows what was drawn.
func (a *ahead) Show() {
	if !a.skipped {
		a.Screen.Show()
	}
}
