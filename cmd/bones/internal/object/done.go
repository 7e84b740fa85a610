package object

import (
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Done is one change that was carried out, of the commands that print nothing else: freeze, thaw, kill, undo.
type Done struct {
	Kind     string     `json:"kind"` // signal, freeze, set and so on, as in the history
	What     string     `json:"what"` // one line for people
	ByHand   string     `json:"by_hand"`
	Undoable bool       `json:"undoable"` // bones undo takes it back
	Note     *text.Text `json:"note"`     // what else there is to know; null: nothing
}

// NewDone makes the object of an effect that was carried out, and of its outcome.
func NewDone(e effect.Effect, out effect.Outcome) Done {
	d := Done{Kind: e.Kind(), What: e.Describe(), ByHand: e.ByHand(), Undoable: out.Inverse != nil}
	if out.Note != "" {
		note := text.New(out.Note)
		d.Note = &note
	}
	return d
}
