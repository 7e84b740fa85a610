package rows

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Sections are the walk as details: the verdict, then each step with all its lines. Step 0 is the kernel, which all
// share.
func (e *Explanation) Sections() []Section {
	list := []Section{{Title: "Verdict", Lines: []Line{{Value: e.Verdict}}}}
	for i, s := range e.Steps {
		at := Section{Title: fmt.Sprintf("%d. %s", i, s.Title), Lines: append([]Line(nil), s.Seen...)}
		for _, l := range []Line{{Label: "means", Value: s.Means}, {Label: "by hand", Value: s.ByHand},
			{Label: "without", Value: s.Without}, {Label: "note", Value: s.Note}} {
			if strings.TrimSpace(l.Value) != "" {
				at.Lines = append(at.Lines, l)
			}
		}
		list = append(list, at)
	}
	return list
}

// Wrap breaks text into lines of at most n cells, at blanks where it can, in one pass.
func Wrap(s string, n int) []string {
	if n <= 0 {
		return nil
	}
	var lines []string
	start, at, used := 0, 0, 0
	blank, usedToBlank := 0, 0 // the last place to break, and the cells up to there
	state := -1
	for rest := s; rest != ""; {
		var cluster string
		var cells int
		if c := rest[0]; c >= ' ' && c < 0x7f && (len(rest) == 1 || rest[1] < utf8.RuneSelf) { // as nearly all are
			cluster, rest, cells, state = rest[:1], rest[1:], 1, -1
		} else {
			cluster, rest, cells, state = uniseg.FirstGraphemeClusterInString(rest, state)
		}
		for used+cells > n && at > start {
			end, cut := at, used
			if blank > start {
				end, cut = blank, usedToBlank
			}
			lines = append(lines, strings.TrimRight(s[start:end], " "))
			start, used = end, used-cut
		}
		used += cells
		at += len(cluster)
		if cluster == " " {
			blank, usedToBlank = at, used
		}
	}
	return append(lines, s[start:])
}
