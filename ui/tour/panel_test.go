package tour

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// shell is a UI that does at once what it is asked, and notes what it is to show.
type shell struct {
	theme  *kit.Theme
	frame  *kit.Frame
	keys   map[string]string // that actions have been given
	dialog kit.Dialog
	notice string
}

func (s *shell) Run(work func(context.Context) func()) {
	if show := work(context.Background()); show != nil {
		show()
	}
}
func (s *shell) Post(show func())                 { show() }
func (s *shell) Keys() int                        { return 0 }
func (s *shell) Show(int, kit.Subject)            {}
func (s *shell) Perform(kit.Plan)                 {}
func (s *shell) Notice(_ rows.Style, line string) { s.notice = line }
func (s *shell) Ask(kit.Question)                 {}
func (s *shell) Open(d kit.Dialog)                { s.dialog = d }
func (s *shell) Close(kit.Dialog)                 { s.dialog = nil }
func (s *shell) Changed(kit.View, kit.ViewChange) {}
func (s *shell) Frame() *kit.Frame                { return s.frame }
func (s *shell) Theme() *kit.Theme                { return s.theme }
func (s *shell) Now() time.Time                   { return time.Time{} }
func (s *shell) KeyFor(action string) string {
	if k, ok := s.keys[action]; ok {
		return k
	}
	for _, k := range []struct{ action, key string }{{actionNext, "^n"}, {actionBack, "^p"}, {"quit", "q"},
		{"command", ":"}, {"Processes", "1"}, {"Containers", "2"}, {"undo", "u"}} {
		if k.action == action {
			return k.key
		}
	}
	return ":" + action
}

// walk is a tour with facts that a test changes.
func walk(t *testing.T, b Backend) (*Panel, *shell, *Facts) {
	t.Helper()
	f := Sample()
	b.Facts = func(context.Context) Facts { return f }
	p, sh := New(b), &shell{theme: kit.NewTheme("default", false), frame: &kit.Frame{}}
	p.Attach(sh)
	return p, sh, &f
}

// look shows a new frame to the tour.
func look(p *Panel, sh *shell, s Seen) {
	sh.frame = &kit.Frame{}
	p.Look(s)
	p.Look(s) // what was read is looked at with the next drawing
}

