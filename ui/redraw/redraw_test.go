package redraw

import (
	"testing"
	"time"
)

// rig counts what is drawn, and has the time pass when a test says so.
type rig struct {
	Pacer
	drawn int
	late  func()
}

func newRig() *rig {
	r := &rig{}
	r.Draw = func() { r.drawn++ }
	r.After = func(_ time.Duration, f func()) func() {
		r.late = f
		return func() { r.late = nil }
	}
	return r
}

func (r *rig) expect(t *testing.T, drawn int, when string) {
	t.Helper()
	if r.drawn != drawn {
		t.Errorf("%s: drawn %d times, want %d", when, r.drawn, drawn)
	}
}

// TestOnceForEachFrame: what is read with a frame is drawn with it.
func TestOnceForEachFrame(t *testing.T) {
	r := newRig()
	var one, two func()
	r.Frame(func() { one, two = r.Read(), r.Read() })
	r.Changed()
	one()
	r.Changed()
	r.expect(t, 0, "a read is under way")
	two()
	r.Changed()
	r.expect(t, 1, "all is there")
	if r.late != nil {
		t.Error("something still waits although all is drawn")
	}
	r.Frame(func() {})
	r.Changed()
	r.expect(t, 2, "a frame without reads")
	r.Read()()
	r.Changed()
	r.expect(t, 3, "what the user asked for is drawn when it comes")
}

// TestSlowRead: a read that hangs holds up its own frame for a moment, and no later one.
func TestSlowRead(t *testing.T) {
	r := newRig()
	var slow func()
	r.Frame(func() { slow = r.Read() })
	r.Changed()
	late := r.late
	late()
	r.expect(t, 1, "it is late")
	late()
	r.expect(t, 1, "the wait is over")
	slow()
	r.Changed()
	r.expect(t, 2, "it has come")

	r.Frame(func() { slow = r.Read() })
	r.Changed()
	late = r.late
	r.Frame(func() { r.Read() })
	r.Changed()
	r.expect(t, 3, "the next frame is there before the one before was drawn")
	late()
	slow()
	r.expect(t, 3, "what was waited for belongs to the past")
	r.Changed()
	r.expect(t, 4, "the slow one is shown")
}
