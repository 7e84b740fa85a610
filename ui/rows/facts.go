// Package rows turns facts about processes into rows and cells. It is pure: no input, no output, no clock, no
// terminal. What it appends to a buffer is safe to show on one line of a terminal (see bones/procwalk/text).
package rows

import (
	"fmt"
	"time"

	"bones/cgroupview/inventory"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/rates"
	"bones/procwalk/text"
)

// Facts are two moments, and what was computed over them. They are never changed after they are made: all that a view
// shows comes from the same ones.
type Facts struct {
	Before, Now *inventory.Moment  // Before is nil for the first
	Snap        *procwalk.Snapshot // that of Now; nil if there is no table yet
	Tree        *procwalk.Tree
	Rates       []rates.Rate // per row of Snap; nil before there are two snapshots
	Known       []bool       // per row: whether Rates holds anything
	Host        HostFacts
}

// NewFacts computes what a Model needs about now, in O(n log n). before may be nil.
func NewFacts(before, now *inventory.Moment) Facts { return (&Facts{}).Next(before, now) }

// Next is NewFacts for whoever has made other facts just before: the forest is the same while nobody comes, goes or
// gets another parent.
func (f *Facts) Next(before, now *inventory.Moment) Facts {
	next := Facts{Before: before, Now: now, Snap: now.Snapshot, Tree: f.Tree, Host: hostFacts(before, now)}
	if f.Tree == nil || !sameForest(f.Snap.Processes, next.Snap.Processes) {
		next.Tree = procwalk.NewTree(next.Snap)
	}
	var old *procwalk.Snapshot
	if before != nil {
		old = before.Snapshot
	}
	next.Rates, next.Known = rates.Of(old, next.Snap)
	return next
}

func sameForest(before, now []procwalk.Process) bool {
	if len(before) != len(now) {
		return false
	}
	for i := range now {
		if p, was := &now[i], &before[i]; p.PID != was.PID || p.PPID != was.PPID || p.StartTime != was.StartTime {
			return false
		}
	}
	return true
}

// ContainerNames are what the container of a process may be called: the shortest name first, then the id. None: it is
// in no container, or nobody asked for containers.
func (f Facts) ContainerNames(p *procwalk.Process) []text.Text {
	if f.Now == nil || f.Now.Inventory == nil {
		return nil
	}
	return f.Now.Inventory.Names(p)
}

// Isolation is Inventory.Isolation for the containers that are known.
func (f Facts) Isolation(v *nsview.View, h nsview.Reference, tree *procwalk.Tree,
	p *procwalk.Process) [procwalk.NSTypes]nsview.Isolation {
	var x *inventory.Inventory
	if f.Now != nil {
		x = f.Now.Inventory
	}
	return x.Isolation(v, h, tree, p)
}

// SubjectName is what a process is called in a question: the container that it is in, else its number and name.
func (f Facts) SubjectName(id procwalk.ID) text.Text {
	p := f.Snap.FindID(id)
	if p == nil {
		return text.New(fmt.Sprintf("PID %d", id.PID))
	}
	if names := f.ContainerNames(p); len(names) > 0 {
		return text.New("container " + names[0].Raw())
	}
	return text.New(fmt.Sprintf("PID %d (%s)", p.PID, p.Comm.Raw()))
}

// Names are lookups of names for numbers. Each may be nil: the number is shown then, or nothing. They are called for
// every visible row of every frame, and must answer from memory.
type Names struct {
	User      func(uid uint32) string               // "": no such user
	TTY       func(p *procwalk.Process) string      // the controlling terminal without /dev/; "": not known
	Container func(p *procwalk.Process) []text.Text // what its container may be called: Facts.ContainerNames
}

// Thread is one thread of a process that is shown with its threads.
type Thread struct {
	TID   int
	Comm  text.Text
	State byte
	Ticks uint64 // CPU time, in clock ticks
	Start uint64
	At    time.Time // when it was read
	cpu   float64   // share of a processor since it was read before, see Model.SetThreads
	known bool      // it was read before
}

// RowKey is the identity of a row: a process, or with TID one of its threads.
type RowKey struct {
	ID  procwalk.ID
	TID int // 0: the process itself
}

// ID, Want and Fresh are those of procwalk, for ui/kit, which knows the packages below only by way of this one.
type (
	ID    = procwalk.ID
	Want  = procwalk.Want
	Fresh = procwalk.Fresh
)
