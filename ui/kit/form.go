package kit

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Form asks for a few things to be checked, and for a program.
type Form struct {
	Title   string
	Notes   []string // above the boxes
	Boxes   []CheckBox
	Program *Prompt
	At      int // the box with the highlight; after the last one the program
	// Accept is called for Enter with the words of the program; problem is shown, and keeps the form open.
	Accept func(program []string) (problem string)

	problem string

	top  int
	area Rect // of the lines that scroll
}

// CheckBox is one line with a mark. Boxes of one group exclude each other.
type CheckBox struct {
	Label, Text string
	On          bool
	Off         string // why it cannot be changed
	Group       int    // 0: alone
}

// Draw implements Dialog.
func (f *Form) Draw(p Painter, screen Rect) {
	wide := Width(f.Title) + 8
	for _, b := range f.Boxes {
		wide = max(wide, 24+Width(b.Text)+Width(b.Off))
	}
	wide = min(max(wide, 56), 76)
	in := p.Box(Centre(screen, wide, len(f.Notes)+len(f.Boxes)+5), f.Title)
	in, foot := in.Bottom(min(1, in.H-1))
	if len(f.Notes) < in.H-2 {
		for i, n := range f.Notes {
			p.Text(in.X+1, in.Y+i, in.W-1, p.Theme.Dim, Fit(n, in.W-1))
		}
		_, in = in.Top(len(f.Notes))
	}
	f.area = in
	if f.At < f.top {
		f.top = f.At
	}
	if in.H > 0 && f.At >= f.top+in.H {
		f.top = f.At - in.H + 1
	}
	f.top = max(0, min(f.top, len(f.Boxes)+1-in.H))
	for line := range in.H {
		i, y := f.top+line, in.Y+line
		switch {
		case i < len(f.Boxes):
			f.drawBox(p, Rect{in.X, y, in.W, 1}, f.Boxes[i], i == f.At)
		case i == len(f.Boxes):
			mark := " "
			if f.At == i {
				mark = p.Theme.SelectMark
			}
			n := p.Text(in.X, y, in.W, p.Theme.Plain, mark)
			f.Program.Draw(p, Rect{in.X + n, y, in.W - n, 1})
			if f.At != i {
				p.Screen.HideCursor()
			}
		}
	}
	switch {
	case foot.Empty():
	case f.problem != "":
		p.Line(foot, p.Theme.Bad, Fit(" "+f.problem, foot.W))
	default:
		p.Line(foot, p.Theme.Dim, Fit(" Space: choose   Enter: start   Esc: no", foot.W))
	}
}

func (f *Form) drawBox(p Painter, r Rect, b CheckBox, selected bool) {
	style, mark := p.Theme.Plain, " "
	if b.Off != "" {
		style = p.Theme.Dim
	}
	if selected {
		style, mark = p.Theme.Selected, p.Theme.SelectMark
	}
	p.Blank(r.X, r.Y, r.W, style)
	open, shut, on := "[", "]", "x"
	if b.Group > 0 {
		open, shut, on = "(", ")", "*"
	}
	if !b.On {
		on = " "
	}
	if b.Off != "" && !b.On {
		on = "-"
	}
	n := p.Text(r.X, r.Y, r.W, style, mark+open+on+shut+" "+b.Label)
	about := b.Text
	if b.Off != "" {
		about = b.Off
	}
	if at := max(18, n+2); at < r.W {
		p.Text(r.X+at, r.Y, r.W-at, style, Fit(about, r.W-at))
	}
}

func (f *Form) toggle(i int) {
	if i < 0 || i >= len(f.Boxes) {
		return
	}
	b := &f.Boxes[i]
	f.problem = b.Off
	if b.Off != "" {
		return
	}
	if b.Group == 0 {
		b.On = !b.On
		return
	}
	for j := range f.Boxes {
		if f.Boxes[j].Group == b.Group {
			f.Boxes[j].On = j == i
		}
	}
}

// Key implements Dialog.
func (f *Form) Key(ev *tcell.EventKey) bool {
	last := len(f.Boxes)
	switch ev.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		return true
	case tcell.KeyEnter:
		words, err := SplitWords(f.Program.Value())
		if err != nil {
			f.problem = err.Error()
			return false
		}
		f.problem = f.Accept(words)
		return f.problem == ""
	case tcell.KeyDown, tcell.KeyTab:
		f.At = (f.At + 1) % (last + 1)
		return false
	case tcell.KeyUp, tcell.KeyBacktab:
		f.At = (f.At + last) % (last + 1)
		return false
	}
	if f.At == last {
		f.problem = ""
		f.Program.Key(ev)
		return false
	}
	switch {
	case Pressed(ev, "Space"):
		f.toggle(f.At)
	case Pressed(ev, "j"):
		f.At++
	case Pressed(ev, "k"):
		f.At = max(f.At-1, 0)
	case Pressed(ev, "q"):
		return true
	}
	return false
}

// Mouse implements Dialog.
func (f *Form) Mouse(action tview.MouseAction, x, y int) bool {
	if action != tview.MouseLeftClick || !f.area.Has(x, y) {
		return false
	}
	if i := f.top + y - f.area.Y; i <= len(f.Boxes) {
		f.At = i
		f.toggle(i)
	}
	return false
}
