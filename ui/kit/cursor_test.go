package kit

import (
	"slices"
	"testing"
)

func TestCursorFollowsItsRow(t *testing.T) {
	var c Cursor[string]
	for _, step := range []struct {
		rows []string // a "" is a row without a key
		move int      // -1: the rows were made anew
		row  int
		key  string
	}{
		{[]string{"a", "b", "c"}, -1, 0, "a"}, {[]string{"a", "b", "c"}, 1, 1, "b"}, {[]string{"x", "a", "b", "c"}, -1, 2,
			"b"},
		{[]string{"x", "a", "c"}, -1, 2, "c"}, {[]string{"x"}, -1, 0, "x"}, {nil, -1, 0, "x"}, {[]string{"y", "x"}, -1, 1,
			"x"},
		{[]string{"y", "x", ""}, 99, 2, "x"}, {[]string{"y", "x", ""}, -1, 1, "x"},
	} {
		find := func(key string) int { return slices.Index(step.rows, key) }
		keyOf := func(row int) (string, bool) { return step.rows[row], step.rows[row] != "" }
		if step.move >= 0 {
			c.Move(len(step.rows), step.move, keyOf)
		} else {
			c.Follow(len(step.rows), find, keyOf)
		}
		if c.Row != step.row || c.Key != step.key {
			t.Fatalf("%q, %d: row %d, key %q; want %d, %q", step.rows, step.move, c.Row, c.Key, step.row, step.key)
		}
	}
}
