package kit

import (
	"bones/ui/rows"
)

// Pane shows sections of text, and scrolls.
type Pane struct {
	NoWrap bool // long lines are cut
	Top    int  // the first line in view
	Page   int  // how many lines were in view when it was last drawn

	sections []rows.Section

	lines []paneLine // the sections broken into lines of width cells
	width int        // 0: lines are to be made anew
}

type paneLine struct {
	label, value string
	indent       int // where the value begins
	style        rows.Style
	title        bool
}

// Set replaces what is shown. What it was scrolled to stays.
func (d *Pane) Set(sections []rows.Section) { d.sections, d.width = sections, 0 }

// Empty reports whether there is nothing to show.
func (d *Pane) Empty() bool { return len(d.sections) == 0 }

// Lines is how many lines there were when it was last drawn.
func (d *Pane) Lines() int { return len(d.lines) }

// ToggleWrap wraps long lines, or cuts them.
func (d *Pane) ToggleWrap() { d.NoWrap, d.width = !d.NoWrap, 0 }

// layout breaks the sections into lines, if that was not done for this width before.
func (d *Pane) layout(w int) {
	if d.width == w && w > 0 {
		return
	}
	d.lines, d.width = d.lines[:0], w
	for i, s := range d.sections {
		if i > 0 {
			d.lines = append(d.lines, paneLine{})
		}
		d.lines = append(d.lines, paneLine{label: s.Title, title: true})
		indent := 0
		for _, l := range s.Lines {
			if l.Label != "" {
				indent = max(indent, min(Width(l.Label)+2, 20))
			}
		}
		for _, l := range s.Lines {
			d.line(l, indent, w)
		}
	}
}

func (d *Pane) line(l rows.Line, indent, w int) {
	if l.Label == "" || w-indent < 10 {
		indent = 0
	}
	if n := Width(l.Label) + 2; indent > 0 {
		indent = max(indent, min(n, w/2))
	} else if l.Label != "" {
		indent = min(n, w)
	}
	parts := []string{l.Value}
	if !d.NoWrap && w > indent {
		parts = Wrap(l.Value, w-indent)
	}
	for i, part := range parts {
		line := paneLine{value: part, indent: indent, style: l.Style}
		if i == 0 {
			line.label = l.Label
		}
		d.lines = append(d.lines, line)
	}
}

// Scroll moves by a number of lines, to the first or last one at most.
func (d *Pane) Scroll(by int) { d.Top = max(0, min(d.Top+by, len(d.lines)-d.Page)) }

// Draw paints it in a box, whose title says how to leave it while it has the focus.
func (d *Pane) Draw(p Painter, r Rect, focused bool) {
	title := "Details"
	if focused {
		title = "Details (Esc: back)"
	}
	inner := Rect{W: max(r.W-2, 0), H: max(r.H-2, 0)} // of the box
	d.layout(textWidth(inner.W))
	if n := len(d.lines); n > inner.H && inner.H > 0 {
		title += "  " + Position(max(0, min(d.Top+inner.H, n)-1), n)
	}
	d.Paint(p, p.Box(r, title))
}

// textWidth is what a scroll bar leaves of a width, be there one or not: text that is wrapped anew when it has a line
// more would jump about.
func textWidth(w int) int {
	if w > 10*barRoom {
		return w - barRoom
	}
	return w
}

// Paint fills a part of the screen, from the line on that was scrolled to.
func (d *Pane) Paint(p Painter, in Rect) {
	d.Page = in.H
	bar := Rect{in.X + in.W - 1, in.Y, 1, in.H}
	if w := textWidth(in.W); w == in.W {
		bar.W = 0
	} else {
		in.W = w
	}
	d.layout(in.W)
	defer func() { p.ScrollBar(bar, d.Top, d.Page, len(d.lines)) }()
	d.Top = max(0, min(d.Top, len(d.lines)-d.Page))
	for i := range min(in.H, len(d.lines)-d.Top) {
		l, y := d.lines[d.Top+i], in.Y+i
		if l.title {
			p.Text(in.X, y, in.W, p.Theme.Title, Fit(l.label, in.W))
			continue
		}
		p.Text(in.X, y, in.W, p.Theme.Dim, Fit(l.label, min(in.W, max(l.indent-1, 0))))
		if room := in.W - l.indent; room > 0 {
			p.Text(in.X+l.indent, y, room, p.Theme.Of(l.style), Fit(l.value, room))
		}
	}
}
