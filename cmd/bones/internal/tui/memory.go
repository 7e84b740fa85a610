package tui

import (
	"context"
	"runtime/debug"

	"bones/procwalk"
)

// thriftySource gives memory back after a crowd of processes has gone. The garbage collector would wait until as much
// is allocated again, which a table that has become small takes minutes for.
type thriftySource struct {
	source procwalk.Source
	pace   int // of the garbage collector, as it was set last
	most   int // the most processes in a snapshot since the last crowd left
	due    int // in how many snapshots memory is given back; 0: not
}

// pace is how much is allocated beside what is used before garbage is collected, in percent, for a table of so many
// processes. A snapshot is garbage as soon as the next one but one is there. Of a small table that is cheap against
// reading it; what a crowd of processes that come and go leaves behind would be most of the memory.
func pace(processes int) int {
	switch {
	case processes < 1000:
		return 200
	case processes < 3000:
		return 75
	}
	return 30
}

// crowd is how many fewer processes are worth the few milliseconds that it takes.
const crowd = 1000

// SetFresh implements procwalk.Fresher.
func (t *thriftySource) SetFresh(f procwalk.Fresh) {
	if s, ok := t.source.(procwalk.Fresher); ok {
		s.SetFresh(f)
	}
}

// Snapshot implements procwalk.Source.
func (t *thriftySource) Snapshot(ctx context.Context, want procwalk.Want) (*procwalk.Snapshot, error) {
	s, err := t.source.Snapshot(ctx, want)
	if err != nil {
		return s, err
	}
	n := len(s.Processes)
	if p := pace(n); p != t.pace {
		t.pace = p
		debug.SetGCPercent(p)
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
