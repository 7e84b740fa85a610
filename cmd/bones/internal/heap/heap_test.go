package heap

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"

	"bones/procwalk/proctest"
)

// TestPercent: a small heap is left alone until it has grown to what is free, a large one grows by its share.
func TestPercent(t *testing.T) {
	p := &Pacer{free: 40 << 20, share: 50}
	for _, c := range []struct {
		live uint64
		want int
	}{{1 << 20, 3900}, {10 << 20, 300}, {20 << 20, 100}, {30 << 20, 50}, {40 << 20, 50}, {1 << 30, 50}, {0, 32767}} {
		if got := p.percent(c.live); got != c.want {
			t.Errorf("%d bytes in use: %d percent, want %d", c.live, got, c.want)
		}
	}
}

// TestPacer: while garbage is made beside 64 MiB in use, the heap is never to grow to much more than half as much
// again. With the percentage that commands begin with it would be to grow to five times as much.
func TestPacer(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	p := Start(16<<20, 50)
	defer p.Stop()
	used := make([][]byte, 64)
	for i := range used {
		used[i] = make([]byte, 1<<20)
	}
	goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	proctest.Until(t, "the collector has the pace of a heap of 64 MiB", func() bool {
		runtime.GC()
		metrics.Read(goal)
		return goal[0].Value.Uint64() < 110<<20
	})
	runtime.KeepAlive(used)

	p.Stop()
	debug.SetGCPercent(77)
	for range 3 {
		runtime.GC()
	}
	if got := debug.SetGCPercent(77); got != 77 {
		t.Errorf("a pacer that was stopped set the pace to %d", got)
	}
}

// TestPacerGivesBack: after Stop the collector has the pace that Start found, in a program that goes on to do other
// things; but whoever has set one in between keeps it.
func TestPacerGivesBack(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(66))
	p := Start(16<<20, 50)
	runtime.GC()
	p.Stop()
	if got := debug.SetGCPercent(66); got != 66 {
		t.Errorf("the pace before was 66, and after a pacer was stopped it is %d", got)
	}
	p = Start(16<<20, 50)
	debug.SetGCPercent(77)
	p.Stop()
	if got := debug.SetGCPercent(66); got != 77 {
		t.Errorf("somebody has set the pace to 77, and after a pacer was stopped it is %d", got)
	}
}

// TestPacerGivesWay: whoever sets a pace of his own has it, although another pacer was never stopped.
func TestPacerGivesWay(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	first := Start(16<<20, 50)
	runtime.GC()
	debug.SetGCPercent(77)
	proctest.Until(t, "the pacer has seen it", func() bool {
		runtime.GC()
		first.mu.Lock()
		defer first.mu.Unlock()
		return first.over
	})
	if got := debug.SetGCPercent(77); got != 77 {
		t.Errorf("the pace is %d", got)
	}
}
