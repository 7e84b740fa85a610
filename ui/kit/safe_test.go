package kit

import (
	"strings"
	"testing"

	"bones/procwalk/text"

	"github.com/gdamore/tcell/v2"
)

// TestPainterIsTheLastDefence: text that nobody has sanitised reaches no cell as it is.
func TestPainterIsTheLastDefence(t *testing.T) {
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	defer screen.Fini()
	screen.SetSize(20, 1)
	p := Painter{screen, NewTheme("default", false)}
	for s, want := range map[string]string{
		"a\x1b[31mb":                      "a?[31mb",
		"a\u009b31mb":                     "a?31mb",
		"a\u202eb":                        "a?b",
		"a\u200db":                        "?b", // one character to whoever draws it
		"a\xffb":                          "a?b",
		"a" + strings.Repeat("\u0301", 9): "a" + strings.Repeat("\u0301", clusterMax-1),
		"日本e\u0301":                       "日本e\u0301",
	} {
		screen.Clear()
		n, got := p.Text(0, 0, 20, tcell.StyleDefault, s), ""
		for x := 0; x < n; {
			cell, _, cells := screen.Get(x, 0)
			got, x = got+cell, x+max(cells, 1)
		}
		if got != want || strings.ContainsFunc(got, text.Deceptive) {
			t.Errorf("%q is drawn as %q, want %q", s, got, want)
		}
	}
}

// TestPainterCutsAtTheScreen: of what begins left of the screen the rest is drawn, where it belongs.
func TestPainterCutsAtTheScreen(t *testing.T) {
	screen := tcell.NewSimulationScreen("UTF-8")
	screen.SetSize(8, 1)
	p := Painter{screen, NewTheme("default", false)}
	for _, c := range []struct {
		x, width int
		s, want  string
	}{{0, 3, "abcdef", "abc"}, {-2, 9, "abcdef", "cdef"}, {-2, 4, "ab\u0301cd", "cd"}, {5, 9, "abcdef", "     abc"},
		{-9, 9, "abcdef", ""}} {
		screen.Clear()
		p.Text(c.x, 0, c.width, tcell.StyleDefault, c.s)
		got := ""
		for x := range 8 {
			cell, _, _ := screen.Get(x, 0)
			got += cell
		}
		if got = strings.TrimRight(got, " "); got != c.want {
			t.Errorf("%q from %d on is drawn as %q, want %q", c.s, c.x, got, c.want)
		}
	}
}
