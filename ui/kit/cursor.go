package kit

// Cursor is a selected row that is known by its key, so that it is found again after the rows were made anew.
type Cursor[K comparable] struct {
	Row int
	Key K
}

// Follow finds the row with the key again among n rows. If it has gone, the row in its place is selected. find
// returns the row with a key, or -1; keyOf the key of a row, or false if it has none: then the key stays.
func (c *Cursor[K]) Follow(n int, find func(K) int, keyOf func(row int) (K, bool)) {
	if row := find(c.Key); row >= 0 {
		c.Row = row
	}
	c.Move(n, c.Row, keyOf)
}

// Move selects a row, or of n rows the first or last one at most.
func (c *Cursor[K]) Move(n, row int, keyOf func(row int) (K, bool)) {
	c.Row = max(0, min(row, n-1))
	if c.Row < n {
		if k, ok := keyOf(c.Row); ok {
			c.Key = k
		}
	}
}
