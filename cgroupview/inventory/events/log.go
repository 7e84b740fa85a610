package events

import (
	"slices"
	"sync"
	"unsafe"
)

// What a Log holds: so many events, and so many bytes of them with their texts. Those are command lines and paths,
// which whoever floods a host with processes makes long.
const (
	LogMax   = 20_000
	LogBytes = 6 << 20
)

// Log holds events in the order of time, for several goroutines. When it is full, those that happen all the time go
// first, the oldest of them.
type Log struct {
	mu      sync.Mutex
	list    []Event // never changed but by appending, so that what was handed out stays what it was
	bytes   int     // of the events of list, with their texts
	version int
	dropped int
	notes   []string
}

// Add adds events, which may come in any order.
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
	for i := range list {
		l.bytes += list[i].size()
	}
	if len(l.list) > LogMax || l.bytes > LogBytes {
		l.shrink()
	}
}

// size is about how many bytes an event takes. Texts that several events share count for each.
func (e *Event) size() int {
	n := int(unsafe.Sizeof(*e)) + e.Command.Len() + e.What.Len() + e.Group.Len() + len(e.Key) + e.Name.Len() + e.ID.Len()
	if e.Exit != nil {
		n += int(unsafe.Sizeof(*e.Exit))
	}
	return n
}

// shrink drops a quarter: first what is common, then whatever is the oldest.
func (l *Log) shrink() {
	gone := make([]bool, len(l.list))
	left := len(l.list)
	drop := func(may func(e *Event) bool) {
		for i := range l.list {
			if left <= LogMax*3/4 && l.bytes <= LogBytes*3/4 {
				return
			}
			if e := &l.list[i]; !gone[i] && may(e) {
				gone[i], left, l.bytes = true, left-1, l.bytes-e.size()
			}
		}
	}
	drop(func(e *Event) bool { return e.Kind.Common() })
	drop(func(*Event) bool { return true })
	kept := make([]Event, 0, left+left/4)
	for i := range l.list {
		if !gone[i] {
			kept = append(kept, l.list[i])
		}
	}
	l.dropped += len(l.list) - left
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
