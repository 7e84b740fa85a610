package rows

import "slices"

// Slot is what one column wants of the width of a table, in cells.
type Slot struct {
	Usual int  // what it has as a rule
	Must  int  // what its numbers take: they are never cut, because half a number is another number
	Wish  int  // what all that is in view takes
	Keep  int  // of two columns, the one with the lower number goes first where there is no room
	Flex  bool // it takes what the others leave, and Usual at least; one of a table at most
}

// Share shares a width among columns, with one cell between two of them. A column that there is no room for gets -1.
func Share(width int, slots []Slot) []int {
	widths := make([]int, len(slots))
	used, left, flex := -1, len(slots), -1
	for i, s := range slots {
		widths[i] = max(s.Usual, s.Must)
		used += widths[i] + 1
		if s.Flex {
			flex = i
		}
	}
	for used > width && left > 1 {
		least := -1
		for i, s := range slots {
			if widths[i] >= 0 && (least < 0 || s.Keep < slots[least].Keep) {
				least = i
			}
		}
		used -= widths[least] + 1
		widths[least] = -1
		left--
	}
	rest := width - used
	give := max(rest, 0)
	if flex >= 0 && widths[flex] >= 0 {
		give /= 2
	}
	// Whoever lacks least is served first: a few cells make a name whole, and a long path has more use for what is over.
	order := make([]int, 0, len(slots))
	for i, s := range slots {
		if widths[i] >= 0 && i != flex && s.Wish > widths[i] {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return (slots[a].Wish - widths[a]) - (slots[b].Wish - widths[b])
	})
	for _, i := range order {
		more := min(slots[i].Wish-widths[i], give)
		widths[i] += more
		give -= more
		rest -= more
	}
	switch {
	case flex >= 0 && widths[flex] >= 0:
		widths[flex] = max(widths[flex]+rest, 0)
	case left == 1: // the last one has whatever there is
		for i := range widths {
			if widths[i] >= 0 {
				widths[i] = max(width, 0)
			}
		}
	}
	return widths
}

// IsNumber reports whether a cell holds a number, a time or two numbers, which must not be cut.
func IsNumber(cell string) bool {
	digits := false
	for i := range len(cell) {
		switch c := cell[i]; {
		case c >= '0' && c <= '9':
			digits = true
		case c != '.' && c != ':' && c != '-' && c != '/' && c != '%':
			return false
		}
	}
	return digits
}
