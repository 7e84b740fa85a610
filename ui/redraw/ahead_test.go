package redraw

import (
	"sync"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// typed is a root that takes keys, and counts how often it is drawn.
type typed struct {
	*tview.Box
	mu    sync.Mutex
	text  string
	drawn int
	takes time.Duration // how long a key takes
	draws time.Duration // how long drawing takes
}

func (r *typed) Draw(screen tcell.Screen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drawn++
	time.Sleep(r.draws)
	for i, c := range r.text {
		screen.SetContent(i, 0, c, nil, tcell.StyleDefault)
	}
}

func (r *typed) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return func(ev *tcell.EventKey, _ func(tview.Primitive)) {
		time.Sleep(r.takes)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.text += string(ev.Rune())
	}
}

func (r *typed) PasteHandler() func(string, func(tview.Primitive)) {
	return func(s string, _ func(tview.Primitive)) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.text += s
	}
}

// TestWordIsDrawnOnce: of a word that comes at once not each character is drawn, the last one is, and what is pasted
// before it holds up nothing. Where characters are commands, what they did is drawn now and then, also where drawing
// takes long.
func TestWordIsDrawnOnce(t *testing.T) {
	const word = "abcdefghijklmnopqrstuvwxyz"
	for _, c := range []struct {
		typing bool
		takes  time.Duration
		draws  time.Duration
	}{{true, 0, 0}, {false, 0, 0}, {false, 3 * commandsFor / time.Duration(len(word)), 0}, {false, 0, 2 * commandsFor}} {
		typing := c.typing
		screen := tcell.NewSimulationScreen("UTF-8")
		app, root := tview.NewApplication(), &typed{Box: tview.NewBox(), takes: c.takes, draws: c.draws}
		Attach(app, screen, func(*tcell.EventKey) { app.Stop() }, func() bool { return typing })
		app.SetRoot(root, true).EnablePaste(true)
		ended := make(chan error, 1)
		go func() { ended <- app.Run() }()
		wait := func(what, text string) (drawn int) {
			t.Helper()
			proctest.Until(t, what, func() bool {
				found := false
				app.QueueUpdate(func() {
					root.mu.Lock()
					defer root.mu.Unlock()
					drawn = root.drawn
					c, _, _ := screen.Get(max(len(text)-1, 0), 0)
					found = root.text == text && (text == "" || c == text[len(text)-1:])
				})
				return found
			})
			return drawn
		}
		before := wait("the first screen", "")
		held, hold := make(chan struct{}), make(chan struct{})
		go app.QueueUpdate(func() { close(held); <-hold }) // while it works, the keys come
		<-held
		screen.PostEvent(tcell.NewEventPaste(true))
		screen.InjectKey(tcell.KeyRune, 'P', 0)
		screen.PostEvent(tcell.NewEventPaste(false))
		for _, c := range word {
			screen.InjectKey(tcell.KeyRune, c, 0)
		}
		proctest.Until(t, "all keys are taken from the screen", func() bool { return !screen.HasPendingEvent() })
		began := time.Now()
		close(hold)
		drawn := wait("the last character", "P"+word) - before
		most := 3 // after the paste, and after the last key
		if !typing {
			most += int(time.Since(began) / (commandsFor + c.draws))
		}
		if drawn > most || c.takes > 0 && drawn < 3 {
			t.Errorf("%+v: %d characters are drawn %d times; at most %d are expected", c, len(word), drawn, most)
		}
		screen.InjectKey(tcell.KeyCtrlC, 0, tcell.ModCtrl)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
