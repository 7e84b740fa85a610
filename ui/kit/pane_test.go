package kit

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"bones/ui/rows"
)

// TestPaneIsLaidOutAsAnew: whatever changes from one time to the next, a pane that keeps the lines of what did not has
// those of one that was never laid out before.
func TestPaneIsLaidOutAsAnew(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	line := func() rows.Line {
		return rows.Line{Label: strings.Repeat("l", r.Intn(25)), Value: strings.Repeat("word ", r.Intn(20)),
			Style: rows.Style(r.Intn(3))}
	}
	var sections []rows.Section
	var kept Pane
	reused := 0
	for n := range 500 {
		w := 40 + 20*(n/50%3)
		switch r.Intn(6) {
		case 0:
			s := rows.Section{Title: fmt.Sprint("section ", n)}
			for range r.Intn(5) {
				s.Lines = append(s.Lines, line())
			}
			sections = append(slices.Clone(sections), s)
		case 1:
			if len(sections) > 4 {
				sections = slices.Delete(slices.Clone(sections), 1, 2)
			}
		case 2:
			if len(sections) > 0 {
				sections = slices.Clone(sections)
				s := &sections[r.Intn(len(sections))]
				s.Lines = append(slices.Clone(s.Lines), line())
			}
		case 3:
			kept.ToggleWrap()
		}
		before := kept.broken
		kept.Set(sections)
		kept.layout(w)
		anew := Pane{NoWrap: kept.NoWrap}
		anew.Set(sections)
		anew.layout(w)
		if !slices.Equal(kept.lines, anew.lines) {
			t.Fatalf("time %d: it has the lines\n%+v\nand one that was never laid out\n%+v", n, kept.lines, anew.lines)
		}
		for i := range min(len(before), len(kept.broken)) {
			if &before[i].lines[0] == &kept.broken[i].lines[0] {
				reused++
			}
		}
	}
	if reused == 0 {
		t.Error("no lines were kept")
	}
}
