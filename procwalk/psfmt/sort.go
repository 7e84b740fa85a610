package psfmt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bones/procwalk"
	"bones/procwalk/text"
)

// Sort is an order of rows: the keys of a --sort option, the first being the one that counts most.
type Sort struct {
	keys []sortKey
}

type sortKey struct {
	*column
	down bool
}

// ParseSort reads the list of a --sort option: names of columns, each with an optional + (ascending, the default) or -
// (descending) before it.
//
// Source: ps(1), "--sort spec"; procps 4.0.2, src/ps/sortformat.c, long_sort_parse.
func ParseSort(list string) (*Sort, error) {
	elements, err := split(list)
	if err != nil {
		return nil, fmt.Errorf("sort list %q: %w", text.New(list), err)
	}
	s := &Sort{}
	table := byName()
	for _, e := range elements {
		name, down := strings.CutPrefix(e, "-")
		if !down {
			name = strings.TrimPrefix(e, "+")
		}
		c := table[name]
		if c == nil {
			return nil, fmt.Errorf("unknown sort key %q; `bones ps --columns` lists the columns", text.New(name))
		}
		s.keys = append(s.keys, sortKey{c, down})
	}
	return s, nil
}

// Want returns what a snapshot must hold to be sorted so.
func (s *Sort) Want() procwalk.Want {
	var want procwalk.Want
	if s != nil {
		for _, k := range s.keys {
			want |= k.want
		}
	}
	return want
}

// compare orders two rows by their indices in the snapshot.
type compare func(a, b int32) int

// key reads what a column sorts by, once for each of the rows, and returns the comparison of two of them.
type key func(c *context, rows []int32) compare

// number is a key by a number.
func number[T int | uint64 | float64](read func(c *context, p *procwalk.Process) T) key {
	return func(c *context, rows []int32) compare {
		values := make([]T, len(c.snap.Processes))
		for _, i := range rows {
			values[i] = read(c, &c.snap.Processes[i])
		}
		return func(a, b int32) int { return cmp.Compare(values[a], values[b]) }
	}
}

// words is a key by text, byte by byte, as the locales C and C.UTF-8 collate.
func words(read func(c *context, p *procwalk.Process) string) key {
	return wordsBy(read, strings.Compare)
}

func wordsBy(read func(c *context, p *procwalk.Process) string, cmp func(a, b string) int) key {
	return func(c *context, rows []int32) compare {
		values := make([]string, len(c.snap.Processes))
		for _, i := range rows {
			values[i] = read(c, &c.snap.Processes[i])
		}
		return func(a, b int32) int { return cmp(values[a], values[b]) }
	}
}

// order returns the comparison by all keys, nil if there are none.
func (s *Sort) order(c *context, rows []int32) compare {
	if s == nil {
		return nil
	}
	var all []compare
	for _, k := range s.keys {
		if k.key == nil {
			continue
		}
		by := k.key(c, rows)
		if k.down {
			up := by
			by = func(a, b int32) int { return up(b, a) }
		}
		all = append(all, by)
	}
	return func(a, b int32) int {
		for _, by := range all {
			if n := by(a, b); n != 0 {
				return n
			}
		}
		return 0
	}
}

// sorted orders rows stably.
func sorted(rows []int32, by compare) {
	if by != nil {
		slices.SortStableFunc(rows, by)
	}
}

// versions compares names that hold numbers: pts/9 comes before pts/10. Where the numbers that differ begin with a
// digit other than 0, the longer is the greater; else bytes decide.
//
// Source: strverscmp(3), without its rules for leading zeros, which no terminal's name has.
func versions(a, b string) int {
	start, n := 0, 0 // the number that the first difference is in begins at start
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
		if !digit(a, n-1) {
			start = n
		}
	}
	if digit(a, start) && digit(b, start) && a[start] != '0' && b[start] != '0' {
		i := n
		for digit(a, i) && digit(b, i) {
			i++
		}
		switch {
		case digit(a, i):
			return 1
		case digit(b, i):
			return -1
		}
	}
	return strings.Compare(a[n:], b[n:])
}

func digit(s string, i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }
