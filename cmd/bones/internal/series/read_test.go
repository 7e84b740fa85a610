package series

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/recordtest"
	"bones/procwalk"
)

// TestStepsOutsideTheRecording: only steps that the recording can have are counted against the bound; those before and
// after it are told to be without a moment, and the others end when they would without a bound.
func TestStepsOutsideTheRecording(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	path := filepath.Join(t.TempDir(), "stream")
	var frames []*record.Frame
	for i := range 5 { // of four seconds
		s := &procwalk.Snapshot{Taken: start.Add(time.Duration(i) * time.Second), Uptime: time.Duration(i) * time.Second}
		frames = append(frames, record.FrameOf(&inventory.Moment{Snapshot: s}, record.Names{}))
	}
	recordtest.Write(t, path, frames...)
	r, err := record.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	const week = 7 * 24 * time.Hour
	last := start.Add(4 * time.Second)
	for _, x := range []struct {
		begin, end     time.Time
		every          time.Duration
		first          time.Time // the end of the first step
		steps, outside int
		moments        int
	}{
		{every: time.Second, first: start.Add(time.Second - 1), steps: 5, moments: 5},
		{begin: last.Add(-week), every: time.Second, first: start, steps: 5, outside: 604800 - 5, moments: 5},
		{begin: last.Add(-week), end: last.Add(week), every: time.Second, first: start, steps: 5,
			outside: 2*604800 - 5, moments: 5},
		{begin: start, end: last.Add(week), every: 2 * time.Second, first: start.Add(2 * time.Second), steps: 2,
			outside: 302402 - 2, moments: 2},
		// Its one step is cut at the end of the recording.
		{begin: start.Add(-7 * time.Minute), every: 5 * time.Minute, first: last, steps: 1, outside: 1, moments: 1},
		{begin: start.Add(1500 * time.Millisecond), end: start.Add(3 * time.Second), every: time.Second,
			first: start.Add(2500 * time.Millisecond), steps: 2, moments: 2},
	} {
		_, list, outside, err := steps(r, &Ask{Begin: x.begin, End: x.end, Every: x.every})
		moments := 0
		for _, p := range list {
			if p.frame >= 0 {
				moments++
			}
		}
		first := x.first
		if len(list) > 0 {
			first = list[0].end
		}
		if err != nil || len(list) != x.steps || outside != x.outside || !first.Equal(x.first) || moments != x.moments {
			t.Errorf("%v to %v every %v: %d steps, %d outside, %d moments, the first ends at %v; %v", x.begin, x.end, x.every,
				len(list), outside, moments, first, err)
		}
	}
	long := filepath.Join(t.TempDir(), "long")
	s := &procwalk.Snapshot{Taken: start.Add(72 * time.Hour), Uptime: 72 * time.Hour}
	recordtest.Write(t, long, frames[0], record.FrameOf(&inventory.Moment{Snapshot: s}, record.Names{}))
	two, err := record.Open(long)
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	_, _, _, err = steps(two, &Ask{Every: time.Second})
	if err == nil || !strings.Contains(err.Error(), "--every longer") {
		t.Errorf("of three days by the second: %v", err)
	}
	for _, x := range []Ask{{Begin: last.Add(time.Hour), End: last.Add(week), Every: time.Second},
		{Begin: start.Add(-week), End: start.Add(-time.Hour), Every: time.Second}} {
		if _, list, _, err := steps(r, &x); !errors.Is(err, ErrNothing) || len(list) > 0 {
			t.Errorf("of a span outside: %v", err)
		}
	}
}
