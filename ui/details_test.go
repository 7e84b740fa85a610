package ui

import (
	"strings"
	"testing"

	"bones/ui/rows"
)

// TestLongDetails would take minutes if a line were measured anew for each part of it.
func TestLongDetails(t *testing.T) {
	r := world(t, 80, 24)
	r.details.pane.Set([]rows.Section{{Title: "x",
		Lines: []rows.Line{{Label: "args", Value: strings.Repeat("日e\u0301 ", 1<<17)}}}})
	for range 20 {
		r.Redraw()
	}
	r.details.enter()
	r.Press("G")
	r.SafeAsDrawn()
	if r.details.pane.Top < 1000 {
		t.Errorf("scrolled to line %d only", r.details.pane.Top)
	}
}
