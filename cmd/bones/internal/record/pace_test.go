package record

import (
	"testing"
	"time"
)

// TestHistoryPace: a large table is kept less often, and ten minutes of it still have many moments.
func TestHistoryPace(t *testing.T) {
	for n, want := range map[int]time.Duration{0: 2 * time.Second, 2000: 2 * time.Second, 5000: 5 * time.Second,
		100_000: 10 * time.Second} {
		if got := historyPace(n); got != want {
			t.Errorf("%d processes are kept every %v, want %v", n, got, want)
		}
	}
}
