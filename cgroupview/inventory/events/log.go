package events

import (
	"slices"
	"sync"
)

// LogMax is how many events a Log holds.
const LogMax = 20_000

// Log holds events in the order of time, for several goroutines. When it is full, those that happen all the time go
// first, the oldest of them.
type Log struct {
	mu      sync.Mutex
	list    []Event // never changed but by appending, so that what was handed out stays what it was
	version int
	dropped int
	notes   []string
}

// Add takes events, in any order.
func (l *Log) Add(list ...Event) {
	if len(list) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version++
	last := len(l.list) - 1
	inOrder := slices.IsSortedFunc(list, func(a, b Event) int { return a.Time.Compare(b.Time) }) &&
		(last < 0 || !list[0].Time.Before(l.list[last].Time))
	if inOrder {
		l.list = append(l.list, list...)
	} else {
		l.list = slices.Concat(l.list, list)
		Sort(l.list)
	}
	if len(l.list) > LogMax {
		l.shrink()
	}
}

// shrink drops a quarter: first what is common, then whatever is the oldest.
func (l *Log) shrink() {
	drop := len(l.list) - LogMax*3/4
	kept := make([]Event, 0, LogMax)
	left := drop
	for i := range l.list {
		if left > 0 && l.list[i].Kind.Common() {
			left--
			continue
		}
		kept = append(kept, l.list[i])
	}
	kept = kept[left:]
	l.dropped += drop
	l.list = kept
}

// Note adds a line about what the log does not have.
func (l *Log) Note(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version++
	l.notes = append(l.notes, line)
}

// All are the events that there are, which nobody may change, a number that grows with each change, how many were
// dropped for want of room, and what else is not there.
func (l *Log) All() (list []Event, version, dropped int, notes []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list[:len(l.list):len(l.list)], l.version, l.dropped, slices.Clone(l.notes)
}
