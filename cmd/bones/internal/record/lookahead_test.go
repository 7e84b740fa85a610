package record

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bones/cmd/bones/internal/record/worldtest"
	"bones/procwalk/proctest"
)

// TestNextFrameIsReadAhead: once a moment is shown, what the same key would show next is decoded already, in both
// directions and for moves of a minute; never more than those two frames, and never past the ends.
func TestNextFrameIsReadAhead(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := worldtest.New(100, 5)
	const frames = 3 * keyEvery
	for i := range frames {
		if err := s.Write(FrameOf(w.Moment(5*i), Names{})); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	p := replayOf(t, open(t, dir))
	look := func() {
		show(t, p)
		p.ahead.over.Wait()
	}
	decoded := func(i int) bool {
		return slices.ContainsFunc(p.known, func(l *loaded) bool { return l.frame == i })
	}
	if look(); len(p.known) != 2 {
		t.Errorf("at the end, where new frames come by themselves, %d frames are decoded", len(p.known))
	}
	for _, c := range []struct {
		name string
		move func()
		by   int
	}{
		{"a step back", func() { p.Step(-1) }, -1},
		{"a step on", func() { p.Step(1) }, 1},
		{"a minute back", func() { p.Skip(-time.Minute) }, -12},
		{"a minute on", func() { p.Skip(time.Minute) }, 12},
		{"a jump", func() { p.Seek(p.r.Time(10).Format(time.RFC3339)) }, 1},
	} {
		p.Seek(p.r.Time(keyEvery + 20).Format(time.RFC3339))
		p.known = nil
		c.move()
		look()
		if !decoded(p.at+c.by) || !decoded(p.at+c.by-1) || len(p.known) > 4 {
			t.Errorf("after %s to frame %d: %d frames are decoded", c.name, p.at, len(p.known))
		}
	}
	// Around every key frame, and at both ends, what is shown is what is there.
	for i := range frames {
		p.Seek(p.r.Time(i).Format(time.RFC3339))
		look()
		p.Step(1)
		m, err := p.Moment(t.Context(), Ask())
		if want := min(i+1, frames-1); err != nil || !m.Snapshot.Taken.Equal(p.r.Time(want)) {
			t.Fatalf("frame %d: %v", want, err)
		}
	}
	// What is so large that the frames which are shown would be forgotten is not read ahead.
	p.Seek(p.r.Time(5).Format(time.RFC3339))
	p.known = nil
	show(t, p)
	p.ahead.over.Wait()
	for _, l := range p.known {
		l.size = knownBytes / 3
	}
	if p.known = p.known[:2]; len(p.ahead.next(p)) != 0 {
		t.Error("it is read ahead where there is no room")
	}
	p.Step(1)
	p.Before()
	p.Close() // while something may be read
	if p.ahead.busy {
		t.Error("something is read of a recording that is closed")
	}
}
