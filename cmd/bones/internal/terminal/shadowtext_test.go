package terminal

import (
	"testing"

	"github.com/gdamore/tcell/v2"
)

// TestShadowTakesTextsAsCells: a text is drawn as its characters are, one by one, and ends where the line does.
func TestShadowTakesTextsAsCells(t *testing.T) {
	below := tcell.NewSimulationScreen("UTF-8")
	if err := below.Init(); err != nil {
		t.Fatal(err)
	}
	defer below.Fini()
	below.SetSize(10, 2)
	s := newShadow(below)
	red := tcell.StyleDefault.Foreground(tcell.ColorRed)
	over := tcell.StyleDefault.Background(tcell.ColorNone)
	for _, text := range []string{"abc", "a\u0301bc", "日本x", "ab日", "abcdefghijklmn", "a\x01b"} {
		for _, style := range []tcell.Style{tcell.StyleDefault, red, over} {
			s.Fill(' ', tcell.StyleDefault.Background(tcell.ColorBlue))
			s.PutStrStyled(2, 0, text, style)
			for x, rest, width := 2, text, 1; rest != "" && width > 0 && x < 10; x += width {
				rest, width = s.Put(x, 1, rest, style)
			}
			for x := range 10 {
				got, gotStyle, gotWidth := s.Get(x, 0)
				if want, wantStyle, wantWidth := s.Get(x, 1); got != want || gotStyle != wantStyle || gotWidth != wantWidth {
					t.Errorf("%q, cell %d is %q %v %d, want %q %v %d", text, x, got, gotStyle, gotWidth, want, wantStyle, wantWidth)
				}
			}
		}
	}
}
