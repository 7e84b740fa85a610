package object

import (
	"time"

	"bones/cmd/bones/internal/host"
	"bones/procwalk/text"
)

// HistoryEntry is one change of the journal, as `bones history --json` prints it.
type HistoryEntry struct {
	N        int       `json:"n"`        // its number, which bones undo takes, and which no other change ever gets
	Time     time.Time `json:"time"`     // when it was begun
	Kind     string    `json:"kind"`     // signal, freeze, set and so on
	What     text.Text `json:"what"`     // one line for people
	ByHand   string    `json:"by_hand"`  // the command that does the same without bones
	UID      int       `json:"uid"`      // of the user who did it, on this host
	Result   string    `json:"result"`   // done, failed, unchanged (it was so already), undone, unfinished
	Error    text.Text `json:"error"`    // why it failed; empty: it did not
	Note     text.Text `json:"note"`     // what else there is to know; empty: nothing
	Undoable bool      `json:"undoable"` // bones undo takes it back
}

// NewHistoryEntry makes the object of a change.
func NewHistoryEntry(e *host.Entry) HistoryEntry {
	return HistoryEntry{N: e.N, Time: e.Time, Kind: e.Kind, What: e.What, ByHand: e.ByHand, UID: e.UID, Result: e.Result,
		Error: e.Error, Note: e.Note, Undoable: e.Undoable}
}
