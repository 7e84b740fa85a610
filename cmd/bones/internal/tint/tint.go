// Package tint prints tables whose cells mean something: on a terminal in colours, elsewhere as plain text, with the
// columns in the same places.
package tint

import (
	"fmt"
	"io"
	"strings"

	"bones/ui/rows"

	"github.com/rivo/uniseg"
)

// Cell is one cell of a table; its text is safe to print.
type Cell struct {
	Text  string
	Style rows.Style
}

// Table is a table in the making: each column as wide as its widest cell, with two blanks between columns. The last
// cell of a row is not filled up.
type Table struct{ lines [][]Cell }

// Plain adds a row of cells that mean nothing by themselves.
func (t *Table) Plain(cells ...string) {
	line := make([]Cell, len(cells))
	for i, s := range cells {
		line[i].Text = s
	}
	t.lines = append(t.lines, line)
}

// Row adds a row of cells, each with its meaning.
func (t *Table) Row(cells ...Cell) { t.lines = append(t.lines, cells) }

// Print writes the table, in colours or without.
func (t *Table) Print(w io.Writer, colours bool) error {
	var widths []int
	for _, line := range t.lines {
		for i, c := range line {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], uniseg.StringWidth(c.Text))
		}
	}
	var b strings.Builder
	for _, line := range t.lines {
		for i, c := range line {
			if code := sgr(c.Style); colours && code != "" && c.Text != "" {
				fmt.Fprintf(&b, "\x1b[%sm%s\x1b[m", code, c.Text)
			} else {
				b.WriteString(c.Text)
			}
			if i < len(line)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-uniseg.StringWidth(c.Text)+2))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// hues are colours of the palette of 256 that can be read on a light and on a dark background.
var hues = [rows.Hues]int{32, 133, 37, 166, 64, 168, 136, 68}

// sgr is how a terminal is told of a style: what every terminal has, but for the colours of containers.
//
// Source: ECMA-48, SGR; console_codes(4).
func sgr(s rows.Style) string {
	switch s {
	case rows.Good, rows.Busy:
		return "32"
	case rows.Warn:
		return "33"
	case rows.Bad:
		return "1;31"
	case rows.Dim:
		return "2"
	case rows.Changed:
		return "1"
	}
	if n, ok := s.HueNumber(); ok {
		return fmt.Sprintf("38;5;%d", hues[n])
	}
	return ""
}
