package ui

import (
	"bones/ui/kit"
	"testing"

	"bones/procwalk"
	"bones/ui/rows/rowstest"

	"github.com/rivo/tview"
)

// other is a second view that shows nothing but its subject.
type other struct {
	frames  int
	subject procwalk.ID
}

func (o *other) Number() int                            { return 9 }
func (o *other) Name() string                           { return "Other" }
func (o *other) Keys() []kit.Binding                    { return nil }
func (o *other) Want() procwalk.Want                    { return procwalk.WantIO }
func (o *other) Update(*kit.Frame)                      { o.frames++ }
func (o *other) Subject() (procwalk.ID, bool)           { return o.subject, true }
func (o *other) SetSubject(id procwalk.ID) bool         { o.subject = id; return true }
func (o *other) ByHand() string                         { return "true" }
func (o *other) Status() string                         { return "" }
func (o *other) Draw(kit.Painter, kit.Rect)             {}
func (o *other) Mouse(tview.MouseAction, int, int) bool { return false }
func (o *other) Back() bool                             { return false }

func TestViewsKeepTheSubject(t *testing.T) {
	r := world(t, 100, 30)
	o := &other{}
	r.views = append(r.views, o)
	r.global = r.globalKeys()
	r.Type(":970\r")
	r.Press("9")
	if o.subject.PID != 970 {
		t.Errorf("the other view has subject %v", o.subject)
	}
	r.WantText("9 Other")
	if o.frames != 1 {
		t.Errorf("it was given %d frames when it was shown", o.frames)
	}
	if r.col.ask.Load().Want&procwalk.WantIO == 0 || len(r.col.dirty) != 1 {
		t.Error("the collector was not told what it wants")
	}
	r.frame(rowstest.World(4))
	o.subject = procwalk.ID{PID: 706, Start: 706}
	r.Press("Tab")
	if r.pid() != 706 {
		t.Errorf("back in view 1 PID %d is selected", r.pid())
	}
	r.Press("Shift-Tab", "1")
	r.WantText("by hand: ps")
}

func TestPasteIsNoKeys(t *testing.T) {
	r := world(t, 80, 24)
	r.PasteHandler()("qqq\x1b", nil)
	if r.ctx.Err() != nil {
		t.Error("pasted text quit")
	}
	r.Press("/")
	r.PasteHandler()("memcd\nq", nil)
	r.WantText("filter: memcd")
	if r.pid() != 970 {
		t.Errorf("the filter left PID %d selected", r.pid())
	}
	r.Press("Esc")
	if r.pid() != 1 {
		t.Errorf("giving up the filter left PID %d selected", r.pid())
	}
	r.WantText("systemd-j")
}

func TestDetailsScrollAndWrap(t *testing.T) {
	r := world(t, 80, 24)
	r.Press("Enter", "G")
	r.WantText("Details (Esc: back)")
	r.WantText("│long long")
	r.Press("g")
	r.WantText("│Process")
	r.Press("Esc")
	if r.details.focus {
		t.Error("Esc did not leave the details")
	}
}

func TestCommands(t *testing.T) {
	r := world(t, 100, 30)
	for _, c := range []struct{ line, want string }{
		{"99999", "99999: there is no such process"}, {"nonsense\x1b", "no command"}, {"sort nothing", "there is no column"},
		{"sort rss", "by RSS"},
		{"sort", "tree"}, {"list", "list"}, {"filter re:(", "missing closing"}, {"filter vim", "filter \"vim\": 1"},
		{"1200", "does not pass the filter"}, {"help", "Keys ("},
	} {
		r.Press(":")
		r.PasteHandler()(c.line, nil)
		r.Press("Enter")
		r.SafeAsDrawn()
		r.WantText(c.want)
		r.overlays = nil
	}
	r.Type(":q\r")
	if r.ctx.Err() == nil {
		t.Error(":q did not quit")
	}
}
