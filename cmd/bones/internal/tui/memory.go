package tui

import (
	"context"
	"runtime/debug"

	"bones/cmd/bones/internal/heap"
	"bones/procwalk"
)

// thriftySource gives memory back after a crowd of processes has gone. The garbage collector would wait until as much
// is allocated again, which a table that has become small takes minutes for.
type thriftySource struct {
	source procwalk.Source
	most   int // the most processes in a snapshot since the last crowd left
	due    int // in how many snapshots memory is given back; 0: not
	spare  processors
	taken  int // how many snapshots
}

// The terminal UI stays for days, and what it reads again and again is garbage as soon as the next one but one is
// there: the heap may be freeHeap, or what is in use and heapShare of it. In use are the last snapshots, and what is
// kept of the past: up to its bounds, that is several times what is in use just after the start, and a share of three
// quarters or twice of it, which is cheap then, would be most of the memory.
const (
	freeHeap  = 16 << 20 // bytes
	heapShare = 30       // percent
)

// After so many snapshots, and then each time after so many, the pages of the program are unmapped: once nothing of
// the start is under way any more, and a millisecond in some minutes.
const (
	started      = 5
	programEvery = 300
)

// crowd is how many fewer processes are worth the few milliseconds that it takes.
const crowd = 1000

// Snapshot implements procwalk.Source.
func (t *thriftySource) Snapshot(ctx context.Context, r procwalk.Request) (*procwalk.Snapshot, error) {
	s, err := t.source.Snapshot(ctx, r)
	if err != nil {
		return s, err
	}
	n := len(s.Processes)
	t.spare.serve(n)
	if t.taken++; t.taken%programEvery == started {
		heap.UnmapProgram()
	}
	switch {
	case n > t.most:
		t.most, t.due = n, 0
	case n < t.most/2 && t.most-n > crowd:
		// The screen and the rates still use the snapshots before this one: wait until those have gone too.
		t.most, t.due = n, 3
	}
	if t.due > 0 {
		if t.due--; t.due == 0 {
			debug.FreeOSMemory()
		}
	}
	return s, nil
}
