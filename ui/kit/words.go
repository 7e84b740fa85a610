package ui

import (
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk/text"
	"bones/ui/rows"
)

// Word is one line of the table of words that the palette knows beside the actions of the key table: those that take an
// argument, and a few short names. Dispatch, completion and help are all made from it.
type Word struct {
	Words   string // what is typed; other names for it apart by blanks
	Args    string // what may follow: "NAME"
	Help    string // a phrase for the help page
	Action  string // of the key table, if it is another name for that
	Changes bool   // it can change the system: not with --readonly
	Off     string // why it cannot be used now; empty: it can
	Do      func(rest string)
	Offers  func(rest string) []menuItem // what the last word of rest can become; may be nil
}

// commander is a View with words of its own for the palette.
type commander interface {
	Words() []Word
}

// off returns why a word cannot be used, or "".
func (w *Word) off(locked string) string { return whyOff(w.Changes, w.Off, locked) }

func whyOff(changes bool, off, locked string) string {
	if changes && locked != "" {
		return locked
	}
	return off
}

// allWords returns the whole table: those of the view first, which may have its own meaning for one.
func (u *UI) allWords() []Word {
	var list []Word
	if v, ok := u.view().(commander); ok {
		list = v.Words()
	}
	return append(list, u.globalWords()...)
}

// findWord returns the line of the table with this word, or nil.
func findWord(table []Word, name string) *Word {
	for i := range table {
		for w := range strings.FieldsSeq(table[i].Words) {
			if w == name {
				return &table[i]
			}
		}
	}
	return nil
}

// command carries out a line as it was typed: a PID, a word with what follows, or an action by its name.
func (u *UI) command(line string) {
	line = strings.TrimSpace(line)
	word, rest, _ := strings.Cut(line, " ")
	if word == "" {
		return
	}
	if pid, err := strconv.ParseUint(word, 10, 31); err == nil {
		u.gotoPID(int(pid))
		return
	}
	if k := u.actionNamed(line); k != nil && rest != "" {
		u.act(k)
		return
	}
	if w := findWord(u.allWords(), word); w != nil {
		u.actWord(w, strings.TrimSpace(rest))
		return
	}
	if k := u.actionNamed(line); k != nil {
		u.act(k)
		return
	}
	u.say(rows.Warn, fmt.Sprintf("no command %q; :help shows what there is", text.New(word)))
}

// actionNamed returns the line of the key table with this action, or nil.
func (u *UI) actionNamed(name string) *Key {
	all := u.allKeys()
	for i := range all {
		if strings.EqualFold(all[i].Action, name) {
			return &all[i]
		}
	}
	return nil
}

// act does what a line of the key table is for, or says why it cannot be done now.
func (u *UI) act(k *Key) {
	if why := k.off(u.opt.ReadOnly); why != "" {
		u.say(rows.Warn, k.Action+": "+why)
		return
	}
	k.Do()
}

func (u *UI) actWord(w *Word, rest string) {
	if why := w.off(u.opt.ReadOnly); why != "" {
		name, _, _ := strings.Cut(w.Words, " ")
		u.say(rows.Warn, name+": "+why)
		return
	}
	w.Do(rest)
}
