package kit

import (
	"context"
	"fmt"

	"bones/procwalk/crash"
)

// Background is where work is done beside the event loop, so that keys and drawing never wait for the system.
type Background interface {
	// Run calls work in a goroutine, then what it returns in the event loop, and draws. What it returns may be nil.
	// ctx ends with the UI.
	Run(work func(ctx context.Context) (show func()))
	// Post calls show in the event loop, and draws; for work that has something to tell before it ends. It must not be
	// called from the event loop.
	Post(show func())
}

// Read is one read: it is called in a goroutine, and what it returns is called in the event loop, to take up what was
// read; nil: there is nothing to take up.
type Read func(ctx context.Context) (show func())

// Loader has one read under way at a time, however often it is asked: what is asked for meanwhile is read after that,
// and of several things only the one that was asked for last. A read that hangs holds up nothing but its like. K says
// what is read. A Loader belongs to the event loop.
type Loader[K comparable] struct {
	in    Background
	begin func(K) Read

	busy    bool
	waiting bool // next is to be read after what is under way
	reading K    // what is under way
	next    K

	cancel func() // ends the context of what is under way
	turn   int    // what is under way belongs to this one, and what was left to itself to one before
	left   int    // how many were left to themselves and have not come back
}

// mostLeft is how many reads that were left to themselves may be under way: each may hold a worker that hangs.
const mostLeft = 4

// NewLoader makes a loader. begin is called in the event loop when a read is to start: it takes what the read needs of
// the view, whose state the goroutine must not touch, and returns the read; nil: there is nothing to read.
func NewLoader[K comparable](in Background, begin func(K) Read) *Loader[K] {
	return &Loader[K]{in: in, begin: begin}
}

// Load asks for k. If k is being read, that is enough.
func (l *Loader[K]) Load(k K) {
	if l.busy && k == l.reading {
		l.waiting = false
		return
	}
	l.Reload(k)
}

// Reload asks for k as it is from now on: if k is being read, it is read once more after that.
func (l *Loader[K]) Reload(k K) {
	if l.busy {
		l.waiting, l.next = true, k
		return
	}
	read := l.begin(k)
	if read == nil {
		return
	}
	l.busy, l.reading = true, k
	own, cancel := context.WithCancel(context.Background())
	turn := l.turn
	l.cancel = cancel
	l.in.Run(func(ctx context.Context) func() {
		defer cancel()
		defer context.AfterFunc(ctx, crash.Guarded(cancel))()
		show := read(own)
		return func() { l.finished(turn, show) }
	})
}

// MakeWay lets k be read at once: what is under way, unless it is k, is left to itself. Its context ends, and what it
// brings is dropped. The error says that too many such reads hang; k then waits for its turn.
func (l *Loader[K]) MakeWay(k K) error {
	switch {
	case !l.busy || l.reading == k:
		return nil
	case l.left >= mostLeft:
		return fmt.Errorf("%d reads hang, and bones leaves no more of them to themselves: what you ask for is read when "+
			"one of them ends", l.left+1)
	}
	l.cancel()
	l.busy, l.waiting = false, false
	l.turn++
	l.left++
	return nil
}

// Busy reports whether a read is under way.
func (l *Loader[K]) Busy() bool { return l.busy }

func (l *Loader[K]) finished(turn int, show func()) {
	if turn != l.turn {
		l.left--
		return
	}
	l.busy = false
	if show != nil {
		show()
	}
	if l.waiting {
		l.waiting = false
		l.Reload(l.next)
	}
}
