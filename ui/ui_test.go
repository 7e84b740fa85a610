package ui

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// rig is a whole UI on a simulated screen, driven without an event loop: keys and frames are handled, and goroutines
// run, in the test itself.
type rig struct {
	*UI
	t      testing.TB
	screen tcell.SimulationScreen
	last   *procwalk.Snapshot
	copied string
	sent   []string // effects that were carried out
	fail   error    // what carrying out returns
	now    time.Time
}

func newRig(t testing.TB, w, h int, change ...func(*Options)) *rig {
	t.Helper()
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(screen.Fini)
	screen.SetSize(w, h)
	r := &rig{t: t, screen: screen}
	o := Options{
		Screen: screen, CgroupMode: "hybrid", Missing: []string{"CAP_SYS_PTRACE"},
		Backend: Backend{
			Go:  func(f func()) { f() },
			Now: func() time.Time { return r.now },
			Names: rows.Names{
				User: func(uid uint32) string { return map[uint32]string{0: "root", 1000: "ada", 1001: "evil\x1b[31m"}[uid] },
				Container: func(p *procwalk.Process) []text.Text {
					if p.Cgroups == nil || !strings.HasPrefix(p.Cgroups.Lines[0].Path.Raw(), "/docker/") {
						return nil
					}
					return []text.Text{text.New("cache"), text.New("0123456789ab")}
				},
			},
			Quick: func(p *procwalk.Process, s *procwalk.Snapshot, reveal bool) []rows.Section {
				secret := "***"
				if reveal {
					secret = "hunter2"
				}
				return []rows.Section{
					{Title: "Process", Lines: []rows.Line{{Label: "name", Value: p.Comm.String()}, {Label: "args", Value: string(rows.AppendCommand(nil, p))}}},
					{Title: "Environment", Lines: []rows.Line{{Label: "PASSWORD", Value: secret, Style: rows.Warn}, {Value: strings.Repeat("long ", 40)}}},
				}
			},
			Threads: func(_ context.Context, id procwalk.ID) ([]rows.Thread, error) {
				return []rows.Thread{{TID: id.PID, Comm: text.New("main"), State: 'S'}, {TID: id.PID + 1, Comm: text.New("w\x1b"), State: 'R', Ticks: 100}}, nil
			},
			Signals: []SignalChoice{{1, "HUP", "ends it"}, {9, "KILL", "ends it at once"}, {15, "TERM", "asks it to end"}, {18, "CONT", "lets it go on"}},
			Signal: func(_ *procwalk.Snapshot, p *procwalk.Process, n int) (effect.Effect, error) {
				return fakeSignal{p, n}, nil
			},
			Carry: func(_ context.Context, e effect.Effect) (effect.Outcome, error) {
				r.sent = append(r.sent, e.Describe())
				return effect.Outcome{}, r.fail
			},
			Copy:    func(s string) { r.copied = s },
			Explain: func(_ context.Context, id procwalk.ID) (*rows.Explanation, error) { return explainedIn(r.last, id) },
		},
	}
	for _, c := range change {
		c(&o)
	}
	r.UI = New(o)
	r.UI.post = func(f func()) { f() }
	t.Cleanup(r.UI.cancel)
	return r
}

// fakeSignal is an effect that does nothing.
type fakeSignal struct {
	p *procwalk.Process
	n int
}

func (e fakeSignal) Kind() string { return "signal" }
func (e fakeSignal) Describe() string {
	return effect.Command("signal", itoa(e.n), "to", itoa(e.p.PID))
}
func (e fakeSignal) ByHand() string { return effect.Command("kill", "-"+itoa(e.n), itoa(e.p.PID)) }
func (e fakeSignal) Risk() effect.Risk {
	switch {
	case e.p.PID == 1:
		return effect.Risk{Level: effect.Grave, Why: "it is PID 1"}
	case e.n == 18:
		return effect.Risk{}
	}
	return effect.Risk{Level: effect.Confirm, Why: "it may end"}
}
func (e fakeSignal) Undo() effect.Undo { return effect.Undo{Why: "a signal cannot be called back"} }
func (e fakeSignal) About() text.Text  { return text.Text{} }
func (e fakeSignal) Apply(context.Context) (effect.Outcome, error) {
	return effect.Outcome{}, errors.New("the UI must not call Apply")
}

func itoa(n int) string { return strconv.Itoa(n) }

// frame gives the UI another snapshot.
func (r *rig) frame(s *procwalk.Snapshot) {
	r.now = s.Taken.Add(300 * time.Millisecond)
	r.update(&Frame{Facts: rows.NewFacts(r.last, s), Host: HostFacts{HasLoad: true, Load: [3]float64{0.1, 0.2, 0.3}, HasMemory: true, MemTotal: 8 << 30, MemAvailable: 6 << 30}})
	r.last = s
}

// press presses keys by name, each followed by drawing, as the event loop does.
func (r *rig) press(keys ...string) {
	for _, k := range keys {
		r.InputHandler()(event(k), nil)
		r.draw()
	}
}

// typeText types each character.
func (r *rig) typeText(s string) {
	for _, c := range s {
		r.InputHandler()(tcell.NewEventKey(tcell.KeyRune, c, tcell.ModNone), nil)
		r.draw()
	}
}

func (r *rig) draw() {
	w, h := r.screen.Size()
	r.SetRect(0, 0, w, h)
	r.screen.Clear()
	r.Draw(r.screen)
	r.screen.Show()
}

// text draws and returns the screen as lines without blanks at their ends.
func (r *rig) text() string {
	r.draw()
	w, h := r.screen.Size()
	var b strings.Builder
	for y := range h {
		var line strings.Builder
		for x := 0; x < w; {
			s, _, n := r.screen.Get(x, y)
			line.WriteString(s)
			x += max(n, 1)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

func (r *rig) pid() int {
	id, _ := r.view().Subject()
	return id.PID
}

func (r *rig) wantText(want string) {
	r.t.Helper()
	if got := r.text(); !strings.Contains(got, want) {
		r.t.Fatalf("the screen does not show %q:\n%s", want, got)
	}
}

// safe checks that no cell holds what could act on a terminal, and that no wide character is cut.
func (r *rig) safe() {
	r.t.Helper()
	r.draw()
	w, h := r.screen.Size()
	for y := range h {
		for x := 0; x < w; x++ {
			s, _, n := r.screen.Get(x, y)
			for _, c := range s {
				if text.Deceptive(c) {
					r.t.Fatalf("cell %d,%d holds %U: %q", x, y, c, s)
				}
			}
			if x+n > w {
				r.t.Fatalf("cell %d,%d: %q is cut by the edge", x, y, s)
			}
			for i := 1; i < n; i++ {
				if under, _, _ := r.screen.Get(x+i, y); under != " " && under != "" {
					r.t.Fatalf("cell %d,%d: %q covers %q", x, y, s, under)
				}
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("..", "testdata", "golden", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./ui -update writes it", err)
	}
	if got == string(want) {
		return
	}
	a, b := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			t.Errorf("%s line %d:\nwant %q\ngot  %q", name, i+1, x, y)
		}
	}
}

// world returns a rig that has seen two snapshots of the small host.
func world(t testing.TB, w, h int, change ...func(*Options)) *rig {
	r := newRig(t, w, h, change...)
	r.frame(rowstest.World(0))
	r.frame(rowstest.World(2))
	r.draw()
	return r
}
