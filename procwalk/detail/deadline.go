package detail

import (
	"context"
	"sync"
	"time"

	"bones/procwalk"
	"bones/procwalk/crash"
)

// Deadline runs reads that may hang, because they need a lock that the process itself can hold for ever. A read that
// takes too long is left behind with its goroutine and thread, of which there are only so many; the process that
// held it up is not tried again.
type Deadline struct {
	limit time.Duration
	max   int

	mu     sync.Mutex
	stuck  map[procwalk.ID]bool
	behind int // reads under way, those left behind included
}

// NewDeadline returns a Deadline that lets each read take as long as limit, and leaves behind max of them at most.
func NewDeadline(limit time.Duration, max int) *Deadline {
	return &Deadline{limit: limit, max: max, stuck: map[procwalk.ID]bool{}}
}

// Within runs read and returns what it returns, or procwalk.ErrStuck if that takes too long, if the process got stuck
// before, or if too many reads hang already. It returns the context's error if that ends first: the read is left
// behind then too, but not held against the process.
//
// A read that is left behind still runs: it must own everything that it uses, descriptors above all. release is
// called once, when the read has come back or is not begun at all.
func Within[T any](ctx context.Context, d *Deadline, id procwalk.ID, read func() T, release func()) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		release()
		return none, err
	}
	if !d.admit(id) {
		release()
		return none, procwalk.ErrStuck
	}
	done := make(chan T, 1)
	crash.Go(func() {
		value := read()
		release()
		d.back()
		done <- value
	})
	timer := time.NewTimer(d.limit)
	defer timer.Stop()
	select {
	case value := <-done:
		return value, nil
	case <-ctx.Done():
		return none, ctx.Err()
	case <-timer.C:
	}
	select {
	case value := <-done: // just in time
		return value, nil
	default:
	}
	d.mu.Lock()
	d.stuck[id] = true
	d.mu.Unlock()
	return none, procwalk.ErrStuck
}

// admit counts a read in. Those under way count like those left behind: any of them may turn out to hang.
func (d *Deadline) admit(id procwalk.ID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stuck[id] || d.behind >= d.max {
		return false
	}
	d.behind++
	return true
}

func (d *Deadline) back() {
	d.mu.Lock()
	d.behind--
	d.mu.Unlock()
}

// Behind returns how many reads are under way, those that hang included.
func (d *Deadline) Behind() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.behind
}
