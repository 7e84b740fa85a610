package kit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"bones/procwalk/text"

	"github.com/gdamore/tcell/v2"
)

// Binding is one line of the key table: keys and what they do. What is dispatched, the footer, the help page, the
// palette and the manual page are all made from it. Keys that work everywhere stand in ui/keytable.go, those of a
// view in its Keys.
type Binding struct {
	Keys    string // what is pressed, apart by blanks: "j Down", "^f PgDn", "F9 K"
	Action  string // a word or two for the footer
	Help    string // a phrase for the help page
	Changes bool   // it can change the system: not with --readonly
	Footer  bool   // it stands in the footer
	Off     string // why it cannot be used now; empty: it can
	Do      func()
	// Word is a word of the palette that does the same; Off and Do are taken from there.
	Word string
}

// WhyOff returns why a key cannot be used, or "". locked is why nothing may be changed; empty: it may.
func (b *Binding) WhyOff(locked string) string { return whyOff(b.Changes, b.Off, locked) }

// OffIf is for Off: why, if something is missing.
func OffIf(missing bool, why string) string {
	if missing {
		return why
	}
	return ""
}

// MoveKeys are the keys that move a cursor, the same in every view. move goes by a number of rows, moveTo to a row,
// both to the first or last one at most; page is how many rows a page is. table is the one with the focus.
func MoveKeys(move, moveTo func(int), table func() *Table) []Binding {
	page := func() int { return table().PageStep() }
	return []Binding{
		{Keys: "j Down", Action: "down", Help: "next row", Do: func() { move(1) }},
		{Keys: "k Up", Action: "up", Help: "previous row", Do: func() { move(-1) }},
		{Keys: "g Home", Action: "top", Help: "first row", Do: func() { moveTo(0) }},
		{Keys: "G End", Action: "end", Help: "last row", Do: func() { moveTo(far) }},
		{Keys: "^f PgDn", Action: "page", Help: "next page", Do: func() { move(page()) }},
		{Keys: "^b PgUp", Action: "page up", Help: "previous page", Do: func() { move(-page()) }},
		{Keys: "Shift-Right ^e", Action: "scroll right", Help: "scroll the widest column, to read what is cut at its end",
			Do: func() { table().Sideways(1) }},
		{Keys: "Shift-Left ^a", Action: "scroll left", Help: "scroll it back", Do: func() { table().Sideways(-1) }},
	}
}

// far is beyond the end of whatever there is.
const far = 1 << 30

// ScrollBy says by how many lines a key scrolls text of which page lines are in view. It reports false if the key is
// not for that.
func ScrollBy(ev *tcell.EventKey, page int) (lines int, ok bool) {
	page = max(page-1, 1)
	for _, k := range []struct {
		names string
		lines int
	}{{"j Down", 1}, {"k Up", -1}, {"^f PgDn Space", page}, {"^b PgUp", -page}, {"g Home", -far}, {"G End", far}} {
		if PressedAny(ev, k.names) {
			return k.lines, true
		}
	}
	return 0, false
}

// named are the keys that are not characters.
var named = map[string]tcell.Key{
	"Up": tcell.KeyUp, "Down": tcell.KeyDown, "Left": tcell.KeyLeft, "Right": tcell.KeyRight,
	"Home": tcell.KeyHome, "End": tcell.KeyEnd, "PgUp": tcell.KeyPgUp, "PgDn": tcell.KeyPgDn,
	"Enter": tcell.KeyEnter, "Esc": tcell.KeyEsc, "Tab": tcell.KeyTab, "Shift-Tab": tcell.KeyBacktab,
	"F1": tcell.KeyF1, "F2": tcell.KeyF2, "F3": tcell.KeyF3, "F4": tcell.KeyF4, "F5": tcell.KeyF5, "F6": tcell.KeyF6,
	"F7": tcell.KeyF7, "F8": tcell.KeyF8, "F9": tcell.KeyF9, "F10": tcell.KeyF10,
	"F11": tcell.KeyF11, "F12": tcell.KeyF12,
}

// Pressed reports whether the event is the key that is called name.
func Pressed(ev *tcell.EventKey, name string) bool {
	if plain, ok := strings.CutPrefix(name, "Shift-"); ok && name != "Shift-Tab" {
		return ev.Key() == named[plain] && ev.Modifiers()&tcell.ModShift != 0
	}
	if k := ev.Key(); ev.Modifiers()&tcell.ModShift != 0 && (k == tcell.KeyLeft || k == tcell.KeyRight) {
		return false
	}
	if k, ok := named[name]; ok {
		return ev.Key() == k
	}
	if name == "Space" {
		return ev.Key() == tcell.KeyRune && ev.Rune() == ' '
	}
	if len(name) == 2 && name[0] == '^' {
		return ev.Key() == tcell.KeyCtrlA+tcell.Key(name[1]-'a')
	}
	const modified = tcell.ModAlt | tcell.ModCtrl | tcell.ModMeta
	return ev.Key() == tcell.KeyRune && ev.Modifiers()&modified == 0 && string(ev.Rune()) == name
}

// PressedAny reports whether the event is one of several keys, whose names stand apart by blanks.
func PressedAny(ev *tcell.EventKey, names string) bool {
	for name := range strings.FieldsSeq(names) {
		if Pressed(ev, name) {
			return true
		}
	}
	return false
}

// Event makes the event of pressing a key: the other direction, for tests.
func Event(name string) *tcell.EventKey {
	if plain, ok := strings.CutPrefix(name, "Shift-"); ok && name != "Shift-Tab" {
		return tcell.NewEventKey(named[plain], 0, tcell.ModShift)
	}
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

// KeyName is what a key is called in the key table, safe to print; of one that cannot stand there what tcell calls it.
func KeyName(ev *tcell.EventKey) string {
	k := ev.Key()
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if Pressed(ev, name) {
			return name
		}
	}
	switch {
	case Pressed(ev, "Space"):
		return "Space"
	case k == tcell.KeyRune && ev.Modifiers()&(tcell.ModAlt|tcell.ModMeta) != 0:
		return "Alt-" + text.Sanitise(string(ev.Rune()))
	case k == tcell.KeyRune:
		return text.Sanitise(string(ev.Rune()))
	case k >= tcell.KeyCtrlA && k <= tcell.KeyCtrlZ:
		return "^" + string(rune('a'+k-tcell.KeyCtrlA))
	}
	return text.Sanitise(ev.Name())
}

// FindBinding returns the line of the table that the event belongs to, or nil.
func FindBinding(table []Binding, ev *tcell.EventKey) *Binding {
	for i := range table {
		if PressedAny(ev, table[i].Keys) {
			return &table[i]
		}
	}
	return nil
}

// BadKey says why there is no key of this name, or "".
func BadKey(name string) string {
	if _, ok := named[name]; ok || name == "Space" || name == "Shift-Left" || name == "Shift-Right" {
		return ""
	}
	switch {
	case len(name) == 2 && name[0] == '^' && name[1] >= 'a' && name[1] <= 'z':
		switch name {
		case "^i":
			return "to a terminal ^i is Tab"
		case "^m":
			return "to a terminal ^m is Enter"
		}
		return ""
	case len([]rune(name)) == 1 && text.Sanitise(name) == name && Width(name) > 0:
		return ""
	}
	return fmt.Sprintf("there is no key %q; keys are characters, ^a to ^z, F1 to F12, Up, Down, Left, Right, "+
		"Shift-Left, Shift-Right, Home, End, PgUp, PgDn, Tab, Shift-Tab, Space", text.New(name))
}
