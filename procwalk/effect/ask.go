package effect

import (
	"fmt"
	"time"
)

// Said is how far the user has already said that an effect is what they want.
type Said int

const (
	// Unsaid: bones planned the effect from something that the user typed or chose, and the user has not seen what
	// would happen. Whatever is risky is asked about. This is the zero value.
	Unsaid Said = iota
	// Typed: the user named the effect, but the few words may reach further than the user thinks, as `bones freeze web`
	// does. What is risky is asked about where somebody can be asked; a script has said it.
	Typed
	// Named: the user named exactly this effect, as `bones kill 1234` does, or saw and saved it in an editor. Only
	// what is grave is asked about.
	Named
	// Sure: the user said --yes. Nothing is asked.
	Sure
)

// Provenance is what Ask must know of an effect beside its risk: how the user came to it, and, where the effect takes
// back or makes again an earlier change, whose change that was. The zero value is that of an effect that is new.
type Provenance struct {
	Said Said
	// Change is the earlier change that the effect takes back or makes again; nil if the effect is a new one.
	Change *Earlier
}

// Earlier is a change that the journal holds.
type Earlier struct {
	N      int       // its permanent number in the history
	Time   time.Time // when it was made
	User   string    // who made it, safe to print: "eve (uid 1000)"
	PID    int       // of the bones that made it
	Ours   bool      // the same user made it as would take it back
	Here   bool      // this very process made it: the user has just seen it happen
	Redone bool      // the effect makes the change again that was taken back, rather than taking it back
}

// From is implemented by an effect that knows its provenance.
type From interface{ Provenance() Provenance }

// ProvenanceOf returns the provenance that an effect itself knows, with what the user has said; that of a new effect
// if it knows none.
func ProvenanceOf(e Effect, said Said) Provenance {
	var p Provenance
	if f, ok := e.(From); ok {
		p = f.Provenance()
	}
	p.Said = max(p.Said, said)
	return p
}

// Question is what must be asked before an effect is carried out.
type Question struct {
	Level  Level    // Confirm: yes or no, with no as the default. Grave: the word Word has to be typed
	What   string   // what would be done and to whom, one line, safe to print
	Why    []string // why it is asked, one line each, safe to print
	Script bool     // where nobody can be asked the effect is carried out all the same: a script has named it
	NoUndo string   // why there is no way back; empty if there is one, or if no reason is known
	ByHand string   // the command that does the same
}

// Word is the word that the user has to type before a grave effect is carried out.
const Word = "yes"

// Ask decides who is asked before an effect is carried out, and what: the one place for the commands and the terminal
// UI. It returns false where nothing has to be asked. It neither reads nor changes anything.
//
// A risky effect is asked about unless the user has named it, a grave one always, and nothing after --yes. To take
// back a change that this process made needs no question of its own unless it is grave: the user saw it happen. One
// that is older is asked about where the user has not named it, and one of another user always, with its time, its
// author and what would be done, which comes from the effect and never from the journal's words.
func Ask(e Effect, p Provenance) (Question, bool) {
	risk := e.Risk()
	level, c := risk.Level, p.Change
	switch {
	case p.Said >= Sure:
		return Question{}, false
	case c != nil && !c.Ours, c != nil && !c.Here && p.Said < Named:
		level = max(level, Confirm)
	case level == Confirm && (p.Said == Named || c != nil && c.Here):
		level = Safe
	}
	if level == Safe {
		return Question{}, false
	}
	q := Question{Level: level, What: e.Describe(), ByHand: e.ByHand(), Script: p.Said == Typed && level == Confirm &&
		c == nil}
	if risk.Why != "" {
		q.Why = append(q.Why, risk.Why)
	}
	if c != nil {
		q.Why = append(q.Why, c.String())
	}
	if u := e.Undo(); !u.Possible {
		q.NoUndo = u.Why
	}
	return q, true
}

// String says which change it is, who made it and when.
func (c *Earlier) String() string {
	verb := "takes back"
	if c.Redone {
		verb = "makes again"
	}
	with := "in this session"
	if !c.Here {
		with = fmt.Sprintf("with another bones (PID %d)", c.PID)
	}
	return fmt.Sprintf("this %s number %d of the history, which %s made on %s %s", verb, c.N, c.User,
		c.Time.Local().Format("2006-01-02 15:04:05"), with)
}
