package kit

import (
	"slices"

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

	broken []brokenSection // those of the last layout: most sections are what they were a refresh ago
	shape  paneShape       // for which that was
}

// brokenSection is a section and the lines that it was broken into, which nobody changes.
type brokenSection struct {
	rows.Section
	lines []paneLine
}

// paneShape is what, beside a section, its lines hang on.
type paneShape struct {
	width  int
	noWrap bool
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
	if shape := (paneShape{w, d.NoWrap}); shape != d.shape {
		d.broken, d.shape = nil, shape
	}
	broken := make([]brokenSection, len(d.sections))
	for i, s := range d.sections {
		if i < len(d.broken) && d.broken[i].Title == s.Title && slices.Equal(d.broken[i].Lines, s.Lines) {
			broken[i] = d.broken[i]
		} else {
			s.Lines = slices.Clone(s.Lines) // whoever made them may make the next ones in the same place
			broken[i] = brokenSection{s, d.breakUp(s, w)}
		}
		if i > 0 {
			d.lines = append(d.lines, paneLine{})
		}
		d.lines = append(d.lines, broken[i].lines...)
	}
	d.broken = broken
}

// breakUp breaks one section into lines.
func (d *Pane) breakUp(s rows.Section, w int) []paneLine {
	lines := []paneLine{{label: s.Title, title: true}}
	indent := 0
	for _, l := range s.Lines {
		if l.Label != "" {
			indent = max(indent, min(Width(l.Label)+2, 20))
		}
	}
	for _, l := range s.Lines {
		lines = d.line(lines, l, indent, w)
	}
	return lines
}

// line adds the lines that one line is broken into.
func (d *Pane) line(lines []paneLine, l rows.Line, indent, w int) []paneLine {
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
		lines = append(lines, line)
	}
	return lines
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
