package redraw

import (
	"sync"
	"testing"

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
}

func (r *typed) Draw(screen tcell.Screen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drawn++
	for i, c := range r.text {
		screen.SetContent(i, 0, c, nil, tcell.StyleDefault)
	}
}

func (r *typed) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return func(ev *tcell.EventKey, _ func(tview.Primitive)) {
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
// before it holds up nothing. Where characters are commands each of them is drawn.
func TestWordIsDrawnOnce(t *testing.T) {
	const word = "abcdefghijklmnopqrstuvwxyz"
	for _, typing := range []bool{true, false} {
		screen := tcell.NewSimulationScreen("UTF-8")
		app, root := tview.NewApplication(), &typed{Box: tview.NewBox()}
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
		close(hold)
		drawn := wait("the last character", "P"+word) - before
		if typing && drawn > len(word)/2 || !typing && drawn < len(word) {
			t.Errorf("typing %v: %d characters are drawn %d times", typing, len(word), drawn)
		}
		screen.InjectKey(tcell.KeyCtrlC, 0, tcell.ModCtrl)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
