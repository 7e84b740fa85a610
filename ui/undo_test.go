package ui

import (
	"context"
	"testing"

	"bones/procwalk/effect"
	"bones/ui/kit"
	"bones/ui/uitest/fakehost"
)

func TestUndoAndRedo(t *testing.T) {
	c := ctWorld(t, 100, 30, "4")
	c.Press("u")
	c.WantText("done: undo it")
	c.Press("^r")
	c.WantText(`nothing to\x1b redo`)
	if len(c.Sent) != 1 {
		t.Errorf("carried out %q", c.Sent)
	}
}

func TestUndoAndRedoReadOnly(t *testing.T) {
	c := ctWorld(t, 100, 30, "4", func(o *Options) { o.ReadOnly = "read-only it is" })
	for _, k := range c.allKeys() {
		if (k.Action == "undo" || k.Action == "redo") && k.WhyOff(c.opt.ReadOnly) == "" {
			t.Errorf("%s is not greyed", k.Action)
		}
	}
}

// TestUndoOfAnothersChangeIsAQuestion: its risk says whose it is; the answer is No unless the user says otherwise.
func TestUndoOfAnothersChangeIsAQuestion(t *testing.T) {
	c := ctWorld(t, 100, 30, "4", func(o *Options) {
		ask := func(context.Context) (effect.Effect, error) {
			return fakehost.Effect{What: "put it back", Level: effect.Risk{Level: effect.Confirm,
				Why: "eve made it yesterday"}}, nil
		}
		o.UndoLast, o.RedoLast = ask, ask
	})
	for _, key := range []string{"u", "^r"} {
		for _, no := range []string{"Esc", "Enter", "n"} {
			c.Press(key)
			c.WantText("put it back?")
			c.WantText("eve made it yesterday")
			c.Press(no)
			if len(c.overlays) != 0 || len(c.Sent) != 0 {
				t.Fatalf("%s, %s: %d dialogs, carried out %q", key, no, len(c.overlays), c.Sent)
			}
		}
	}
	c.Press("u", "y")
	c.WantText("done: put it back")
}

// TestWhatIsDifferentNowIsSaid: what an effect's outcome says stands in the footer, with the key that takes it back;
// where it says nothing, what was done.
func TestWhatIsDifferentNowIsSaid(t *testing.T) {
	for sentence, want := range map[string]string{"web: 1 to 2": "web: 1 to 2; undo: u", "": "done: send"} {
		r := world(t, 120, 40, func(o *Options) {
			o.Carry = func(context.Context, effect.Effect) (effect.Outcome, error) {
				return effect.Outcome{Sentence: sentence}, nil
			}
		})
		r.perform(kit.Plan{Effects: []effect.Effect{fakehost.Effect{What: "send"}}})
		r.Redraw()
		r.WantText(want)
	}
}