func TestPanelNotices(t *testing.T) {
	p, sh, f := walk(t, Backend{})
	if got := p.String(); !strings.Contains(got, "bones is reading") {
		t.Errorf("before there is anything to say: %s", got)
	}
	look(p, sh, Seen{View: 1, PID: 1})
	if got := p.String(); !strings.Contains(got, `press  :  "explain 4312"  Enter`) {
		t.Error(got)
	}
	look(p, sh, Seen{View: 1, PID: 1, Dialog: "Explain PID 4312 (memcached)"})
	if got := p.String(); !strings.Contains(got, "Done. web runs on Linux 6.1.0") ||
		!strings.Contains(got, "press  Esc\n") {
		t.Error(got)
	}
	// What was done stays done, and a step that is not done can be passed.
	look(p, sh, Seen{View: 1, PID: 1})
	if got := p.String(); !strings.Contains(got, "Done. ") ||
		!strings.Contains(got, "press  ^n\n") {
		t.Error(got)
	}
	next, back := p.Keys()[0].Do, p.Keys()[1].Do
	next()
	if got := p.String(); !strings.Contains(got, "Tour 1/10: the process tree") || strings.Contains(got, "Done.") {
		t.Error(got)
	}
	back()
	back()
	if got := p.String(); !strings.Contains(got, "Tour 0/10") ||
		!strings.Contains(got, "Done.") || sh.notice == "" {
		t.Errorf("%s, %q", got, sh.notice)
	}
	// Programs that ended before a step began do not count for it.
	p.Ran("enter")
	for range 6 {
		next()
	}
	look(p, sh, Seen{View: 3, PID: f.PID})
	if got := p.String(); strings.Contains(got, "Done.") || !strings.Contains(got, "press  :  \"shell\"  Enter") {
		t.Errorf("an action without a key is called by its name: %s", got)
	}
	p.Ran("unshare")
	look(p, sh, Seen{View: 3, PID: f.PID})
	if strings.Contains(p.String(), "Done.") {
		t.Error("another program is taken for that of the step")
	}
	p.Ran("enter")
	look(p, sh, Seen{View: 3, PID: f.PID})
	if !strings.Contains(p.String(), "Done. Own: cgroup ipc") {
		t.Error(p.String())
	}
	// The limit of the beginning is remembered, and what to try does not follow from what was tried.
	for range 3 {
		next()
	}
	f.Value, f.Try = "1073741824", "1536M"
	look(p, sh, Seen{View: 4, PID: f.PID})
	if got := p.String(); !strings.Contains(got, "says 1 GiB now, and said 512 MiB before") ||
		!strings.Contains(got, "echo 1G >") {
		t.Error(got)
	}
	next()
	look(p, sh, Seen{View: 4, PID: f.PID})
	if got := p.String(); strings.Contains(got, "Done.") || !strings.Contains(got, "press  u\n") {
		t.Error(got)
	}
	f.Value = "536870912"
	look(p, sh, Seen{View: 4, PID: f.PID})
	if got := p.String(); !strings.Contains(got, "Done. memory.max says 512 MiB again") ||
		!strings.Contains(got, "press  q\n") {
		t.Error(got)
	}
	next()
	if !strings.Contains(sh.notice, "q leaves") {
		t.Error(sh.notice)
	}
	f.Ended = true
	back()
	look(p, sh, Seen{View: 4, PID: f.PID})
	if got := p.String(); !strings.Contains(got, "web has ended") ||
		!strings.Contains(got, "press  q\n") {
		t.Error(got)
	}
}

// TestPanelWithoutPrivilege: a step that cannot be taken says why, shows the command, and does not hold up the tour.
func TestPanelWithoutPrivilege(t *testing.T) {
	p, sh, f := walk(t, Backend{})
	f.NoLimit = "it takes root"
	for range 9 {
		p.Keys()[0].Do()
	}
	look(p, sh, Seen{View: 4, PID: f.PID})
	if got := p.String(); !strings.Contains(got, "cannot be taken here: it takes root") ||
		!strings.Contains(got, "press  ^n\n") ||
		!strings.Contains(got, "by hand: echo 1G >") {
		t.Error(got)
	}
}

// TestWhere: the palette's word says how the tour begins, and while it is taken where it is.
func TestWhere(t *testing.T) {
	if got := (*Panel)(nil).Where(" we b "); !strings.HasSuffix(got, "type bones tour we b") {
		t.Error(got)
	}
	if got := (*Panel)(nil).Where("a;reboot"); !strings.HasSuffix(got, "bones tour 'a;reboot'") {
		t.Error(got)
	}
	p, _, _ := walk(t, Backend{})
	p.goTo(3)
	if got := p.Where("web"); !strings.Contains(got, "at step 3 of 10") {
		t.Error(got)
	}
}

