package kit

import (
	"time"

	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Typing keeps keys from doing what they were not meant for: those that are typed on after one that does nothing here,
// as the rest of a word is, and those that were under way when a question came up late.
type Typing struct {
	Keys int  // that were pressed so far, and clicks
	Late bool // what is opened now was asked for before the last key

	straying bool      // a key did nothing, and typing has not paused since
	guarded  any       // the dialog or prompt that came late; nil: none
	last     time.Time // when the last key came that was not taken
}

// typingPause is how long one pauses who does not go on typing. Words are typed faster.
const typingPause = 700 * time.Millisecond

// Clicked counts a click as a key: it tells as much that the user has gone on to something else.
func (t *Typing) Clicked(action tview.MouseAction) {
	if action == tview.MouseLeftClick || action == tview.MouseLeftDoubleClick {
		t.Keys++
	}
}

// Unknown says that a key does nothing here.
func (t *Typing) Unknown(sh Shell, ev *tcell.EventKey) {
	s := KeyName(ev) + " does nothing here"
	if ev.Key() == tcell.KeyRune {
		t.straying, t.last = true, sh.Now()
		s += ", nor what is typed right after it"
	}
	sh.Notice(rows.Plain, s+"; "+sh.KeyFor("help")+" shows all keys")
}

// Stray reports whether a key belongs to what was typed on after one that does nothing.
func (t *Typing) Stray(sh Shell, ev *tcell.EventKey) bool {
	if !t.straying {
		return false
	}
	now := sh.Now()
	switch ev.Key() {
	case tcell.KeyRune, tcell.KeyEnter, tcell.KeyTab, tcell.KeyBackspace, tcell.KeyBackspace2:
		t.straying = now.Sub(t.last) < typingPause
	default:
		t.straying = false
	}
	if !t.straying {
		return false
	}
	t.last = now
	sh.Notice(rows.Plain, KeyName(ev)+" was typed right after a key that does nothing here, so bones ignored it; "+
		sh.KeyFor("help")+" shows all keys")
	return true
}

// Opened notes that a dialog or a prompt came up, perhaps after the user went on to something else.
func (t *Typing) Opened(sh Shell, what any) {
	if t.Late {
		t.guarded, t.last = what, sh.Now()
		sh.Notice(rows.Warn, "this question came up while you typed: pause a moment, then answer, or press Esc")
	}
}

// Elsewhere reports whether what was pressed, pasted or clicked was meant for what was there before a dialog came:
// until typing pauses. ev is nil for what is no key.
func (t *Typing) Elsewhere(sh Shell, top any, ev *tcell.EventKey) bool {
	if t.guarded == nil || t.guarded != top {
		return false
	}
	now := sh.Now()
	if leaves := ev != nil && (ev.Key() == tcell.KeyEsc || ev.Key() == tcell.KeyCtrlC); leaves ||
		now.Sub(t.last) >= typingPause {
		t.guarded = nil
		return false
	}
	t.last = now
	return true
}
