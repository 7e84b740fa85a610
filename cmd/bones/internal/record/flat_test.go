package record

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/record/worldtest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// fourteenHours gives a moment each five seconds of a small world in which processes come and go.
type fourteenHours struct {
	world *worldtest.World
	given int
}

func (s *fourteenHours) Moment(context.Context, inventory.Ask) (*inventory.Moment, error) {
	s.given++
	return s.world.Moment(5 * s.given), nil
}

// TestThousandsOfFramesAreFlat: the whole recorder but its source, three hours of it (fourteen in a soak) with their
// segments, events and facts, holds as much memory and as many files after the last frame as after the first thousand.
// (That the source is flat on a real host takes as long as it takes: `make soak`.)
func TestThousandsOfFramesAreFlat(t *testing.T) {
	frames, early := proctest.Soak(2_000, 10_000), 1_000
	w := worldtest.New(13, 1)
	w.Turnover = 1
	s := create(t, filepath.Join(proctest.TempDir(t), "recording"), Keep{For: 2 * time.Hour, Size: 1 << 20})
	ctx, end := context.WithCancel(t.Context())
	defer end()
	r := &Recorder{Source: &fourteenHours{world: w}, Interval: time.Nanosecond, Names: Names{Keys: &Keys{}},
		Write: s.Write, Facts: s.Facts, WriteEvents: s.WriteEvents,
		Seldom: func(_ context.Context, m *inventory.Moment) *seldom.Facts {
			return &seldom.Facts{Taken: m.Snapshot.Taken}
		},
		Happened: func(m *inventory.Moment) *events.Batch {
			return &events.Batch{Until: m.Snapshot.Taken, Events: []events.Event{{Time: m.Snapshot.Taken, Kind: events.Exec,
				What: text.New("runs make")}}}
		}}
	files := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	var heap int64
	var open int
	r.Wrote = func(n int, _ *Frame) {
		switch n {
		case early:
			heap, open = inUse(), files()
		case frames:
			more := inUse() - heap
			t.Logf("from frame %d to %d it has grown by %d KiB", early, frames, more>>10)
			if more > 512<<10 {
				t.Errorf("from frame %d to %d it has grown by %d KiB", early, frames, more>>10)
			}
			if now := files(); now > open {
				t.Errorf("%d files are open, %d were", now, open)
			}
			end()
		}
	}
	if err := r.Run(ctx); err != nil {
		t.Fatal(err)
	}
	list, err := s.list()
	if err != nil || len(list) < 2 || len(list) > 16 {
		t.Errorf("%d segments, %v", len(list), err)
	}
}
