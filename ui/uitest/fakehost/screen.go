// Package fakehost is what tests of the UI run on: a simulated screen, and a small host whose answers a test can
// change. It does not know package ui, so that this one's own tests can use it, too.
package fakehost

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/text"
	"bones/ui/kit"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// Screen drives a UI on a simulated screen, without an event loop: keys are handled in the test itself.
type Screen struct {
	T        testing.TB
	Terminal *Terminal
	UI       tview.Primitive // what is driven
}

func newScreen(t testing.TB, w, h int) Screen {
	t.Helper()
	terminal := &Terminal{SimulationScreen: tcell.NewSimulationScreen("UTF-8")} // which needs no Init: it shows nothing
	terminal.SetSize(w, h)
	return Screen{T: t, Terminal: terminal}
}

// Press presses keys by name, each followed by drawing, as the event loop does.
func (s *Screen) Press(keys ...string) {
	for _, k := range keys {
		s.UI.InputHandler()(kit.Event(k), nil)
		s.Redraw()
	}
}

// Type types each character, followed by drawing. A line after : or / is typed by somebody who knows it by heart, and
// is drawn when it begins and when it is whole; what is to be drawn with each of its characters is pressed.
func (s *Screen) Type(text string) {
	typed, line := []rune(text), false
	for i, c := range typed {
		s.UI.InputHandler()(tcell.NewEventKey(tcell.KeyRune, c, tcell.ModNone), nil)
		begins := !line && (c == ':' || c == '/')
		if line = (line || begins) && c >= ' '; begins || !line || i == len(typed)-1 || typed[i+1] < ' ' {
			s.Redraw()
		}
	}
}

// Click does something with the mouse.
func (s *Screen) Click(action tview.MouseAction, x, y int) {
	s.UI.MouseHandler()(action, tcell.NewEventMouse(x, y, tcell.ButtonPrimary, tcell.ModNone), nil)
	s.Safe()
}

// Redraw draws the whole screen.
func (s *Screen) Redraw() {
	w, h := s.Terminal.Size()
	s.UI.SetRect(0, 0, w, h)
	s.Terminal.Clear()
	s.UI.Draw(s.Terminal)
}

// Text draws and returns the screen as lines without blanks at their ends.
func (s *Screen) Text() string {
	s.Redraw()
	w, h := s.Terminal.Size()
	var b strings.Builder
	for y := range h {
		var line strings.Builder
		for x := 0; x < w; {
			cell, _, n := s.Terminal.Get(x, y)
			line.WriteString(cell)
			x += max(n, 1)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// Shows reports whether a text is on the screen.
func (s *Screen) Shows(text string) bool { return strings.Contains(s.Text(), text) }

// WantText ends the test if a text is not on the screen.
func (s *Screen) WantText(want string) {
	s.T.Helper()
	if got := s.Text(); !strings.Contains(got, want) {
		s.T.Fatalf("the screen does not show %q:\n%s", want, got)
	}
}

// Safe draws, and checks that no cell holds what could act on a terminal, and that no wide character is cut.
func (s *Screen) Safe() {
	s.T.Helper()
	s.Redraw()
	s.SafeAsDrawn()
}

// SafeAsDrawn is Safe for what has been drawn already.
func (s *Screen) SafeAsDrawn() {
	s.T.Helper()
	w, h := s.Terminal.Size()
	for y := range h {
		for x := 0; x < w; x++ {
			cell, _, n := s.Terminal.Get(x, y)
			if len(cell) == 1 && cell[0] >= ' ' && cell[0] < 0x7f {
				continue
			}
			for _, c := range cell {
				if text.Deceptive(c) {
					s.T.Fatalf("cell %d,%d holds %U: %q", x, y, c, cell)
				}
			}
			if x+n > w {
				s.T.Fatalf("cell %d,%d: %q is cut by the edge", x, y, cell)
			}
			for i := 1; i < n; i++ {
				if under, _, _ := s.Terminal.Get(x+i, y); under != " " && under != "" {
					s.T.Fatalf("cell %d,%d: %q covers %q", x, y, cell, under)
				}
			}
		}
	}
}

// Golden compares the screen with the golden one of this name in testdata/golden, which -update writes.
func (s *Screen) Golden(name string) {
	s.T.Helper()
	s.Safe()
	got := s.Text()
	path := filepath.Join(root(s.T), "testdata", "golden", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			s.T.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.T.Fatalf("%v; go test ./ui/... -update writes it", err)
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
			s.T.Errorf("%s line %d:\nwant %q\ngot  %q", name, i+1, x, y)
		}
	}
	s.T.Log("if the screen is to be like that now, make golden writes the golden ones anew")
}

// root is the directory of the module.
func root(t testing.TB) string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	t.Fatalf("no go.mod around the working directory: %v", err)
	return ""
}
