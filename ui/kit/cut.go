package kit

import (
	"strings"
	"unicode/utf8"

	"bones/ui/rows"

	"github.com/rivo/uniseg"
)

// What does not fit into a cell of a table is cut so that it does not become something else: of a number nothing is
// left, of a name the beginning and the end, and of the widest column what it was scrolled to.

// Unfit stands for a number that there is no room for.
func Unfit(n int) string { return strings.Repeat("#", max(n, 0)) }

// FitMiddle shortens s to n cells, with a mark for what is missing in the middle; head is how many of ten cells are of
// its beginning.
func FitMiddle(s string, n, head int) string {
	if len(s) <= n || Width(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	before := (n - 1) * head / 10
	first := firstCells(s, before)
	return first + "~" + lastCells(s[len(first):], n-1-Width(first))
}

// firstCells is as much of the beginning of s as n cells take.
func firstCells(s string, n int) string {
	used, at, state := 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var cells int
		cluster, rest, cells, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used += cells; used > n {
			break
		}
		at += len(cluster)
	}
	return s[:at]
}

// lastCells is as much of the end of s as n cells take.
func lastCells(s string, n int) string {
	if n <= 0 {
		return ""
	}
	skip := max(Width(s)-n, 0)
	return afterCells(s, skip)
}

// afterCells is s without its first n cells; of a wide character that is cut in half nothing is left.
func afterCells(s string, n int) string {
	if ascii(s) {
		return s[min(n, len(s)):]
	}
	used, state := 0, -1
	for rest := s; rest != ""; {
		if used >= n {
			return rest
		}
		var cells int
		_, rest, cells, state = uniseg.FirstGraphemeClusterInString(rest, state)
		used += cells
	}
	return ""
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Window is what n cells show of s that was scrolled to the left by shift cells, with a mark at each end behind which
// there is more. A number at the end is shown whole, or not at all.
func Window(s string, shift, n int) string {
	if n <= 0 {
		return ""
	}
	if shift > 0 && s != "" {
		s = afterCells(s, shift)
		if s == "" {
			return "~"
		}
		s = "~" + afterCells(s, 1)
	}
	fit := Fit(s, n)
	if fit == s {
		return s
	}
	// Not "~" for what is missing of 4194304, nor of 100M.
	kept := len(fit) - 1
	if next := s[kept]; next != '.' && (next < '0' || next > '9') && (next < 'A' || next > 'z') {
		return fit
	}
	number := kept
	for number > 0 && (s[number-1] >= '0' && s[number-1] <= '9' || s[number-1] == '.') {
		number--
	}
	switch {
	case number == kept || number > 0 && partOfName(s[number-1]):
		return fit
	case number == 0:
		return Unfit(n)
	}
	return s[:number] + "~"
}

// partOfName reports whether a character before digits makes them part of a name.
func partOfName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-' || c == '/' || c >= utf8.RuneSelf
}

// cut says where the names of one column are cut.
type cut struct {
	head int // how many of ten cells are of the beginning
	skip int // instead: how many cells are left out at the beginning
}

// cuts are the ways to cut, the usual one first.
var cuts = [...]cut{{head: 4}, {head: 0}, {head: 7}, {head: 2}, {head: 9}}

// apply cuts a name to n cells.
func (c cut) apply(s string, n int) string {
	if c.skip > 0 && n > 0 && Width(s) > n {
		return "~" + Fit(afterCells(s, c.skip), n-1)
	}
	return FitMiddle(s, n, c.head)
}

// chooseCut chooses where the names of a column are cut, so that those that differ are still told apart.
func chooseCut(names []string, n int) cut {
	best, most := cuts[0], 0
	try := func(c cut) {
		seen := make(map[string]bool, len(names))
		for _, s := range names {
			seen[c.apply(s, n)] = true
		}
		if len(seen) > most {
			best, most = c, len(seen)
		}
	}
	for _, c := range cuts {
		try(c)
	}
	// Where they differ may be neither at the beginning nor at the end.
	if common := commonPrefix(names); common > 3 {
		try(cut{skip: Width(beginning(names[0], common)) - 2})
	}
	return best
}

// beginning is the beginning of s, without a character that is cut in half.
func beginning(s string, n int) string {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// commonPrefix is how many bytes all names begin with.
func commonPrefix(names []string) int {
	n := len(names[0])
	for _, s := range names[1:] {
		k := 0
		for k < min(n, len(s)) && s[k] == names[0][k] {
			k++
		}
		n = k
	}
	return n
}

// Measure returns what the rows from first to before end take in one column: all of them, and those that must not be
// cut. numbers says that this is so for each.
func Measure(g Grid, first, end, column int, numbers bool) (wish, must int) {
	var buffer []byte
	for row := first; row < min(end, g.Len()); row++ {
		buffer, _ = g.Cell(buffer[:0], row, column)
		s := string(buffer)
		w := Width(s)
		wish = max(wish, w)
		if numbers || rows.IsNumber(s) {
			must = max(must, w)
		}
	}
	return wish, must
}
