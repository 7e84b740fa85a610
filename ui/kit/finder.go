package kit

import (
	"strings"

	"bones/ui/rows"
)

// Finder goes to rows by a text that they hold: what F3, n and N do in a view whose filter is not a language of its
// own.
type Finder struct {
	Shell Shell
	// Rows are those of the table with the focus: which one is selected, how many there are, and the words that each of
	// them is found by, the first of which is its name. It is asked anew for each step.
	Rows func() (at, count int, words func(row int) []string)
	GoTo func(row int)
	// More has rows read that are not there yet, in the background, and MoreRead is called when they are; nil: all are
	// there.
	More func()
	// Here remembers the selected row, and returns what tells where it is by then; nil: rows keep their positions.
	Here func() (row func() int)

	sought  string
	typed   string     // what the user is typing, or has typed last
	from    func() int // where the user was before
	waiting bool       // for more rows
	missed  bool       // it was not found in the rows that there were
	asking  bool       // the user has not pressed Enter yet
	keys    int        // Shell.Keys when the user pressed Enter
	unseen  string     // what there is that was not searched, to go on with behind "not found"
}

// Keys are the keys of it.
func (f *Finder) Keys(what string) []Binding {
	return []Binding{
		{Keys: "F3", Action: "find", Help: "find " + what + " that holds a text; one whose name is the text, or begins " +
			"with it, comes first", Do: f.Ask},
		{Keys: "n", Action: "next", Help: "find the next one", Do: func() { f.Next(1) }},
		{Keys: "N", Action: "previous", Help: "find the previous one", Do: func() { f.Next(-1) }},
	}
}

// Ask goes to the best row while the user types; Esc goes back to where it began.
func (f *Finder) Ask() {
	at, _, _ := f.Rows()
	f.from = func() int { return at }
	if f.Here != nil {
		f.from = f.Here()
	}
	f.typed, f.missed, f.asking, f.unseen = "", false, true, ""
	if f.waiting = f.More != nil; f.waiting {
		f.More()
	}
	f.Shell.Ask(Question{Label: "find: ", Typed: func(s string) string {
		f.typed = s
		if f.seek(); f.missed && !f.waiting {
			return f.notFound()
		}
		return ""
	}, Accept: func(s string) {
		f.asking, f.keys = false, f.Shell.Keys()
		if s == "" {
			return
		}
		f.sought = s
		if f.missed && !f.waiting {
			f.Shell.Notice(rows.Warn, f.notFound())
		}
	}, Cancel: func() {
		f.missed = false
		f.GoTo(f.from())
	}})
}

// seek goes to the best row for what was typed, or for nothing to where the user was before.
func (f *Finder) seek() {
	at := f.from()
	if f.typed != "" {
		at = f.best(at, f.typed)
	}
	if f.missed = at < 0; !f.missed {
		f.GoTo(at)
	}
}

// Waits reports whether more rows are to be read.
func (f *Finder) Waits() bool { return f.waiting }

// MoreRead says that the rows are there that More was called for: what was not found is searched for in them, unless
// the user has gone on to something else. unseen goes on behind "not found": what was not read; empty: all was.
func (f *Finder) MoreRead(unseen string) {
	if !f.waiting {
		return
	}
	f.waiting, f.unseen = false, unseen
	if !f.missed || !f.asking && f.Shell.Keys() != f.keys {
		return
	}
	if f.seek(); f.missed {
		f.Shell.Notice(rows.Warn, f.notFound())
	}
}

func (f *Finder) notFound() string { return "not found" + f.unseen }

// best is the row whose name is the text, else the first one whose name begins with it, else the next one from a row
// on that holds it; -1: none does.
func (f *Finder) best(from int, s string) int {
	low := strings.ToLower(s)
	_, count, words := f.Rows()
	begins := -1
	for row := range count {
		list := words(row)
		if len(list) == 0 {
			continue
		}
		name := strings.ToLower(list[0])
		if name == low {
			return row
		}
		if begins < 0 && strings.HasPrefix(name, low) {
			begins = row
		}
	}
	if begins >= 0 {
		return begins
	}
	for n := range count {
		if row := (from + n) % count; holds(words(row), low) {
			return row
		}
	}
	return -1
}

func holds(words []string, low string) bool {
	for _, w := range words {
		if strings.Contains(strings.ToLower(w), low) {
			return true
		}
	}
	return false
}

// Next goes to the next or previous row that holds what was searched for, around the end.
func (f *Finder) Next(step int) {
	if f.sought == "" {
		f.Shell.Notice(rows.Dim, "you have not searched for anything yet: "+f.Shell.KeyFor("find"))
		return
	}
	at, count, words := f.Rows()
	for n := range count {
		row := ((at+step*(n+1))%count + count) % count
		if holds(words(row), strings.ToLower(f.sought)) {
			f.GoTo(row)
			return
		}
	}
	f.Shell.Notice(rows.Warn, f.notFound())
}
