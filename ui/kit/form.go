package ui

import (
	"errors"
	"strings"

	"bones/procwalk"
	"bones/procwalk/text"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// nsForm asks for types of namespace, a few switches, and a program.
type nsForm struct {
	title   string
	notes   []string // above the boxes
	boxes   []nsBox
	program prompt
	at      int // the box with the highlight; after the last one the program
	problem string
	accept  func(program []string) (problem string)

	top  int
	area rect // of the lines that scroll
}

// nsBox is one line with a mark. Boxes of one group exclude each other.
type nsBox struct {
	label, text string
	on          bool
	off         string // why it cannot be changed
	group       int    // 0: alone
}

// types are those of the first eight boxes that are chosen.
func (f *nsForm) types() []procwalk.NSType {
	types := []procwalk.NSType{}
	for t := range procwalk.NSTypes {
		if f.boxes[t].on {
			types = append(types, t)
		}
	}
	return types
}

func (f *nsForm) draw(p painter, screen rect) {
	wide := width(f.title) + 8
	for _, b := range f.boxes {
		wide = max(wide, 24+width(b.text)+width(b.off))
	}
	wide = min(max(wide, 56), 76)
	in := p.box(lay(screen, wide, len(f.notes)+len(f.boxes)+5), f.title)
	in, foot := in.bottom(min(1, in.h-1))
	if len(f.notes) < in.h-2 {
		for i, n := range f.notes {
			p.text(in.x+1, in.y+i, in.w-1, p.theme.dim, fit(n, in.w-1))
		}
		_, in = in.top(len(f.notes))
	}
	f.area = in
	if f.at < f.top {
		f.top = f.at
	}
	if in.h > 0 && f.at >= f.top+in.h {
		f.top = f.at - in.h + 1
	}
	f.top = max(0, min(f.top, len(f.boxes)+1-in.h))
	for line := range in.h {
		i, y := f.top+line, in.y+line
		switch {
		case i < len(f.boxes):
			f.drawBox(p, rect{in.x, y, in.w, 1}, f.boxes[i], i == f.at)
		case i == len(f.boxes):
			mark := " "
			if f.at == i {
				mark = p.theme.selectMark
			}
			n := p.text(in.x, y, in.w, p.theme.plain, mark)
			f.program.draw(p, rect{in.x + n, y, in.w - n, 1})
			if f.at != i {
				p.screen.HideCursor()
			}
		}
	}
	switch {
	case foot.empty():
	case f.problem != "":
		p.line(foot, p.theme.bad, fit(" "+f.problem, foot.w))
	default:
		p.line(foot, p.theme.dim, fit(" Space: choose   Enter: start   Esc: no", foot.w))
	}
}

func (f *nsForm) drawBox(p painter, r rect, b nsBox, selected bool) {
	style, mark := p.theme.plain, " "
	if b.off != "" {
		style = p.theme.dim
	}
	if selected {
		style, mark = p.theme.selected, p.theme.selectMark
	}
	p.blank(r.x, r.y, r.w, style)
	open, shut, on := "[", "]", "x"
	if b.group > 0 {
		open, shut, on = "(", ")", "*"
	}
	if !b.on {
		on = " "
	}
	if b.off != "" && !b.on {
		on = "-"
	}
	n := p.text(r.x, r.y, r.w, style, mark+open+on+shut+" "+b.label)
	about := b.text
	if b.off != "" {
		about = b.off
	}
	if at := max(18, n+2); at < r.w {
		p.text(r.x+at, r.y, r.w-at, style, fit(about, r.w-at))
	}
}

func (f *nsForm) toggle(i int) {
	if i < 0 || i >= len(f.boxes) {
		return
	}
	b := &f.boxes[i]
	f.problem = b.off
	if b.off != "" {
		return
	}
	if b.group == 0 {
		b.on = !b.on
		return
	}
	for j := range f.boxes {
		if f.boxes[j].group == b.group {
			f.boxes[j].on = j == i
		}
	}
}

func (f *nsForm) key(ev *tcell.EventKey) bool {
	last := len(f.boxes)
	switch ev.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		return true
	case tcell.KeyEnter:
		words, err := splitWords(f.program.value())
		if err != nil {
			f.problem = err.Error()
			return false
		}
		f.problem = f.accept(words)
		return f.problem == ""
	case tcell.KeyDown, tcell.KeyTab:
		f.at = (f.at + 1) % (last + 1)
		return false
	case tcell.KeyUp, tcell.KeyBacktab:
		f.at = (f.at + last) % (last + 1)
		return false
	}
	if f.at == last {
		f.problem = ""
		f.program.key(ev)
		return false
	}
	switch {
	case pressed(ev, "Space"):
		f.toggle(f.at)
	case pressed(ev, "j"):
		f.at++
	case pressed(ev, "k"):
		f.at = max(f.at-1, 0)
	case pressed(ev, "q"):
		return true
	}
	return false
}

func (f *nsForm) mouse(action tview.MouseAction, x, y int) bool {
	if action != tview.MouseLeftClick || !f.area.has(x, y) {
		return false
	}
	if i := f.top + y - f.area.y; i <= len(f.boxes) {
		f.at = i
		f.toggle(i)
	}
	return false
}

// splitWords splits a command line at blanks, with the three quotings of the shell and nothing else of it.
func splitWords(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	in, quote, escaped := false, rune(0), false
	for _, r := range s {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			in, escaped = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			in, quote = true, r
		case r == ' ':
			if in {
				words = append(words, word.String())
				word.Reset()
			}
			in = false
		default:
			in = true
			word.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("the program: a quote is not closed")
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}

// shortText makes a name of any length fit into a title.
func shortText(t text.Text) string { return fit(t.String(), 24) }
