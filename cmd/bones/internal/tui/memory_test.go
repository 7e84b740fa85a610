package tui

import (
	"context"
	"runtime"
	"runtime/debug"
	"testing"

	"bones/cmd/bones/internal/heap"
	"bones/procwalk"
	"bones/procwalk/proctest"
)

// crowds is a source whose snapshots have as many rows as it is told.
type crowds struct{ n int }

func (c *crowds) Snapshot(context.Context, procwalk.Request) (*procwalk.Snapshot, error) {
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
		if _, err := s.Snapshot(context.Background(), procwalk.Request{}); err != nil {
			t.Fatal(err)
		}
		if s.due != step.due {
			t.Errorf("with %d processes memory is due in %d snapshots, want %d", step.n, s.due, step.due)
		}
	}
}

// TestGarbageOfACrowd: little more is held than what is used, of a large table, however many processes come and go,
// and of a small one when much is kept of the past.
func TestGarbageOfACrowd(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, of := range []struct {
		processes, past int
		most            float64
	}{{20_000, 0, 3.5}, {200, 40 << 20, 1.8}} {
		past := make([][]byte, of.past>>10)
		for i := range past {
			past[i] = make([]byte, 1<<10)
		}
		pacer := heap.Start(freeHeap, heapShare)
		c := &crowds{of.processes}
		s := &thriftySource{source: c}
		used := func() (uint64, uint64) {
			var kept [2]*procwalk.Snapshot
			highest := uint64(0)
			for i := range 20 * 20_000 / of.processes { // some collections
				kept[i%2], _ = s.Snapshot(context.Background(), procwalk.Request{})
				if i%8 == 0 {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					highest = max(highest, m.HeapAlloc)
				}
			}
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			runtime.KeepAlive(kept)
			return highest, m.HeapAlloc
		}
		runtime.GC()
		proctest.Until(t, "the heap has its pace", func() bool {
			highest, live := used()
			factor := float64(highest) / float64(live)
			t.Logf("%+v: the heap is %.2f times what is used, %d MiB", of, factor, live>>20)
			return factor < of.most
		})
		pacer.Stop()
		runtime.KeepAlive(past)
	}
}
