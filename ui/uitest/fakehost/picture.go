package fakehost

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"github.com/gdamore/tcell/v2"
)

// The size of one cell of a picture, in pixels, and the colours of a terminal that has none of its own.
const (
	cellW, cellH         = 8, 17
	ownText, ownGround   = "#d0d0d0", "#101010"
	dimmed, pictureStart = "0.66", 13
)

// SVG is the screen as a picture in colours. Text is text: it can be searched and scales.
func (s *Screen) SVG() string {
	s.Redraw()
	w, h := s.Terminal.Size()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="monospace" font-size="13" `+
		`xml:space="preserve">`+"\n"+`<rect width="100%%" height="100%%" fill="%s"/>`+"\n", w*cellW, h*cellH, ownGround)
	for y := range h {
		for x := 0; x < w; {
			text, style, n := s.Terminal.Get(x, y)
			end := x + max(n, 1)
			for end < w { // as many cells as look alike are one piece
				next, same, n := s.Terminal.Get(end, y)
				if same != style {
					break
				}
				text += next
				end += max(n, 1)
			}
			piece(&b, x, y, end-x, text, style)
			x = end
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// piece writes some cells of one style.
func piece(b *strings.Builder, x, y, cells int, text string, style tcell.Style) {
	fg, bg, attr := style.Decompose()
	colour := func(c tcell.Color, own string) string {
		if c == tcell.ColorDefault {
			return own
		}
		return fmt.Sprintf("#%06x", c.Hex())
	}
	ink, ground := colour(fg, ownText), colour(bg, ownGround)
	if attr&tcell.AttrReverse != 0 {
		ink, ground = ground, ink
	}
	if ground != ownGround {
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", x*cellW, y*cellH, cells*cellW, cellH,
			ground)
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs" fill="%s"`, x*cellW,
		y*cellH+pictureStart, cells*cellW, ink)
	for _, a := range []struct {
		mask tcell.AttrMask
		as   string
	}{{tcell.AttrBold, `font-weight="bold"`}, {tcell.AttrItalic, `font-style="italic"`},
		{tcell.AttrUnderline, `text-decoration="underline"`}, {tcell.AttrDim, `opacity="` + dimmed + `"`}} {
		if attr&a.mask != 0 {
			b.WriteString(" " + a.as)
		}
	}
	fmt.Fprintf(b, ">%s</text>\n", html.EscapeString(text))
}

// Picture compares the screen with the picture of this name in testdata/pictures, which -update writes.
func (s *Screen) Picture(name string) {
	s.T.Helper()
	s.Safe()
	got, path := s.SVG(), filepath.Join(root(s.T), "testdata", "pictures", name+".svg")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			s.T.Fatal(err)
		}
		return
	}
	switch want, err := os.ReadFile(path); {
	case err != nil:
		s.T.Errorf("%v; make screens writes it", err)
	case string(want) != got:
		s.T.Errorf("testdata/pictures/%s.svg is not what bones draws; if that is to be drawn now, make screens writes it "+
			"anew", name)
	}
}