// TestLeaving: what still stands is asked about, and taken back the newest first.
func TestLeaving(t *testing.T) {
	var standing []StandingChange
	var back []int
	var fails error
	b := Backend{Standing: func(context.Context) ([]StandingChange, error) { return standing, nil },
		TakeBack: func(_ context.Context, n int) error { back = append(back, n); return fails }}
	p, sh, _ := walk(t, b)
	left := 0
	quit := func() { left++ }
	(*Panel)(nil).Leave(quit)
	p.Leave(quit)
	if left != 2 || sh.dialog != nil {
		t.Errorf("left %d times, asked %v", left, sh.dialog)
	}
	standing = []StandingChange{{N: 7, What: "set memory"}, {N: 5, What: "create /tmp/x"}}
	choose := func(item string) {
		t.Helper()
		p.Leave(quit)
		m, ok := sh.dialog.(*kit.Menu)
		if !ok || m.Title != "2 changes remain" {
			t.Fatalf("it is asked with %#v", sh.dialog)
		}
		for i, it := range m.Items {
			if it.Label == item {
				m.Pick(i)
			}
		}
	}
	choose("stay")
	if left != 2 || len(back) > 0 {
		t.Error("who stays has left")
	}
	fails = errors.New("the group is gone")
	choose("take back")
	if left != 2 || len(back) != 1 || !strings.Contains(sh.notice, "number 7 remains: the group is gone") {
		t.Errorf("left %d, took back %v, said %q", left, back, sh.notice)
	}
	fails, back = nil, nil
	choose("take back")
	if left != 3 || len(back) != 2 || back[0] != 7 {
		t.Errorf("left %d, took back %v", left, back)
	}
	choose("keep")
	if left != 4 || len(back) != 2 {
		t.Errorf("left %d, took back %v", left, back)
	}
}

// TestPanelDrawn draws every step in every theme, with and without ASCII, at sizes from a large one to none: it must
// fit, show the title, and hold nothing but ASCII where that was asked for.
func TestPanelDrawn(t *testing.T) {
	for _, theme := range kit.Themes() {
		for _, ascii := range []bool{false, true} {
			for _, size := range [][2]int{{80, 24}, {200, 60}, {60, 12}, {40, 8}, {20, 6}, {10, 3}} {
				if theme.Label != "default" && size[0] != 80 {
					continue // what is drawn where does not hang on the colours
				}
				p, sh, f := walk(t, Backend{})
				sh.theme = kit.NewTheme(theme.Label, ascii)
				screen := tcell.NewSimulationScreen("UTF-8")
				if err := screen.Init(); err != nil {
					t.Fatal(err)
				}
				screen.SetSize(size[0], size[1])
				for range p.steps {
					look(p, sh, Seen{View: 1, PID: f.PID})
					n := p.Lines(size[0], size[1])
					if n > size[1]/2 && n > 4 {
						t.Errorf("%d of %d lines", n, size[1])
					}
					p.Draw(kit.Painter{Screen: screen, Theme: sh.theme}, kit.Rect{Y: size[1] - n, W: size[0], H: n})
					drawn := text(screen)
					if n > 0 && size[0] >= 60 && (!strings.Contains(drawn, p.title()) || !strings.Contains(drawn, "press  ")) {
						t.Errorf("%s, %v: the panel is\n%s", theme.Label, size, drawn)
					}
					if ascii && strings.IndexFunc(drawn, func(r rune) bool { return r > 0x7e }) >= 0 {
						t.Errorf("%s: no ASCII:\n%s", theme.Label, drawn)
					}
					p.Keys()[0].Do()
				}
				screen.Fini()
			}
		}
	}
}

func text(screen tcell.SimulationScreen) string {
	screen.Show()
	cells, w, _ := screen.GetContents()
	var b strings.Builder
	for i, c := range cells {
		if i > 0 && i%w == 0 {
			b.WriteByte('\n')
		}
		b.WriteString(string(c.Runes))
	}
	return b.String()
}

// lateShell is a shell whose work is done when the test says so.
type lateShell struct {
	shell
	held []func(context.Context) func()
}

func (s *lateShell) Run(work func(context.Context) func()) { s.held = append(s.held, work) }

// TestLeaveAsksOnce: however often q is pressed, the journal is read once at a time.
func TestLeaveAsksOnce(t *testing.T) {
	p := New(Backend{Standing: func(context.Context) ([]StandingChange, error) { return nil, nil }})
	sh, left := &lateShell{}, 0
	p.Attach(sh)
	for range 10 {
		p.Leave(func() { left++ })
	}
	if len(sh.held) != 1 {
		t.Fatalf("the journal is read %d times at once", len(sh.held))
	}
	if sh.held[0](context.Background())(); left != 1 || len(sh.held) != 1 {
		t.Errorf("left %d times, %d reads", left, len(sh.held))
	}
}
