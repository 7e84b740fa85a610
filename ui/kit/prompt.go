package ui

import (
	"unicode"

	"bones/procwalk/text"

	"github.com/gdamore/tcell/v2"
)

// prompt is a line to type into, where the footer is otherwise.
type prompt struct {
	label  string
	input  []rune
	at     int
	note   string              // what is wrong with what was typed
	typed  func(string) string // called after each change; returns a note
	accept func(string)
	cancel func()
}

// promptMax is how much can be typed or pasted.
const promptMax = 4096

func (l *prompt) value() string { return string(l.input) }

// key handles one key and reports whether the prompt is finished.
func (l *prompt) key(ev *tcell.EventKey) (done bool) {
	before := l.value()
	switch ev.Key() {
	case tcell.KeyEnter:
		l.accept(l.value())
		return true
	case tcell.KeyEsc, tcell.KeyCtrlC:
		if l.cancel != nil {
			l.cancel()
		}
		return true
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		if l.at > 0 {
			l.input = append(l.input[:l.at-1], l.input[l.at:]...)
			l.at--
		}
	case tcell.KeyDelete, tcell.KeyCtrlD:
		if l.at < len(l.input) {
			l.input = append(l.input[:l.at], l.input[l.at+1:]...)
		}
	case tcell.KeyCtrlU:
		l.input, l.at = append([]rune(nil), l.input[l.at:]...), 0
	case tcell.KeyCtrlK:
		l.input = l.input[:l.at]
	case tcell.KeyCtrlW:
		start := l.at
		for start > 0 && l.input[start-1] == ' ' {
			start--
		}
		for start > 0 && l.input[start-1] != ' ' {
			start--
		}
		l.input, l.at = append(l.input[:start], l.input[l.at:]...), start
	case tcell.KeyLeft, tcell.KeyCtrlB:
		l.at = max(l.at-1, 0)
	case tcell.KeyRight, tcell.KeyCtrlF:
		l.at = min(l.at+1, len(l.input))
	case tcell.KeyHome, tcell.KeyCtrlA:
		l.at = 0
	case tcell.KeyEnd, tcell.KeyCtrlE:
		l.at = len(l.input)
	case tcell.KeyRune:
		l.insert(string(ev.Rune()))
	}
	l.changed(before)
	return false
}

// paste takes text from the clipboard: its first line.
func (l *prompt) paste(s string) {
	before := l.value()
	for i, r := range s {
		if r == '\n' || r == '\r' {
			s = s[:i]
			break
		}
	}
	l.insert(s)
	l.changed(before)
}

func (l *prompt) changed(before string) {
	if l.typed != nil && l.value() != before {
		l.note = l.typed(l.value())
	}
}

func (l *prompt) insert(s string) {
	for _, r := range s {
		if unicode.IsControl(r) || len(l.input) >= promptMax {
			continue
		}
		l.input = append(l.input, 0)
		copy(l.input[l.at+1:], l.input[l.at:])
		l.input[l.at] = r
		l.at++
	}
}

// draw shows the end of what was typed if it does not fit, and puts the cursor where typing goes on.
func (l *prompt) draw(p painter, r rect) {
	if r.empty() {
		return
	}
	p.clear(r, p.theme.plain)
	x := p.text(r.x, r.y, r.w, p.theme.key, l.label)
	start := max(0, l.at-r.w) // no character has less than one cell
	before := func() string { return text.Sanitise(string(l.input[start:l.at])) }
	for start < l.at && x+width(before()) >= r.w {
		start++
	}
	p.text(r.x+x, r.y, r.w-x, p.theme.plain, text.Sanitise(string(l.input[start:])))
	cursor := r.x + x + width(before())
	if cursor < r.x+r.w {
		p.screen.ShowCursor(cursor, r.y)
	}
	end := x + width(text.Sanitise(string(l.input[start:]))) + 2
	if l.note != "" && end < r.w {
		p.text(r.x+end, r.y, r.w-end, p.theme.warn, fit(l.note, r.w-end))
	}
}
