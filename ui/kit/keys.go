package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
)

// Key is one line of the key table. Dispatch, footer and help are all made from it.
type Key struct {
	Keys    string // what is pressed, apart by blanks: "j Down", "^f PgDn", "F9 K"
	Action  string // a word or two for the footer
	Help    string // a phrase for the help page
	Changes bool   // it can change the system: not with --readonly
	Footer  bool   // it stands in the footer
	Off     string // why it cannot be used now; empty: it can
	Do      func()
}

// named are the keys that are not characters.
var named = map[string]tcell.Key{
	"Up": tcell.KeyUp, "Down": tcell.KeyDown, "Left": tcell.KeyLeft, "Right": tcell.KeyRight,
	"Home": tcell.KeyHome, "End": tcell.KeyEnd, "PgUp": tcell.KeyPgUp, "PgDn": tcell.KeyPgDn,
	"Enter": tcell.KeyEnter, "Esc": tcell.KeyEsc, "Tab": tcell.KeyTab, "Shift-Tab": tcell.KeyBacktab,
	"F1": tcell.KeyF1, "F2": tcell.KeyF2, "F3": tcell.KeyF3, "F4": tcell.KeyF4, "F5": tcell.KeyF5, "F6": tcell.KeyF6,
	"F7": tcell.KeyF7, "F8": tcell.KeyF8, "F9": tcell.KeyF9, "F10": tcell.KeyF10, "F11": tcell.KeyF11, "F12": tcell.KeyF12,
}

// pressed reports whether the event is the key that is called name.
func pressed(ev *tcell.EventKey, name string) bool {
	if k, ok := named[name]; ok {
		return ev.Key() == k
	}
	if name == "Space" {
		return ev.Key() == tcell.KeyRune && ev.Rune() == ' '
	}
	if len(name) == 2 && name[0] == '^' {
		return ev.Key() == tcell.KeyCtrlA+tcell.Key(name[1]-'a')
	}
	return ev.Key() == tcell.KeyRune && ev.Modifiers()&(tcell.ModAlt|tcell.ModCtrl|tcell.ModMeta) == 0 && string(ev.Rune()) == name
}

// event makes the event of pressing a key: the other direction, for tests and for the mouse.
func event(name string) *tcell.EventKey {
	if k, ok := named[name]; ok {
		return tcell.NewEventKey(k, 0, tcell.ModNone)
	}
	if name == "Space" {
		return tcell.NewEventKey(tcell.KeyRune, ' ', tcell.ModNone)
	}
	if len(name) == 2 && name[0] == '^' {
		return tcell.NewEventKey(tcell.KeyCtrlA+tcell.Key(name[1]-'a'), 0, tcell.ModCtrl)
	}
	return tcell.NewEventKey(tcell.KeyRune, []rune(name)[0], tcell.ModNone)
}

// find returns the line of the table that the event belongs to, or nil.
func find(table []Key, ev *tcell.EventKey) *Key {
	for i := range table {
		for name := range strings.FieldsSeq(table[i].Keys) {
			if pressed(ev, name) {
				return &table[i]
			}
		}
	}
	return nil
}
