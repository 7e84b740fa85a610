package record

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/record/worldtest"
	"bones/procwalk/proctest"
)

// historyOf keeps so many moments of a world, so many seconds apart, up to now.
func historyOf(t *testing.T, w *worldtest.World, moments, seconds int) (*History, []*inventory.Moment) {
	t.Helper()
	source := &scripted{}
	h, err := NewHistory(source, Names{}, func(context.Context,
		*inventory.Moment) *seldom.Facts {
		return &seldom.Facts{}
	})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now().Add(-time.Duration((moments-1)*seconds) * time.Second)
	for i := range moments {
		m := w.Moment(i * seconds)
		m.Snapshot.Taken = start.Add(time.Duration(i*seconds) * time.Second)
		source.next = m
		h.mu.Lock()
		h.due = time.Time{} // its time has come
		h.mu.Unlock()
		if got, err := h.Moment(t.Context(), inventory.Ask{}); got != m || err != nil {
			t.Fatalf("what is live is %v, %v", got, err)
		}
		h.busy <- struct{}{} // it was kept
		<-h.busy
		source.all = append(source.all, m)
	}
	return h, source.all
}

// scripted gives the next moment.
type scripted struct {
	next *inventory.Moment
	all  []*inventory.Moment
}

func (s *scripted) Moment(context.Context, inventory.Ask) (*inventory.Moment, error) {
	return s.next, nil
}

// TestHistory: back and on through what is kept, and to what is live again; ten minutes and no more are kept.
func TestHistory(t *testing.T) {
	h, all := historyOf(t, worldtest.New(40, 3), 400, 2)
	span, size, err := h.Kept()
	if err != nil || span < HistorySpan-time.Second || span > HistorySpan+keyEvery*2*time.Second || size < 1000 {
		t.Errorf("%s are kept in %d bytes, %v", span, size, err)
	}
	want := func(what string, moved bool, m *inventory.Moment) {
		t.Helper()
		got, err := h.Moment(t.Context(), inventory.Ask{})
		if err != nil || !moved || !got.Snapshot.Taken.Equal(m.Snapshot.Taken) ||
			got.Snapshot.Processes[5].UTime != m.Snapshot.Processes[5].UTime || len(got.Usage) != 3 {
			t.Fatalf("%s: moved %v, %v, %v; want the moment of %v", what, moved, got.Snapshot.Taken, err, m.Snapshot.Taken)
		}
	}
	last := len(all) - 1
	want("live", true, all[last])
	want("a step back", h.Step(-1), all[last-1])
	want("the rates' moment before", h.Before() != nil && h.Before().Snapshot.Taken.Equal(all[last-2].Snapshot.Taken),
		all[last-1])
	want("a minute back", h.Skip(-time.Minute), all[last-31])
	want("a step on", h.Step(1), all[last-30])
	// Two minutes before now, whenever that is on a busy machine; the moments are two seconds apart.
	before := time.Now()
	if err := h.Seek("-2m"); err != nil {
		t.Error(err)
	}
	from, to := before.Add(-2*time.Minute-4*time.Second), time.Now().Add(-2*time.Minute+4*time.Second)
	if got, _ := h.Moment(t.Context(), inventory.Ask{}); got.Snapshot.Taken.Before(from) &&
		!got.Snapshot.Taken.Equal(all[last].Snapshot.Taken) || got.Snapshot.Taken.After(to) {
		t.Errorf("two minutes ago is %v, not between %v and %v", got.Snapshot.Taken, from, to)
	}
	if err := h.Seek("-2h"); err == nil || !strings.Contains(err.Error(), "bones record") {
		t.Errorf("two hours ago: %v", err)
	}
	if h.Step(-1) {
		t.Error("before the beginning there is something")
	}
	for range 1000 {
		if !h.Step(1) {
			break
		}
	}
	if !h.IsLive() {
		t.Error("the last step on is not to what is live")
	}
	want("live again", true, all[last])
	if f, err := h.Facts(); f == nil || err != nil {
		t.Errorf("what is read seldom: %v, %v", f, err)
	}
}

// TestHistoryIsBounded: of a large world less than ten minutes are kept.
func TestHistoryIsBounded(t *testing.T) {
	h, _ := historyOf(t, worldtest.New(20, 1), 70, 1)
	h.mu.Lock()
	h.size += historySize // as if its first segment were that large
	h.r.segments[0].file.(*pieces).add(make([]byte, historySize))
	h.add(h.frame(t), nil, true, time.Now())
	left := len(h.r.segments)
	h.mu.Unlock()
	if _, size, _ := h.Kept(); size > historySize || left > 2 {
		t.Errorf("%d bytes in %d segments", size, left)
	}
}

// TestSegmentsOfHistoryAreBounded: where the frames against one key are large, another key follows soon, so that the
// oldest can go.
func TestSegmentsOfHistoryAreBounded(t *testing.T) {
	h, _ := historyOf(t, worldtest.New(20, 1), 5, 1)
	large, whole := make([]byte, historySize/8), 0
	for range 60 {
		frame, key, err := h.encoder.Encode(FrameOf(h.shown, Names{}))
		if err != nil {
			t.Fatal(err)
		}
		if key {
			whole++
		}
		h.mu.Lock()
		h.add(append(frame, large...), nil, key, time.Now())
		h.mu.Unlock()
		if _, size, _ := h.Kept(); size > historySize+historySize/2 {
			t.Fatalf("%d bytes are kept", size)
		}
	}
	if whole < 10 {
		t.Errorf("%d key frames among 60 large ones", whole)
	}
}

func (h *History) frame(t *testing.T) []byte {
	h.encoder.Fresh()
	b, _, err := h.encoder.Encode(FrameOf(h.shown, Names{}))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMemoryOfHistory measures what ten minutes of a thousand processes in 50 containers take.
func TestMemoryOfHistory(t *testing.T) {
	h, _ := historyOf(t, worldtest.New(1000, 50), proctest.Soak(40, 300), 2)
	span, size, err := h.Kept()
	per := float64(size) / float64(h.r.Len())
	t.Logf("%s of 1000 processes, a tenth of which works: %d KiB, %.0f bytes each", span, size>>10, per)
	if err != nil || per*300 > historySize {
		t.Errorf("ten minutes would take %.0f MiB, %v", per*300/(1<<20), err)
	}
}

// TestLoads: the line of time over a recording is drawn from the headers alone.
func TestLoads(t *testing.T) {
	for _, x := range []float64{0, 0.25, 1} {
		if got := share(shareByte(x)); math.Abs(got-x) > 1./254 {
			t.Errorf("%v is read as %v", x, got)
		}
	}
	if share(0) != -1 {
		t.Error("what is not known is a share")
	}
	r := &Reader{segments: []*segment{{name: "x"}}}
	for i := range 100 {
		taken := int64(i) * int64(time.Second)
		if i >= 50 {
			taken += int64(100 * time.Second) // the recorder was away
		}
		r.segments[0].entries = append(r.segments[0].entries, entry{taken: taken,
			load: load{shareByte(float64(i) / 100), 0}})
	}
	r.number()
	p := replayOf(t, r)
	cpu, memory := p.Loads(40)
	if cpu[0] < 0 || cpu[39] < 0.95 || cpu[20] != -1 || memory[3] != -1 {
		t.Errorf("%v", fmt.Sprint(cpu, memory))
	}
}
