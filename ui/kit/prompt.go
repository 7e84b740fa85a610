package kit

import (
	"fmt"
	"unicode"

	"bones/procwalk/text"

	"github.com/gdamore/tcell/v2"
)

// Question is what the user is asked to type.
type Question struct {
	Label  string
	Text   string                          // what stands there at first
	Typed  func(text string) (note string) // called after each change; returns what is wrong with it; may be nil
	Accept func(text string)               // called for Enter; may be nil
	Cancel func()                          // called for Esc; may be nil
}

// Prompt is a line to type the answer to a question into.
type Prompt struct {
	Question
	Note string // what is wrong with what was typed

	input  []rune
	cursor int  // before which character the next one goes
	full   bool // of what the last key or paste put in, something was left out
}

// NewPrompt makes a prompt with the cursor at the end.
func NewPrompt(q Question) *Prompt {
	p := &Prompt{Question: q}
	p.SetValue(q.Text)
	return p
}

// SetValue replaces what was typed.
func (l *Prompt) SetValue(s string) {
	l.input = []rune(s)
	l.cursor = len(l.input)
}

// promptMax is how much can be typed or pasted.
const promptMax = 4096

// Value is what was typed.
func (l *Prompt) Value() string { return string(l.input) }

// Key handles one key and reports whether the prompt is finished.
func (l *Prompt) Key(ev *tcell.EventKey) (done bool) {
	before := l.Value()
	l.full = false
	switch ev.Key() {
	case tcell.KeyEnter:
		if l.Accept != nil {
			l.Accept(l.Value())
		}
		return true
	case tcell.KeyEsc, tcell.KeyCtrlC:
		if l.Cancel != nil {
			l.Cancel()
		}
		return true
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		if l.cursor > 0 {
			l.input = append(l.input[:l.cursor-1], l.input[l.cursor:]...)
			l.cursor--
		}
	case tcell.KeyDelete, tcell.KeyCtrlD:
		if l.cursor < len(l.input) {
			l.input = append(l.input[:l.cursor], l.input[l.cursor+1:]...)
		}
	case tcell.KeyCtrlU:
		l.input, l.cursor = append([]rune(nil), l.input[l.cursor:]...), 0
	case tcell.KeyCtrlK:
		l.input = l.input[:l.cursor]
	case tcell.KeyCtrlW:
		start := l.cursor
		for start > 0 && l.input[start-1] == ' ' {
			start--
		}
		for start > 0 && l.input[start-1] != ' ' {
			start--
		}
		l.input, l.cursor = append(l.input[:start], l.input[l.cursor:]...), start
	case tcell.KeyLeft, tcell.KeyCtrlB:
		l.cursor = max(l.cursor-1, 0)
	case tcell.KeyRight, tcell.KeyCtrlF:
		l.cursor = min(l.cursor+1, len(l.input))
	case tcell.KeyHome, tcell.KeyCtrlA:
		l.cursor = 0
	case tcell.KeyEnd, tcell.KeyCtrlE:
		l.cursor = len(l.input)
	case tcell.KeyRune:
		l.insert(string(ev.Rune()))
	}
	l.changed(before)
	return false
}

// Paste takes text from the clipboard: its first line.
func (l *Prompt) Paste(s string) {
	before := l.Value()
	l.full = false
	for i, r := range s {
		if r == '\n' || r == '\r' {
			s = s[:i]
			break
		}
	}
	l.insert(s)
	l.changed(before)
}

func (l *Prompt) changed(before string) {
	if l.Typed != nil && l.Value() != before {
		l.Note = l.Typed(l.Value())
	}
}

func (l *Prompt) insert(s string) {
	for _, r := range s {
		if len(l.input) >= promptMax {
			l.full = true
			return
		}
		if unicode.IsControl(r) {
			continue
		}
		l.input = append(l.input, 0)
		copy(l.input[l.cursor+1:], l.input[l.cursor:])
		l.input[l.cursor] = r
		l.cursor++
	}
}

// Draw shows the end of what was typed if it does not fit, and puts the cursor where typing goes on.
func (l *Prompt) Draw(p Painter, r Rect) {
	if r.Empty() {
		return
	}
	p.Clear(r, p.Theme.Plain)
	x := p.Text(r.X, r.Y, r.W, p.Theme.Key, l.Label)
	start := max(0, l.cursor-r.W) // no character has less than one cell
	before := func() string { return text.Sanitise(string(l.input[start:l.cursor])) }
	for start < l.cursor && x+Width(before()) >= r.W {
		start++
	}
	p.Text(r.X+x, r.Y, r.W-x, p.Theme.Plain, text.Sanitise(string(l.input[start:])))
	cursor := r.X + x + Width(before())
	if cursor < r.X+r.W {
		p.Screen.ShowCursor(cursor, r.Y)
	}
	end := x + Width(text.Sanitise(string(l.input[start:]))) + 2
	note := l.Note
	if l.full {
		note = fmt.Sprintf("no more than %d characters: what is behind them was left out", promptMax)
		end = min(end, max(r.W-Width(note), 0))
	}
	if note != "" && end < r.W {
		p.Text(r.X+end, r.Y, r.W-end, p.Theme.Warn, Fit(note, r.W-end))
	}
}
