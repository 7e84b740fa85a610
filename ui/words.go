package ui

import (
	"errors"
	"fmt"
	"strings"

	"bones/cgroupview/inventory"
	"bones/procwalk"
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

// command carries out a line as it was typed: a PID or another TARGET, a word with what follows, or an action by its name.
// A container that is called as a word is, is reached with name: alone.
func (u *UI) command(line string) {
	line = strings.TrimSpace(line)
	word, rest, _ := strings.Cut(line, " ")
	if word == "" {
		return
	}
	t, wrong := inventory.ParseTarget(word)
	if wrong != nil || t.Kind != inventory.ByWord && t.Kind != inventory.Self {
		u.gotoTarget(word)
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
	if p, err := u.process(line); err == nil && p != nil {
		u.gotoTarget(line)
		return
	}
	u.say(rows.Warn, fmt.Sprintf("no command %q; :help shows what there is", text.New(word)))
}

// process returns the process of the table that is shown that a TARGET stands for; nil if it is not in there.
func (u *UI) process(word string) (*procwalk.Process, error) {
	if u.frame == nil || u.frame.Snap == nil {
		return nil, errors.New("the process table has not been read yet")
	}
	t, err := inventory.ParseTarget(word)
	if err != nil {
		return nil, err
	}
	var p *procwalk.Process
	if pid, ok := t.Process(); ok {
		p = u.frame.Snap.Find(pid)
	} else if u.opt.Target != nil {
		id, err := u.opt.Target(t)
		if err != nil {
			return nil, err
		}
		p = u.frame.Snap.FindID(id)
	}
	return p, nil
}

// gotoTarget selects the process that a TARGET stands for in the present view.
func (u *UI) gotoTarget(word string) {
	p, err := u.process(word)
	switch {
	case err != nil:
		u.say(rows.Warn, sanitiseError(err))
		return
	case p == nil:
		u.say(rows.Warn, "there is no process "+text.Sanitise(word))
		return
	case !u.view().SetSubject(p.ID()):
		u.say(rows.Warn, fmt.Sprintf("PID %d is not shown here: it does not pass the filter (Esc takes that away)", p.PID))
		return
	}
	u.jumped = true
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
