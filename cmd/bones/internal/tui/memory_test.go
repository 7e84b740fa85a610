package tui

import (
	"context"
	"runtime"
	"runtime/debug"
	"testing"

	"bones/procwalk"
)

// crowds is a source whose snapshots have as many rows as it is told.
type crowds struct{ n int }

func (c *crowds) Snapshot(context.Context, procwalk.Want) (*procwalk.Snapshot, error) {
	return &procwalk.Snapshot{Processes: make([]procwalk.Process, c.n)}, nil
}

func TestThriftySourceWaitsForTheCrowdToGo(t *testing.T) {
	c := &crowds{}
	s := &thriftySource{source: c}
	for _, step := range []struct{ n, due int }{
		{100, 0}, {90, 0}, {10_000, 0}, {9_000, 0}, {100, 2}, {100, 1}, {100, 0}, {100, 0}, {1_500, 0}, {700, 0}, {100, 2},
		{5_000, 0},
	} {
		c.n = step.n
		if _, err := s.Snapshot(context.Background(), 0); err != nil {
			t.Fatal(err)
		}
		if s.due != step.due {
			t.Errorf("with %d processes memory is due in %d snapshots, want %d", step.n, s.due, step.due)
		}
	}
}

// TestGarbageOfACrowd: of a large table little more is held than what is used, however many processes come and go.
func TestGarbageOfACrowd(t *testing.T) {
	before := debug.SetGCPercent(200)
	defer debug.SetGCPercent(before)
	c := &crowds{}
	s := &thriftySource{source: c}
	used := func(n int) float64 {
		c.n = n
		var kept [2]*procwalk.Snapshot
		highest := uint64(0)
		for i := range 40 {
			snap, err := s.Snapshot(context.Background(), 0)
			if err != nil {
				t.Fatal(err)
			}
			kept[i%2] = snap
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			highest = max(highest, m.HeapAlloc)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		runtime.KeepAlive(kept)
		return float64(highest) / float64(m.HeapAlloc)
	}
	if factor := used(20_000); factor > 3.5 {
		t.Errorf("the heap of a table of 20,000 processes is %.1f times what is used", factor)
	}
}
