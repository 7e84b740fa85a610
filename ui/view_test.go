package ui

import (
	"testing"

	"bones/procwalk"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// other is a second view that shows nothing but its subject.
type other struct {
	frames  int
	subject procwalk.ID
}

func (o *other) Number() int                            { return 9 }
func (o *other) Name() string                           { return "Other" }
func (o *other) Keys() []Key                            { return nil }
func (o *other) Want() procwalk.Want                    { return procwalk.WantNS }
func (o *other) Update(*Frame)                          { o.frames++ }
func (o *other) Subject() (procwalk.ID, bool)           { return o.subject, true }
func (o *other) SetSubject(id procwalk.ID) bool         { o.subject = id; return true }
func (o *other) ByHand() string                         { return "true" }
func (o *other) Status() string                         { return "" }
func (o *other) Draw(painter, rect)                     {}
func (o *other) Mouse(tview.MouseAction, int, int) bool { return false }
func (o *other) Back() bool                             { return false }

func TestViewsKeepTheSubject(t *testing.T) {
	r := world(t, 100, 30)
	o := &other{}
	r.views = append(r.views, o)
	r.global = r.globalKeys()
	r.typeText(":970\r")
	r.press("9")
	if o.subject.PID != 970 {
		t.Errorf("the other view has subject %v", o.subject)
	}
	r.wantText("9 Other")
	if o.frames != 1 {
		t.Errorf("it was given %d frames when it was shown", o.frames)
	}
	if r.col.want.Load()&uint32(procwalk.WantNS) == 0 || len(r.col.dirty) != 1 {
		t.Error("the collector was not told what it wants")
	}
	r.frame(rowstest.World(4))
	o.subject = procwalk.ID{PID: 706, Start: 706}
	r.press("Tab")
	if r.pid() != 706 {
		t.Errorf("back in view 1 PID %d is selected", r.pid())
	}
	r.press("Shift-Tab", "1")
	r.wantText("by hand: ps")
}

func TestPromptEditing(t *testing.T) {
	l := &prompt{accept: func(string) {}}
	for _, step := range []struct {
		key  tcell.Key
		text string
		want string
	}{
		{tcell.KeyRune, "ab cd", "ab cd"}, {tcell.KeyBackspace2, "", "ab c"}, {tcell.KeyHome, "", "ab c"}, {tcell.KeyDelete, "", "b c"},
		{tcell.KeyRune, "日", "日b c"}, {tcell.KeyEnd, "", "日b c"}, {tcell.KeyCtrlW, "", "日b "}, {tcell.KeyLeft, "", "日b "},
		{tcell.KeyRune, "x", "日bx "}, {tcell.KeyCtrlK, "", "日bx"}, {tcell.KeyCtrlU, "", ""}, {tcell.KeyBackspace, "", ""}, {tcell.KeyDelete, "", ""},
	} {
		if step.text == "" {
			l.key(tcell.NewEventKey(step.key, 0, tcell.ModNone))
		}
		for _, c := range step.text {
			l.key(tcell.NewEventKey(tcell.KeyRune, c, tcell.ModNone))
		}
		if l.value() != step.want {
			t.Fatalf("after %v %q: %q, want %q", step.key, step.text, l.value(), step.want)
		}
	}
	l.paste("one\x1b[2J\ntwo")
	if l.value() != "one[2J" {
		t.Errorf("pasted %q", l.value())
	}
}

func TestPasteIsNoKeys(t *testing.T) {
	r := world(t, 80, 24)
	r.PasteHandler()("qqq\x1b", nil)
	if r.ctx.Err() != nil {
		t.Error("pasted text quit")
	}
	r.press("/")
	r.PasteHandler()("memcd\nq", nil)
	r.wantText("filter: memcd")
	if r.pid() != 970 {
		t.Errorf("the filter left PID %d selected", r.pid())
	}
	r.press("Esc")
	if r.pid() != 1 {
		t.Errorf("giving up the filter left PID %d selected", r.pid())
	}
	r.wantText("systemd-journald")
}

func TestDetailsScrollAndWrap(t *testing.T) {
	r := world(t, 80, 24)
	r.press("Enter", "G")
	r.wantText("Details (Esc: back)")
	r.wantText("│long long")
	r.press("g")
	r.wantText("│Process")
	r.press("Esc")
	if r.details.focus {
		t.Error("Esc did not leave the details")
	}
}

func TestCommands(t *testing.T) {
	r := world(t, 100, 30)
	for _, c := range []struct{ line, want string }{
		{"99999", "there is no process 99999"}, {"nonsense\x1b", "no command"}, {"sort nothing", "there is no column"}, {"sort rss", "by RSS"},
		{"sort", "tree"}, {"list", "list"}, {"filter re:(", "missing closing"}, {"filter vim", "filter \"vim\": 1"},
		{"1200", "does not pass the filter"}, {"help", "Keys ("},
	} {
		r.press(":")
		r.PasteHandler()(c.line, nil)
		r.press("Enter")
		r.safe()
		r.wantText(c.want)
		r.overlays = nil
	}
	r.typeText(":q\r")
	if r.ctx.Err() == nil {
		t.Error(":q did not quit")
	}
}

func TestFollowKeepsTheLine(t *testing.T) {
	line := func(r *rig) int {
		v := r.view().(*processes)
		pos, _, _ := v.model.Selected()
		return pos - v.table.top
	}
	r := newRig(t, 80, 20)
	few, many := rowstest.Many(200, 0), rowstest.Many(400, 1)
	r.frame(few)
	r.press("t", "I") // a list by descending PID: new processes push the others down
	r.typeText(":100\rF")
	before := line(r)
	r.frame(many)
	r.draw()
	if r.pid() != 100 || line(r) != before {
		t.Errorf("PID %d is on line %d, was on %d", r.pid(), line(r), before)
	}
}
