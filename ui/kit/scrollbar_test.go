package kit

import (
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
)

// numbers is a grid of so many rows.
type numbers struct{ n, at int }

func (g numbers) Len() int      { return g.n }
func (g numbers) Selected() int { return g.at }
func (g numbers) Heads(width, _, _ int) []Head {
	return []Head{{Title: "A", Width: 3}, {Title: "WORDS", Width: max(width-4, 0), Wide: true}}
}
func (g numbers) Cell(dst []byte, _, _ int) ([]byte, int) { return append(dst, "word"...), 0 }
func (g numbers) Look(int) Look                           { return Look{} }

// TestPositionAndScrollBar: a list says where one is in it, and how much of it is in view.
func TestPositionAndScrollBar(t *testing.T) {
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	defer screen.Fini()
	screen.SetSize(30, 11)
	p := Painter{screen, NewTheme("default", false)}
	draw := func(n, at int) (head, bar string) {
		screen.Clear()
		table := Table{Grid: numbers{n, at}}
		table.Draw(p, Rect{0, 0, 30, 11}, at)
		table.Show(at)
		table.Draw(p, Rect{0, 0, 30, 11}, at)
		for x := range 30 {
			s, _, _ := screen.Get(x, 0)
			head += s
		}
		for y := 1; y < 11; y++ {
			s, _, _ := screen.Get(29, y)
			bar += s
		}
		return head, bar
	}
	for _, c := range []struct {
		n, at      int
		head, bar  string
		top, below bool // something of the bar is above, or below the thumb
	}{
		{5, 2, "3/5", "", false, false},
		{100, 0, "1/100", "█", false, true},
		{100, 99, "100/100", "█", true, false},
		{100, 50, "51/100", "█", true, true},
		{11, 5, "6/11", "█", false, true},
	} {
		head, bar := draw(c.n, c.at)
		if !strings.HasSuffix(strings.TrimRight(head, " "), c.head) {
			t.Errorf("row %d of %d: the heads are %q", c.at, c.n, head)
		}
		switch above, below := strings.HasPrefix(bar, "│"), strings.HasSuffix(bar, "│"); {
		case c.bar == "" && strings.TrimSpace(strings.ReplaceAll(bar, "word", "")) != "":
			t.Errorf("all is in view, and there is a bar %q", bar)
		case c.bar != "" && (!strings.Contains(bar, c.bar) || above != c.top || below != c.below):
			t.Errorf("row %d of %d: the bar is %q", c.at, c.n, bar)
		}
	}
}
