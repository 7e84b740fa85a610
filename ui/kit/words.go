package kit

import "strings"

// Word is one line of the table of words that the palette knows beside the actions of the key table: those that take
// an argument, and a few short names. Dispatch, completion and help are all made from it.
type Word struct {
	Words   string // what is typed; other names for it apart by blanks
	Args    string // what may follow: "NAME"
	Help    string // a phrase for the help page
	Action  string // of the key table, if it is another name for that
	Changes bool   // it can change the system: not with --readonly
	Off     string // why it cannot be used now; empty: it can
	Do      func(rest string)
	Offers  func(rest string) []Item // what the last word of rest can become; may be nil
}

// WhyOff returns why a word cannot be used, or "". locked is why nothing may be changed; empty: it may.
func (w *Word) WhyOff(locked string) string { return whyOff(w.Changes, w.Off, locked) }

func whyOff(changes bool, off, locked string) string {
	if changes && locked != "" {
		return locked
	}
	return off
}

// FindWord returns the line of the table with this word, or nil.
func FindWord(table []Word, name string) *Word {
	for i := range table {
		for w := range strings.FieldsSeq(table[i].Words) {
			if w == name {
				return &table[i]
			}
		}
	}
	return nil
}
