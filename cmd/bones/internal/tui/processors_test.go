package tui

import (
	"runtime"
	"testing"
)

// TestProcessors: a small table is read on one processor, a large one on all, and a number around the bound changes
// nothing. Whoever says with GOMAXPROCS how many there are to be has so many.
func TestProcessors(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	runtime.SetDefaultGOMAXPROCS()
	every := runtime.GOMAXPROCS(0)
	var p processors
	for i, c := range []struct{ processes, want int }{
		{100, 1}, {smallTable, 1}, {smallTable + 1, every}, {smallTable - 1, every}, {100, 1}, {smallTable - 1, 1},
	} {
		p.serve(c.processes)
		if got := runtime.GOMAXPROCS(0); got != c.want {
			t.Errorf("snapshot %d, of %d processes: %d processors, want %d", i, c.processes, got, c.want)
		}
	}
	t.Setenv("GOMAXPROCS", "3")
	runtime.GOMAXPROCS(3)
	p = processors{}
	for _, n := range []int{100, smallTable + 1, 100} {
		p.serve(n)
		if got := runtime.GOMAXPROCS(0); got != 3 {
			t.Errorf("GOMAXPROCS=3, %d processes: %d processors", n, got)
		}
	}
}
