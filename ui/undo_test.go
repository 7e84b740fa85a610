package ui

import "testing"

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
