package terminal

import (
	"sync/atomic"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// shadow hands only those cells to the screen below that differ from what that shows. tview blanks the whole screen
// before it draws, and tcell takes every cell that is written to after that for changed, and sends it again: 24 KB a
// refresh on 160x45 while nothing moves, which is what a slow line carries in a second.
//
// It is drawn on by one goroutine, as tview does. Suspend, Resume and the events may come from others.
type shadow struct {
	tcell.Screen
	w, h  int
	cells []packedCell // what is drawn
	below []packedCell // what the screen below was given
	packs packs
	// all says that the next frame is handed on as a whole: the terminal was resized or was lent to somebody.
	all    atomic.Bool
	cursor [2]int // where it is, or -1, -1
	moved  bool   // since the last frame
}

var hidden = [2]int{-1, -1}

func newShadow(below tcell.Screen) *shadow {
	s := &shadow{Screen: below, cursor: hidden, packs: newPacks()}
	s.all.Store(true)
	return s
}

// fit gives the cells the size of the screen. What was drawn is not kept: who draws begins with Fill.
func (s *shadow) fit() {
	if w, h := s.Screen.Size(); w != s.w || h != s.h {
		s.w, s.h = w, h
		n := max(w, 0) * max(h, 0)
		s.cells, s.below = make([]packedCell, n), make([]packedCell, n)
		for i := range s.cells {
			s.cells[i] = blank
		}
		s.all.Store(true)
	}
}

func (s *shadow) at(x, y int) *packedCell {
	if x < 0 || y < 0 || x >= s.w || y >= s.h {
		return nil
	}
	return &s.cells[y*s.w+x]
}

// Clear fills the screen with blanks.
func (s *shadow) Clear() { s.Fill(' ', tcell.StyleDefault) }

// Fill fills the screen with a character.
func (s *shadow) Fill(r rune, style tcell.Style) {
	s.fit()
	text := s.packs.text(oneRune(r))
	if i, ok := s.packs.style(style); ok {
		filled := packedCell{text, i, 1}
		for i := range s.cells {
			s.cells[i] = filled
		}
		return
	}
	for i := range s.cells {
		c := &s.cells[i]
		*c = packedCell{text, s.packs.over(c.style, style), 1}
	}
}

// Put draws the first grapheme cluster of a text, and returns the rest and how many columns the cluster takes.
func (s *shadow) Put(x, y int, str string, style tcell.Style) (rest string, width int) {
	c := s.at(x, y)
	if c == nil {
		return str, 0
	}
	i, ok := s.packs.style(style)
	if !ok {
		i = s.packs.over(c.style, style)
	}
	if isPlain(str) {
		*c = packedCell{uint32(str[0]), i, 1}
		return str[1:], 1
	}
	rest, state := str, -1
	for width == 0 && rest != "" {
		_, rest, width, state = uniseg.FirstGraphemeClusterInString(rest, state)
	}
	if width == 0 { // of which tcell makes a blank
		*c = packedCell{' ', i, 1}
	} else {
		*c = packedCell{s.packs.text(str[:len(str)-len(rest)]), i, uint32(width)}
	}
	return rest, width
}

// isPlain reports whether a text begins with a printable character of ASCII that nothing combines with, and so needs
// no tables of Unicode.
func isPlain(s string) bool {
	return s != "" && s[0] >= ' ' && s[0] < 0x7f && (len(s) == 1 || s[1] >= ' ' && s[1] < 0x7f)
}

// PutStr draws a text.
func (s *shadow) PutStr(x, y int, str string) { s.PutStrStyled(x, y, str, tcell.StyleDefault) }

// PutStrStyled draws a text, as far as the line goes.
func (s *shadow) PutStrStyled(x, y int, str string, style tcell.Style) {
	i, ok := s.packs.style(style) // once for all cells
	for width := 0; str != "" && x < s.w && y < s.h; x += width {
		if c := s.at(x, y); ok && c != nil && isPlain(str) {
			*c, str, width = packedCell{uint32(str[0]), i, 1}, str[1:], 1
		} else if str, width = s.Put(x, y, str, style); width == 0 {
			return
		}
	}
}

// SetContent draws a character and what combines with it.
func (s *shadow) SetContent(x, y int, primary rune, combining []rune, style tcell.Style) {
	if len(combining) == 0 {
		s.Put(x, y, oneRune(primary), style)
		return
	}
	s.Put(x, y, string(append([]rune{primary}, combining...)), style)
}

// SetCell is the same by its oldest name.
func (s *shadow) SetCell(x, y int, style tcell.Style, ch ...rune) {
	if len(ch) == 0 {
		ch = []rune{' '}
	}
	s.SetContent(x, y, ch[0], ch[1:], style)
}

// ascii has the strings of one byte, so that drawing them makes none.
const ascii = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

func oneRune(r rune) string {
	if r >= ' ' && r < 0x7f {
		return ascii[r-' ' : r-' '+1]
	}
	return string(r)
}

// Get returns what is drawn in a cell.
func (s *shadow) Get(x, y int) (text string, style tcell.Style, width int) {
	c := s.at(x, y)
	if c == nil {
		return "", tcell.StyleDefault, 0
	}
	return s.packs.of(*c)
}

// GetContent is Get by its older name.
func (s *shadow) GetContent(x, y int) (primary rune, combining []rune, style tcell.Style, width int) {
	text, style, width := s.Get(x, y)
	for i, r := range text {
		if i == 0 {
			primary = r
		} else {
			combining = append(combining, r)
		}
	}
	return primary, combining, style, width
}

// ShowCursor has the cursor shown at a place, or hidden outside of the screen.
func (s *shadow) ShowCursor(x, y int) {
	s.moved = s.moved || s.cursor != [2]int{x, y}
	s.cursor = [2]int{x, y}
	s.Screen.ShowCursor(x, y)
}

// HideCursor hides the cursor.
func (s *shadow) HideCursor() { s.ShowCursor(hidden[0], hidden[1]) }

// SetCursorStyle sets how the cursor looks.
func (s *shadow) SetCursorStyle(style tcell.CursorStyle, color ...tcell.Color) {
	s.moved = true
	s.Screen.SetCursorStyle(style, color...)
}

// Show draws what has changed. Where nothing has, nothing at all is sent: tcell would hide and show the cursor.
func (s *shadow) Show() {
	if s.hand() || s.moved {
		s.moved = false
		s.Screen.Show()
	}
}

// Sync draws everything, whatever the terminal shows.
func (s *shadow) Sync() {
	s.hand()
	s.Screen.Sync()
}

// hand gives the screen below what differs from what it was given before, also what a wide character hides: the screen
// below must be able to draw it once that has gone. It reports whether anything differs.
func (s *shadow) hand() (differs bool) {
	if w, h := s.Screen.Size(); w != s.w || h != s.h {
		s.all.Store(true)
	}
	all := s.all.Swap(false)
	for y := range s.h {
		cells, below := s.cells[y*s.w:(y+1)*s.w], s.below[y*s.w:(y+1)*s.w]
		last := -1 // the last cell that differs, of this line
		for x, c := range cells {
			if c == below[x] && !all {
				continue
			}
			if last >= 0 && !all {
				s.bridge(cells, y, last, x)
			}
			text, style, _ := s.packs.of(c)
			s.Screen.Put(x, y, text, style)
			below[x], last, differs = c, x, true
		}
	}
	s.packs.forget(s.cells, s.below)
	return differs || all
}

// bridged is how many cells that do not differ are sent again between two that do: it takes some eight bytes to move
// the cursor over them.
const bridged = 5

// bridge has the cells between two that differ sent again, where that takes less than to move the cursor.
func (s *shadow) bridge(cells []packedCell, y, from, to int) {
	if to-from-1 > bridged {
		return
	}
	for _, c := range cells[from : to+1] {
		if c.style != cells[to].style || c.width != 1 || c.text >= clusters {
			return
		}
	}
	for x := from + 1; x < to; x++ {
		// The screen below takes a cell for changed whose text was another one meanwhile.
		text, style, _ := s.packs.of(cells[x])
		other := "x"
		if text == other {
			other = "y"
		}
		s.Screen.Put(x, y, other, style)
		s.Screen.Put(x, y, text, style)
	}
}

// Resume takes the terminal back. Others have written on it.
func (s *shadow) Resume() error {
	err := s.Screen.Resume()
	s.all.Store(true)
	return err
}

// PollEvent returns the next event.
func (s *shadow) PollEvent() tcell.Event {
	ev := s.Screen.PollEvent()
	if _, ok := ev.(*tcell.EventResize); ok {
		s.all.Store(true)
	}
	return ev
}
