package ui

import (
	"bones/ui/rows"
)

// pane shows the details of the selection, and scrolls.
type pane struct {
	sections []rows.Section
	noWrap   bool
	top      int
	page     int

	lines []paneLine // the sections broken into lines of width cells
	width int        // 0: lines are to be made anew
}

type paneLine struct {
	label, value string
	indent       int // where the value begins
	style        rows.Style
	title        bool
}

// set replaces what is shown. The place that was scrolled to stays.
func (d *pane) set(sections []rows.Section) { d.sections, d.width = sections, 0 }

func (d *pane) toggleWrap() { d.noWrap, d.width = !d.noWrap, 0 }

// layout breaks the sections into lines, if that was not done for this width before.
func (d *pane) layout(w int) {
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
				indent = max(indent, min(width(l.Label)+2, 20))
			}
		}
		for _, l := range s.Lines {
			d.line(l, indent, w)
		}
	}
}

func (d *pane) line(l rows.Line, indent, w int) {
	if l.Label == "" || w-indent < 10 {
		indent = 0
	}
	if n := width(l.Label) + 2; indent > 0 {
		indent = max(indent, min(n, w/2))
	} else if l.Label != "" {
		indent = min(n, w)
	}
	parts := []string{l.Value}
	if !d.noWrap && w > indent {
		parts = wrap(l.Value, w-indent)
	}
	for i, part := range parts {
		line := paneLine{value: part, indent: indent, style: l.Style}
		if i == 0 {
			line.label = l.Label
		}
		d.lines = append(d.lines, line)
	}
}

func (d *pane) scroll(by int) { d.top = max(0, min(d.top+by, len(d.lines)-d.page)) }

func (d *pane) draw(p painter, r rect, focused bool) {
	title := "Details"
	if focused {
		title = "Details (Esc: back)"
	}
	in := p.box(r, title)
	d.paint(p, in)
}

// paint fills a part of the screen, from the line on that was scrolled to.
func (d *pane) paint(p painter, in rect) {
	d.page = in.h
	d.layout(in.w)
	d.top = max(0, min(d.top, len(d.lines)-d.page))
	for i := range min(in.h, len(d.lines)-d.top) {
		l, y := d.lines[d.top+i], in.y+i
		if l.title {
			p.text(in.x, y, in.w, p.theme.title, fit(l.label, in.w))
			continue
		}
		p.text(in.x, y, in.w, p.theme.dim, fit(l.label, min(in.w, max(l.indent-1, 0))))
		if room := in.w - l.indent; room > 0 {
			p.text(in.x+l.indent, y, room, p.theme.of(l.style), fit(l.value, room))
		}
	}
}
