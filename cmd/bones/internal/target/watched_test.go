package target

import (
	"errors"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/proctest"
)

// TestWatchedExpires: what was found is said so many times, and for so long, and only while the process lives:
// somebody who looks once a minute does not see the name that a container had eight minutes ago.
func TestWatchedExpires(t *testing.T) {
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 5, Start: 50})
	f := Finder{Proc: tree.Root}
	shop, err := inventory.ParseTarget("shop")
	if err != nil {
		t.Fatal(err)
	}
	other, err := inventory.ParseTarget("other")
	if err != nil {
		t.Fatal(err)
	}
	now, lives := time.Now(), procwalk.ID{PID: 5, Start: 50}
	for name, c := range map[string]struct {
		w    watched
		of   inventory.Target
		want bool
	}{
		"just now":          {watched{backing: lives, times: 1, found: now}, shop, true},
		"some seconds ago":  {watched{backing: lives, times: 8, found: now.Add(-7 * time.Second)}, shop, true},
		"a minute ago":      {watched{backing: lives, times: 8, found: now.Add(-time.Minute)}, shop, false},
		"many times":        {watched{backing: lives, found: now}, shop, false},
		"of another":        {watched{backing: lives, times: 8, found: now}, other, false},
		"its process ended": {watched{backing: procwalk.ID{PID: 5, Start: 49}, times: 8, found: now}, shop, false},
	} {
		c.w.target = shop
		if got := c.w.holds(f, c.of, now); got != c.want {
			t.Errorf("%s: it holds: %v", name, got)
		}
	}
}

// TestMergedSnapshotsLackWhatEachLacks: what could not be read of the processes that were read first is missing from
// both together.
func TestMergedSnapshotsLackWhatEachLacks(t *testing.T) {
	row := func(pid int) procwalk.Process { return procwalk.Process{Stat: procwalk.Stat{PID: pid}} }
	first, second := errors.New("too many open files"), errors.New("no memory")
	have := &procwalk.Snapshot{Processes: []procwalk.Process{row(1), row(7)}, Refused: 2, Short: 3, ShortErr: first,
		CutLines: 4, Vanished: 1}
	got := merged(have, &procwalk.Snapshot{Processes: []procwalk.Process{row(3)}, Refused: 10, Short: 20,
		ShortErr: second, CutLines: 30, Vanished: 40})
	if len(got.Processes) != 3 || got.Processes[1].PID != 3 {
		t.Errorf("the rows are %v", got.Processes)
	}
	if got.Refused != 12 || got.Short != 23 || got.ShortErr != first || got.CutLines != 34 || got.Vanished != 41 {
		t.Errorf("it lacks %+v", got)
	}
	got = merged(&procwalk.Snapshot{}, &procwalk.Snapshot{Short: 1, ShortErr: second})
	if got.Short != 1 || got.ShortErr != second {
		t.Errorf("of the second alone: %d, %v", got.Short, got.ShortErr)
	}
}
