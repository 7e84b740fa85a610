package main

import (
	"context"
	"fmt"
	"path/filepath"
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

// shows reports whether a row of the last frame has the word, other than what is being typed.
func (s *watchedScreen) shows(word string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines {
		if strings.HasPrefix(strings.TrimSpace(line), ":") {
			continue
		}
		for _, w := range strings.FieldsFunc(line, func(r rune) bool { return r < '0' || r > '9' }) {
			if w == word {
				return true
			}
		}
	}
	return false
}

func (s *watchedScreen) state() (frames int, screen string, bad error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frames, strings.Join(s.lines, "\n"), s.bad
}

// TestHostileDrawn lets the terminal UI go to every kind of hostile process: its row is drawn, drawing ends, and no
// cell holds what a terminal would obey or a reader be deceived by.
func TestHostileDrawn(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: makes tens of thousands of processes")
	}
	w := hostile.New(t)
	for _, kind := range w.Kinds(t) {
		t.Run(kind, func(t *testing.T) {
			pid := strconv.Itoa(w.Start(t, kind)[0])
			source, err := procwalk.NewWalker(filepath.Join(w.Root, "proc"), procwalk.Keep())
			if err != nil {
				t.Fatal(err)
			}
			defer source.Close()
			live := inventory.NewLive(inventory.LiveConfig{Processes: source, ProcRoot: filepath.Join(w.Root, "proc"),
				CgroupRoot: "/sys/fs/cgroup"})
			defer live.Close()
			screen := &watchedScreen{SimulationScreen: tcell.NewSimulationScreen("UTF-8")}
			u := ui.New(ui.Options{
				Backend: ui.Backend{
					Source: live,
					Names: rows.Names{
						User: func(uint32) string { return "somebody" },
						TTY:  func(*procwalk.Process) string { return "" },
					},
				},
				Screen:   screen,
				Interval: 100 * time.Millisecond,
			})
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- u.Run(ctx) }()
			defer func() {
				cancel()
				select {
				case err := <-ended:
					if err != nil {
						t.Error(err)
					}
				case <-time.After(proctest.Patience):
					t.Error("the UI does not end")
				}
				if _, _, bad := screen.state(); bad != nil {
					t.Errorf("drew %v", bad)
				}
			}()

			await := func(what string, done func() bool) bool {
				for deadline := proctest.Deadline(); !done(); time.Sleep(5 * time.Millisecond) {
					if time.Now().After(deadline) {
						_, text, _ := screen.state()
						t.Errorf("%s: not within 20 s; the screen is\n%s", what, text)
						return false
					}
				}
				return true
			}
			if !await("the first rows", func() bool { return screen.shows("1") && screenHas(screen, "hostile") }) {
				return
			}
			for _, r := range ":" + pid {
				screen.InjectKey(tcell.KeyRune, r, tcell.ModNone)
			}
			screen.InjectKey(tcell.KeyEnter, 0, tcell.ModNone)
			if !await("the row of "+pid, func() bool { return screen.shows(pid) }) {
				return
			}
			// Two more refreshes, of which the second finds what the first remembered.
			from, _, _ := screen.state()
			await("two refreshes", func() bool { now, _, _ := screen.state(); return now >= from+2 })
		})
	}
}

func screenHas(s *watchedScreen, word string) bool {
	_, all, _ := s.state()
	return strings.Contains(all, word)
}
