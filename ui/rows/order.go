package rows

import (
	"cmp"
	"slices"
	"strings"
)

// SortBy sets the column to sort by; nil is the order of the tree, siblings by age. In a forest the column orders
// siblings. Numbers start with the greatest, names with A.
func (m *Model) SortBy(c *Column) { m.sort, m.Reverse = c, false }

// Sort returns the column sorted by, or nil.
func (m *Model) Sort() *Column { return m.sort }

// arrange computes m.order: all rows that pass, in the order in which they would be shown if nothing were folded.
func (m *Model) arrange() {
	tree := m.facts.Tree
	m.order = m.order[:0]
	if m.sort == nil && !m.Reverse && !m.Flat {
		for _, i := range tree.Order {
			if m.keep[i] {
				m.order = append(m.order, i)
			}
		}
		return
	}
	sorted := m.order
	for i := range m.keep {
		if m.keep[i] {
			sorted = append(sorted, int32(i))
		}
	}
	m.order = sorted
	m.sortRows(sorted)
	if m.Flat {
		return
	}
	m.chain(sorted)
}

func (m *Model) sortRows(list []int32) {
	sign := 1
	if m.Reverse {
		sign = -1
	}
	procs := m.facts.Snap.Processes
	tie := func(a, b int32) int { // a total order, so that equal rows do not jump about
		if c := cmp.Compare(procs[a].StartTime, procs[b].StartTime); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	}
	switch {
	case m.sort == nil && m.Flat:
		slices.SortFunc(list, func(a, b int32) int { return sign * cmp.Compare(a, b) })
	case m.sort == nil:
		slices.SortFunc(list, func(a, b int32) int { return sign * tie(a, b) })
	case m.sort.str != nil:
		m.strKeys = resize(m.strKeys, len(procs))
		for _, i := range list {
			m.strKeys[i] = m.sort.str(m, i)
		}
		keys := m.strKeys
		slices.SortFunc(list, func(a, b int32) int {
			if c := compareShown(keys[a], keys[b]); c != 0 {
				return sign * c
			}
			return tie(a, b)
		})
		clear(keys) // do not keep an old snapshot's memory
	default:
		m.numKeys = resize(m.numKeys, len(procs))
		for _, i := range list {
			m.numKeys[i] = m.sort.num(m, i)
		}
		keys := m.numKeys
		if !m.sort.ascending {
			sign = -sign
		}
		slices.SortFunc(list, func(a, b int32) int {
			if c := cmp.Compare(keys[a], keys[b]); c != 0 {
				return sign * c
			}
			return tie(a, b)
		})
	}
}

// compareShown compares two cells as a reader does: numbers in them by their value, so that pts/9 comes before pts/10
// and user 200 before user 1000.
func compareShown(a, b string) int {
	for i, j := 0, 0; ; {
		if i == len(a) || j == len(b) {
			return cmp.Compare(len(a)-i, len(b)-j)
		}
		m, n := digitsAt(a[i:]), digitsAt(b[j:])
		if m == 0 || n == 0 {
			if a[i] != b[j] {
				return cmp.Compare(a[i], b[j])
			}
			i, j = i+1, j+1
			continue
		}
		x, y := strings.TrimLeft(a[i:i+m], "0"), strings.TrimLeft(b[j:j+n], "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
			return c
		}
		i, j = i+m, j+n
	}
}

// digitsAt is how many digits s begins with.
func digitsAt(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// chain puts the sorted rows into the order of a forest: each row before its children, siblings as sorted. It does
// not recurse: a chain of parents may be as long as the table.
func (m *Model) chain(sorted []int32) {
	parent := m.facts.Tree.Parent
	n := len(parent)
	m.link = resize(m.link, 2*n+len(sorted))
	first, next, roots := m.link[:n], m.link[n:2*n], m.link[2*n:]
	for i := range n {
		first[i], next[i] = -1, -1
	}
	count := 0
	for _, i := range slices.Backward(sorted) {
		if p := parent[i]; p >= 0 {
			next[i], first[p] = first[p], i
		} else {
			roots[count] = i
			count++
		}
	}
	out := sorted[:0] // everything needed is in the links by now
	for _, root := range slices.Backward(roots[:count]) {
		for i := root; i >= 0; {
			out = append(out, i)
			if first[i] >= 0 {
				i = first[i]
				continue
			}
			for i >= 0 && next[i] < 0 {
				i = parent[i]
			}
			if i >= 0 {
				i = next[i]
			}
		}
	}
	m.order = out
}
