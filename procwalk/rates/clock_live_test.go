package rates

import (
	"testing"
	"time"
	"unsafe"

	"bones/procwalk"
)

// monotonic returns a time of this run whose monotonic clock says so much more, and its wall clock the same.
func monotonic(t *testing.T, at time.Time, more time.Duration) time.Time {
	t.Helper()
	moved := at
	(*struct {
		wall uint64
		ext  int64
	})(unsafe.Pointer(&moved)).ext += int64(more)
	if moved.Sub(at) != more || !moved.Round(0).Equal(at.Round(0)) {
		t.Fatal("time.Time is made in another way than this test knows")
	}
	return moved
}

// TestClockSetOfLiveSnapshots: the times of snapshots that this program took have a monotonic clock as well, which
// stands still while the host sleeps, and goes on when the other clock is set.
func TestClockSetOfLiveSnapshots(t *testing.T) {
	start := time.Now()
	before := &procwalk.Snapshot{Taken: start, Uptime: 50 * time.Hour}
	for _, x := range []struct {
		name                  string
		wall, monotonic, boot time.Duration
		set                   bool
	}{
		{"as it should be", 5 * time.Second, 5 * time.Second, 5 * time.Second, false},
		{"slept for a night", 8 * time.Hour, 5 * time.Second, 8 * time.Hour, false},
		{"set forward", time.Hour, 5 * time.Second, 5 * time.Second, true},
		{"set back", -time.Hour, 5 * time.Second, 5 * time.Second, true},
		{"slept, and was set", 9 * time.Hour, 5 * time.Second, 8 * time.Hour, true},
	} {
		now := &procwalk.Snapshot{Taken: monotonic(t, start.Add(x.wall), x.monotonic-x.wall),
			Uptime: before.Uptime + x.boot}
		if got := ClockSet(before, now); got != x.set {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}
