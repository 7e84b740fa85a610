package fakehost

import (
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// Terminal is a simulated screen whose cells a test reads as they were drawn. It keeps them by tcell's own rules, but
// without a lock and without the copy that a terminal would show: nobody draws beside the test, and looking for the
// end of a character in every blank took a quarter of the time of all tests of the UI.
type Terminal struct {
	tcell.SimulationScreen // what is neither drawn nor read back
	cells                  []cell
	w, h                   int
	styles                 []tcell.Style // cells have their numbers: one takes more than the rest of a cell
	numbers                map[tcell.Style]int32
	last                   int32 // the number that was asked for last: the next cell has mostly the same
}

type cell struct {
	text         string // "" where nothing was drawn
	style, width int32
}

// number is that of a style; of the default one it is 0.
func (t *Terminal) number(style tcell.Style) int32 {
	if style == t.styles[t.last] {
		return t.last
	}
	n, known := t.numbers[style]
	if !known {
		n = int32(len(t.styles))
		t.styles, t.numbers[style] = append(t.styles, style), n
	}
	t.last = n
	return n
}

// SetSize changes the size, in cells. What was drawn stays where it was.
func (t *Terminal) SetSize(w, h int) {
	cells := make([]cell, w*h)
	for y := range min(h, t.h) {
		copy(cells[y*w:(y+1)*w], t.cells[y*t.w:(y+1)*t.w])
	}
	t.cells, t.w, t.h = cells, w, h
	if t.styles == nil {
		t.styles, t.numbers = []tcell.Style{tcell.StyleDefault}, map[tcell.Style]int32{tcell.StyleDefault: 0}
	}
}

// Size returns width and height, in cells.
func (t *Terminal) Size() (w, h int) { return t.w, t.h }

// Clear empties every cell.
func (t *Terminal) Clear() { t.Fill(' ', tcell.StyleDefault) }

// Fill writes one character into every cell.
func (t *Terminal) Fill(c rune, style tcell.Style) {
	if len(t.cells) == 0 {
		return
	}
	t.cells[0] = cell{string(c), t.number(style), 1}
	for n := 1; n < len(t.cells); n *= 2 { // as copies, which take a fraction of writing each cell
		copy(t.cells[n:], t.cells[:n])
	}
}

// Put writes the first character of a text into a cell, and returns the rest of the text and the character's width.
func (t *Terminal) Put(x, y int, s string, style tcell.Style) (rest string, width int) {
	if x < 0 || y < 0 || x >= t.w || y >= t.h {
		return s, 0
	}
	text := s
	if c, n := utf8.DecodeRuneInString(s); n == len(s) && (c >= ' ' && c < 0x7f || c >= '─' && c <= '╿') {
		rest, width = "", 1
	} else {
		rest, width = t.first(s)
		text = s[:len(s)-len(rest)]
	}
	t.cells[y*t.w+x] = cell{text, t.number(style), int32(width)}
	return rest, width
}

// first cuts the first character that has a width off a text.
func (t *Terminal) first(s string) (rest string, width int) {
	for state := -1; width == 0 && s != ""; {
		_, s, width, state = uniseg.FirstGraphemeClusterInString(s, state)
	}
	return s, width
}

// PutStrStyled writes a text from a cell on.
func (t *Terminal) PutStrStyled(x, y int, s string, style tcell.Style) {
	n := t.number(style)
	for width := 1; s != "" && width > 0; x += width {
		if x >= 0 && y >= 0 && x < t.w && y < t.h && s[0] >= ' ' && s[0] < 0x7f && (len(s) == 1 || s[1] < utf8.RuneSelf) {
			t.cells[y*t.w+x] = cell{s[:1], n, 1}
			s = s[1:]
			continue
		}
		s, width = t.Put(x, y, s, style)
	}
}

// PutStr writes a text in the default style.
func (t *Terminal) PutStr(x, y int, s string) { t.PutStrStyled(x, y, s, tcell.StyleDefault) }

// SetCell writes a character of several code points.
func (t *Terminal) SetCell(x, y int, style tcell.Style, c ...rune) {
	if len(c) == 0 {
		c = []rune{' '}
	}
	t.Put(x, y, string(c), style)
}

// SetContent writes a character and the marks on it.
func (t *Terminal) SetContent(x, y int, c rune, marks []rune, style tcell.Style) {
	t.Put(x, y, string(c)+string(marks), style)
}

// Get returns what a cell holds.
func (t *Terminal) Get(x, y int) (string, tcell.Style, int) {
	if x < 0 || y < 0 || x >= t.w || y >= t.h {
		return "", tcell.StyleDefault, 0
	}
	c := &t.cells[y*t.w+x]
	if c.width == 0 || c.text == "" {
		return " ", t.styles[c.style], 1
	}
	return c.text, t.styles[c.style], int(c.width)
}

// GetContent returns what a cell holds as code points.
func (t *Terminal) GetContent(x, y int) (c rune, marks []rune, style tcell.Style, width int) {
	text, style, width := t.Get(x, y)
	for i, r := range text {
		if i == 0 {
			c = r
		} else {
			marks = append(marks, r)
		}
	}
	return c, marks, style, width
}
