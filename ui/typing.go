package ui

import (
	"time"

	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// typing keeps keys from doing what they were not meant for: those that are typed on after one that does nothing here,
// as the rest of a word is, and those that were under way when a question came up late.
type typing struct {
	keys int  // that were pressed so far
	late bool // what is opened now was asked for before the last key

	straying bool      // a key did nothing, and typing has not paused since
	guarded  any       // the dialog or prompt that came late; nil: none
	last     time.Time // when the last key came that was not taken
}

// typingPause is how long one pauses who does not go on typing. Words are typed faster.
const typingPause = 700 * time.Millisecond

// unknown says that a key does nothing here.
func (t *typing) unknown(u *UI, ev *tcell.EventKey) {
	s := kit.KeyName(ev) + " does nothing here"
	if ev.Key() == tcell.KeyRune {
		t.straying, t.last = true, u.opt.Now()
		s += ", nor what is typed right after it"
	}
	u.say(rows.Plain, s+"; "+u.keyFor("help")+" shows all keys")
}

// stray reports whether a key belongs to what was typed on after one that does nothing.
func (t *typing) stray(u *UI, ev *tcell.EventKey) bool {
	if !t.straying {
		return false
	}
	now := u.opt.Now()
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
	u.say(rows.Plain, kit.KeyName(ev)+" was typed right after a key that does nothing here, and is not taken; "+
		u.keyFor("help")+" shows all keys")
	return true
}

// opened notes that a dialog or a prompt came up, perhaps after the user went on to something else.
func (t *typing) opened(u *UI, what any) {
	if t.late {
		t.guarded, t.last = what, u.opt.Now()
		u.say(rows.Warn, "this was asked for before the last key: pause a moment, then answer, or Esc")
	}
}

// elsewhere reports whether what was pressed, pasted or clicked was meant for what was there before a dialog came:
// until typing pauses. ev is nil for what is no key.
func (t *typing) elsewhere(u *UI, top any, ev *tcell.EventKey) bool {
	if t.guarded == nil || t.guarded != top {
		return false
	}
	now := u.opt.Now()
	if leaves := ev != nil && (ev.Key() == tcell.KeyEsc || ev.Key() == tcell.KeyCtrlC); leaves ||
		now.Sub(t.last) >= typingPause {
		t.guarded = nil
		return false
	}
	t.last = now
	return true
}
