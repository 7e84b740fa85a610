// Package rows turns facts about processes into rows and cells. It is pure: no input, no output, no clock, no
// terminal. What it appends to a buffer is safe to show on one line of a terminal (see bones/procwalk/text).
package rows

import (
	"bones/procwalk"
	"bones/procwalk/text"
)

// Facts are one snapshot and what was computed over it. They are never changed after they are made.
type Facts struct {
	Snap  *procwalk.Snapshot
	Tree  *procwalk.Tree
	Rates []procwalk.Rate // per row of Snap; nil before there are two snapshots
	Known []bool          // per row: whether Rates holds anything
}

// NewFacts computes what a Model needs about now, in O(n log n). old may be nil.
func NewFacts(old, now *procwalk.Snapshot) Facts {
	f := Facts{Snap: now, Tree: procwalk.NewTree(now)}
	f.Rates, f.Known = procwalk.Rates(old, now)
	return f
}

// Names are lookups of names for numbers. Each may be nil: the number is shown then, or nothing. They are called for
// every visible row of every frame, and must answer from memory.
type Names struct {
	User      func(uid uint32) string               // "": no such user
	TTY       func(p *procwalk.Process) string      // the controlling terminal without /dev/; "": not known
	Container func(p *procwalk.Process) []text.Text // what its container may be called: name, id; none: in none
}

// Thread is one thread of a process that is shown with its threads.
type Thread struct {
	TID   int
	Comm  text.Text
	State byte
	Ticks uint64 // CPU time, in clock ticks
	Start uint64
}

// Key is the identity of a row: a process, or with TID one of its threads.
type Key struct {
	ID  procwalk.ID
	TID int // 0: the process itself
}

// ID and Want are those of procwalk, for ui/kit, which knows the packages below only by way of this one.
type (
	ID   = procwalk.ID
	Want = procwalk.Want
)
