package files_test

import (
	"context"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/rootfs"
	"bones/ui"
	"bones/ui/uitest/fakehost"
)

// slow holds back what is done beside the event loop, as a file system does that answers late.
type slow struct {
	on     bool
	held   []func()
	opened int // how often the file system was asked what an entry is, or what is in it
}

func (s *slow) change(_ *fakehost.FakeHost, o *ui.Options) {
	o.Go = func(f func()) {
		if s.on {
			s.held = append(s.held, f)
			return
		}
		f()
	}
	list, read := o.Files.List, o.Files.Read
	o.Files.List = func(ctx context.Context, id procwalk.ID, w rootfs.Where, p string, limit int) ([]rootfs.Info, bool,
		error) {
		if limit == 1 {
			s.opened++
		}
		return list(ctx, id, w, p, limit)
	}
	o.Files.Read = func(ctx context.Context, id procwalk.ID, w rootfs.Where, p string, limit int64) ([]byte, error) {
		s.opened++
		return read(ctx, id, w, p, limit)
	}
}

// answer lets everything be answered that was asked for, and what is asked for then.
func (s *slow) answer() {
	for len(s.held) > 0 {
		f := s.held[0]
		s.held = s.held[1:]
		f()
	}
}

// onSlow shows view 5 of PID 970 with the cursor on an entry; from here on every answer is held back.
func onSlow(t *testing.T, entry string) (*rig, *slow) {
	t.Helper()
	s := &slow{}
	c := world(t, 120, 40, s.change)
	c.Press("F3")
	c.Type(entry + "\r")
	if c.fs().Entry() != entry {
		t.Fatalf("the cursor is on %q", c.fs().Entry())
	}
	s.on = true
	return c, s
}

// TestLateAnswerOfAnother: what was asked for of one process is not shown when the user has gone to another one.
func TestLateAnswerOfAnother(t *testing.T) {
	for name, asked := range map[string]struct{ entry, keys string }{
		"link": {"link", "\r"}, "file": {"hosts", "\r"}, "editor": {"hosts", "e"}, "no directory": {"etc", ":cd /gone\r"},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := onSlow(t, asked.entry)
			c.Type(asked.keys)
			if len(s.held) == 0 {
				t.Fatal("nothing was asked for")
			}
			c.Type(":1\r")
			at := c.fs().Path()
			s.answer()
			c.Redraw()
			if c.PID() != 1 || c.fs().Path() != at || at != "/" {
				t.Errorf("PID %d at %q", c.PID(), c.fs().Path())
			}
			for _, shown := range []string{"localhost", "there is no such file"} {
				if strings.Contains(c.Text(), shown) {
					t.Errorf("the answer about another process is shown:\n%s", c.Text())
				}
			}
		})
	}
}

// TestLateAnswerAfterLeaving: nor is it when the user has left the directory, even to come back to it.
func TestLateAnswerAfterLeaving(t *testing.T) {
	c, s := onSlow(t, "link")
	c.Press("Enter", ".", ".")
	s.answer()
	c.Redraw()
	if c.fs().Path() != "/" || c.fs().Where() != rootfs.RootDir {
		t.Errorf("at %q", c.fs().Path())
	}
}

// TestTheLastAskedForIsOpened: who asks for one file after the other meanwhile is shown the last one alone.
func TestTheLastAskedForIsOpened(t *testing.T) {
	c, s := onSlow(t, "link")
	c.Press("Enter", "g")
	c.Press("F3")
	c.Type("hosts\r\r")
	s.answer()
	c.Redraw()
	if c.WantText("localhost"); c.fs().Path() != "/" {
		t.Errorf("at %q", c.fs().Path())
	}
}

// TestManyEntersAreOneRead: who presses Enter again and again has one read under way, and is shown the file once.
func TestManyEntersAreOneRead(t *testing.T) {
	for _, key := range []string{"Enter", "e"} {
		c, s := onSlow(t, "hosts")
		for range 10 {
			c.Press(key)
		}
		if len(s.held) != 1 {
			t.Errorf("%s: %d reads are under way", key, len(s.held))
		}
		s.answer()
		c.Redraw()
		if c.WantText("localhost"); s.opened < 1 || s.opened > 2 {
			t.Errorf("%s: %d reads", key, s.opened)
		}
		c.Press("Esc")
		if strings.Contains(c.Text(), "localhost") {
			t.Errorf("%s: the file was opened more than once:\n%s", key, c.Text())
		}
	}
}

// TestReadAgainIsOneRead: r of a file that is shown reads it anew, but not twice at the same time.
func TestReadAgainIsOneRead(t *testing.T) {
	c, s := onSlow(t, "hosts")
	s.on = false
	c.Press("Enter")
	s.on, s.opened = true, 0
	for range 10 {
		c.Press("r")
	}
	if len(s.held) != 1 {
		t.Errorf("%d reads are under way", len(s.held))
	}
	s.answer()
	if c.WantText("localhost"); s.opened != 1 {
		t.Errorf("%d reads", s.opened)
	}
}

// TestKeysWhileItCopiesAreSaid: what is typed while something is copied does nothing, and that is said when the dialog
// is gone, which may have been there for a moment only.
func TestKeysWhileItCopiesAreSaid(t *testing.T) {
	for _, keys := range [][]string{nil, {"j"}} {
		s := &slow{}
		c := world(t, 140, 30, s.change)
		c.Press("F3", "h", "o", "s", "t", "s", "Enter", ">")
		s.on = true
		c.Press("Enter")
		c.Press(keys...)
		s.answer()
		c.WantText("copied to")
		if got := c.Shows("bones ignored what was typed while it copied"); got != (len(keys) > 0) {
			t.Errorf("%q: it says that they were ignored: %v\n%s", keys, got, c.Text())
		}
	}
}
