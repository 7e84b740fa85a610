package ui

import (
	"context"
	"testing"

	"bones/procwalk/effect"
	"bones/ui/uitest/fakehost"
)

// TestOneEffectIsMadeAtATime: who presses a key ten times while bones looks at what it would do is asked once.
func TestOneEffectIsMadeAtATime(t *testing.T) {
	var work []func()
	held, made := false, 0
	c := ctWorld(t, 120, 30, "4", func(o *Options) {
		o.Go = func(f func()) {
			if held {
				work = append(work, f)
				return
			}
			f()
		}
		o.UndoLast = func(context.Context) (effect.Effect, error) {
			made++
			return fakehost.Effect{What: "put it back", Level: effect.Risk{Level: effect.Confirm, Why: "it is grave"}}, nil
		}
	})
	for _, round := range []int{1, 2} {
		held = true
		for range 10 {
			c.Press("u")
		}
		held = false
		c.WantText("bones is still looking at what you asked for last")
		for len(work) > 0 {
			f := work[0]
			work = work[1:]
			f()
		}
		c.Redraw()
		if made != round || len(c.overlays) != 1 {
			t.Fatalf("round %d: %d effects were made, %d questions are open", round, made, len(c.overlays))
		}
		c.Press("Esc")
	}
	// One that hangs does not keep the next from being made, and comes to nothing when it ends.
	held = true
	c.Press("u")
	c.Time = c.Time.Add(planPatience)
	c.Press("u")
	held = false
	for _, f := range work {
		f()
	}
	c.Redraw()
	if made != 4 || len(c.overlays) != 1 {
		t.Fatalf("after one that hung: %d effects were made, %d questions are open", made, len(c.overlays))
	}
}
