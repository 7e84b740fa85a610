package record

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/record/worldtest"
	"bones/procwalk/proctest"
	"bones/ui/rows/rowstest"
)

// setClock writes so many frames, ten seconds apart, and as many again after the clock was set by a span.
func setClock(t *testing.T, frames int, by time.Duration) (*Store, *Reader) {
	t.Helper()
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := newWorld(9, 20)
	for i := range 2 * frames {
		f := w.at(10 * i)
		if i >= frames {
			f.Head.Snapshot.Taken = f.Head.Snapshot.Taken.Add(by)
		}
		if err := s.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	return s, open(t, dir)
}

// TestAMinuteAcrossASetClock: a minute on is a minute on, and does not leap over what was recorded until the clock was
// set back; nothing between is out of reach.
func TestAMinuteAcrossASetClock(t *testing.T) {
	for _, by := range []time.Duration{-5 * time.Minute, -24 * time.Hour, 24 * time.Hour} {
		_, r := setClock(t, 60, by)
		p := replayOf(t, r)
		for p.Skip(-time.Minute) {
		}
		if frame, _, _, _, _ := p.Position(); frame != 1 {
			t.Errorf("set by %v: minutes back end at frame %d", by, frame)
		}
		for last := 1; p.Skip(time.Minute); {
			frame, _, _, _, _ := p.Position()
			if frame <= last || frame > last+6 {
				t.Errorf("set by %v: a minute on from frame %d is %d", by, last, frame)
			}
			last = frame
		}
		if frame, _, _, _, _ := p.Position(); frame != 120 {
			t.Errorf("set by %v: minutes on end at frame %d", by, frame)
		}
	}
}

// TestTimeLineOfASetClock: the line of time goes from the earliest to the latest frame, and what was recorded before
// the clock was set back has its place on it.
func TestTimeLineOfASetClock(t *testing.T) {
	_, r := setClock(t, 60, -24*time.Hour)
	p := replayOf(t, r)
	_, _, first, last, _ := p.Position()
	if want := rowstest.Boot().Add(590 * time.Second); !last.Equal(want) {
		t.Errorf("it ends at %v, want %v", last, want)
	}
	if want := rowstest.Boot().Add(600*time.Second - 24*time.Hour); !first.Equal(want) {
		t.Errorf("it begins at %v, want %v", first, want)
	}
	for _, x := range []struct {
		after time.Duration // of the last
		err   error
	}{{0, nil}, {time.Hour, ErrNotThen}, {-12 * time.Hour, ErrNotThen}, {-25 * time.Hour, ErrLater}} {
		i, err := r.Find(last.Add(x.after))
		if !errors.Is(err, x.err) {
			t.Errorf("%v after the latest: frame %d, %v", x.after, i, err)
		}
		if x.after > 0 && (i != 59 || !strings.Contains(err.Error(), "ends at "+last.Format(time.DateTime))) {
			t.Errorf("frame %d, %v", i, err)
		}
	}
}

// TestEventsAreFollowedAcrossASetClock: whoever follows a recording is told of what happens after the clock was set
// back by an hour at once, and of each event once.
func TestEventsAreFollowedAcrossASetClock(t *testing.T) {
	s, r := setClock(t, 3, 0)
	end := r.EventsEnd()
	at := rowstest.Boot().Add(-time.Hour)
	for i := range 3 {
		b := events.Batch{Until: at.Add(time.Duration(i) * time.Second), Events: []events.Event{{PID: i + 1}}}
		if err := s.WriteEvents(&b); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			if err := s.next(); err != nil { // the hour is over
				t.Fatal(err)
			}
		}
		if _, err := r.More(); err != nil {
			t.Fatal(err)
		}
		var told []int
		r.EventsAfter(&end, func(b *events.Batch) bool {
			told = append(told, b.Events[0].PID)
			return true
		})
		if len(told) != 1 || told[0] != i+1 {
			t.Errorf("after event %d it tells of %v", i+1, told)
		}
	}
}

// TestStepBackFromLiveAfterTheClockWasSet: the first step back from what is live is to the last moment that was kept,
// though all of them have later times by now.
func TestStepBackFromLiveAfterTheClockWasSet(t *testing.T) {
	h, all := historyOf(t, worldtest.New(40, 3), 20, 2)
	last := *all[len(all)-1].Snapshot
	last.Taken = last.Taken.Add(-time.Hour)
	h.shown = &inventory.Moment{Snapshot: &last}
	if !h.Step(-1) {
		t.Fatal("there is no step back")
	}
	if frame, frames, _, _, _ := h.Position(); frame != frames {
		t.Errorf("it is to moment %d of %d", frame, frames)
	}
	h.add(h.frame(t), nil, true, last.Taken)
	if span, _, _ := h.Kept(); span < 30*time.Second || span > time.Minute {
		t.Errorf("it says that %v are kept", span)
	}
}
