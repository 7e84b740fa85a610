package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
	hostile "bones/testdata/hostile/world"
	"bones/ui"
	"bones/ui/rows"
)

// watchedScreen is a simulated terminal that looks at every frame in the goroutine that draws it.
type watchedScreen struct {
	tcell.SimulationScreen

	mu     sync.Mutex
	lines  []string // of the last frame
	frames int
	bad    error // the first cell that no terminal should be given
}

func (s *watchedScreen) Init() error {
	if err := s.SimulationScreen.Init(); err != nil {
		return err
	}
	s.SetSize(160, 45)
	return nil
}

func (s *watchedScreen) Show() { s.SimulationScreen.Show(); s.look() }
func (s *watchedScreen) Sync() { s.SimulationScreen.Sync(); s.look() }

func (s *watchedScreen) look() {
	cells, width, height := s.GetContents()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames++
	s.lines = s.lines[:0]
	for y := range height {
		var line strings.Builder
		for _, c := range cells[y*width : (y+1)*width] {
			for _, r := range c.Runes {
				if r != 0 && text.Deceptive(r) && s.bad == nil {
					s.bad = fmt.Errorf("%U in line %d, after %q", r, y, line.String())
				}
				line.WriteRune(r)
			}
		}
		s.lines = append(s.lines, line.String())
	}
}

// selects reports whether the cursor of the last frame is at the row of a process.
func (s *watchedScreen) selects(pid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.lines, func(line string) bool {
		words := strings.Fields(line)
		return len(words) > 1 && words[0] == ">" && words[1] == pid
	})
}

func (s *watchedScreen) state() (frames int, screen string, bad error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frames, strings.Join(s.lines, "\n"), s.bad
}

// TestHostileDrawn lets the terminal UI go to every kind of hostile process: its row is drawn, drawing ends, and
// no cell holds what a terminal would obey or a reader be deceived by. One UI is shown them all, one after the
// other, as a user's is who leaves it open. The small kinds are there all the time, each of the others while it is
// looked at. The next UI is started where a kind has stopped it.
func TestHostileDrawn(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: makes tens of thousands of processes")
	}
	w := hostile.New(t)
	small := w.StartSmall(t)
	var u *drawnUI
	look := func(what string, pids func(t *testing.T) []int) {
		if u == nil {
			u = newDrawnUI(t, w)
		}
		if !t.Run(what, func(t *testing.T) {
			defer u.unharmed(t)
			for _, pid := range pids(t) {
				u.goTo(t, pid)
			}
			// Two more refreshes, of which the second finds what the first remembered.
			from, _, _ := u.screen.state()
			u.await(t, "two refreshes", func() bool { now, _, _ := u.screen.state(); return now >= from+2 })
		}) {
			u = nil
		}
	}
	for pids := range slices.Chunk(slices.Sorted(maps.Values(small)), 20) { // whose rows the screen shows together
		look(fmt.Sprint("small ", pids), func(*testing.T) []int { return pids })
	}
	for _, kind := range w.Kinds(t) {
		if small[kind] == 0 {
			look(kind, func(t *testing.T) []int { return w.Start(t, kind)[:1] })
		}
	}
}

// goTo has the UI put the cursor at the row of a process. A UI that has not seen it yet says that there is none.
func (u *drawnUI) goTo(t *testing.T, process int) {
	t.Helper()
	pid := strconv.Itoa(process)
	var asked time.Time
	u.await(t, "the cursor at the row of "+pid, func() bool {
		if time.Since(asked) > drawnInterval {
			asked = time.Now()
			for _, r := range ":" + pid {
				u.screen.InjectKey(tcell.KeyRune, r, tcell.ModNone)
			}
			u.screen.InjectKey(tcell.KeyEnter, 0, tcell.ModNone)
		}
		return u.screen.selects(pid)
	})
}

// drawnInterval is how long a drawnUI waits between two refreshes.
const drawnInterval = 100 * time.Millisecond

// drawnUI is a terminal UI over the processes of a World.
type drawnUI struct {
	screen *watchedScreen
}

// newDrawnUI starts one, which ends with the test, and waits for its first rows.
func newDrawnUI(t *testing.T, w *hostile.World) *drawnUI {
	t.Helper()
	source, err := procwalk.NewWalker(filepath.Join(w.Root, "proc"), procwalk.Keep())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	live := inventory.NewLive(inventory.LiveConfig{Processes: source, ProcRoot: filepath.Join(w.Root, "proc"),
		CgroupRoot: "/sys/fs/cgroup"})
	t.Cleanup(func() { live.Close() })
	u := &drawnUI{&watchedScreen{SimulationScreen: tcell.NewSimulationScreen("UTF-8")}}
	shown := ui.New(ui.Options{
		Backend: ui.Backend{
			Source: live,
			Names: rows.Names{
				User: func(uint32) string { return "somebody" },
				TTY:  func(*procwalk.Process) string { return "" },
			},
		},
		Screen:   u.screen,
		Interval: drawnInterval,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- shown.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(proctest.Patience):
			t.Error("the UI does not end")
		}
		u.unharmed(t)
	})
	u.await(t, "the first rows", func() bool {
		return screenHas(u.screen, "by hand: ps") && screenHas(u.screen, "hostile")
	})
	return u
}

// unharmed fails the test where a cell was drawn that no terminal should be given. Each is told once.
func (u *drawnUI) unharmed(t *testing.T) {
	t.Helper()
	u.screen.mu.Lock()
	bad := u.screen.bad
	u.screen.bad = nil
	u.screen.mu.Unlock()
	if bad != nil {
		t.Errorf("drew %v", bad)
	}
}

// await waits until the screen is as it must be, and shows it in the failure.
func (u *drawnUI) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := proctest.Deadline(); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			_, text, _ := u.screen.state()
			t.Fatalf("%s: not within %v; the screen is\n%s", what, proctest.Patience, text)
		}
	}
}

func screenHas(s *watchedScreen, word string) bool {
	_, all, _ := s.state()
	return strings.Contains(all, word)
}
