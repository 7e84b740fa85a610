package ui

import (
	"fmt"
	"strings"

	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// allWords returns the whole table: those of the view first, which may have its own meaning for one.
func (u *UI) allWords() []kit.Word {
	var list []kit.Word
	if v, ok := u.View().(kit.Commander); ok {
		list = v.Words()
	}
	return append(list, u.words...)
}

// command carries out a line as it was typed: a PID or another TARGET, a word with what follows, or an action by its
// name. A container that is called as a word is, is reached with name: alone.
func (u *UI) command(line string) {
	line = strings.TrimSpace(line)
	word, rest, _ := strings.Cut(line, " ")
	if word == "" {
		return
	}
	if !isWord(word) {
		u.gotoTarget(word)
		return
	}
	if k := u.actionNamed(line); k != nil && rest != "" {
		u.act(k)
		return
	}
	if w := kit.FindWord(u.allWords(), word); w != nil {
		u.actWord(w, strings.TrimSpace(rest))
		return
	}
	if k := u.actionNamed(line); k != nil {
		u.act(k)
		return
	}
	if _, err := u.process(line); err == nil {
		u.gotoTarget(line)
		return
	}
	u.say(rows.Warn, fmt.Sprintf("no command %q; :help shows all of them", text.New(word)))
}

// actionNamed returns the line of the key table with this action, or nil.
func (u *UI) actionNamed(name string) *kit.Binding { return bindingOf(u.allKeys(), name) }

func bindingOf(all []kit.Binding, name string) *kit.Binding {
	for i := range all {
		if strings.EqualFold(all[i].Action, name) {
			return &all[i]
		}
	}
	return nil
}

// act does what a line of the key table is for, or says why it cannot be done now.
func (u *UI) act(k *kit.Binding) {
	if why := k.WhyOff(u.locked()); why != "" {
		u.say(rows.Warn, k.Action+": "+why)
		return
	}
	k.Do()
}

func (u *UI) actWord(w *kit.Word, rest string) {
	if why := w.WhyOff(u.locked()); why != "" {
		name, _, _ := strings.Cut(w.Words, " ")
		u.say(rows.Warn, name+": "+why)
		return
	}
	w.Do(rest)
}
