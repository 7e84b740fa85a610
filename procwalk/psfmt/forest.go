package psfmt

import (
	"cmp"
	"slices"
	"strconv"

	"bones/procwalk"
)

// levelsMax is how many levels of branches are drawn; see the package's comment. ps draws them all: a chain of 10,000
// processes takes it 200 MB.
const levelsMax = 128

// walk calls show for each row that is to be shown, in order.
func walk(c *context, show func(*procwalk.Process)) {
	all := c.snap.Processes
	rows := make([]int32, 0, len(all))
	for i := range all {
		if c.o.Only == nil || i < len(c.o.Only) && c.o.Only[i] {
			rows = append(rows, int32(i))
		}
	}
	by := c.o.Sort.order(c, rows)
	if c.o.Forest {
		forest(c, rows, by, show)
		return
	}
	sorted(rows, by)
	for _, i := range rows {
		show(&all[i])
	}
}

// forest shows the rows depth first. Without an order of the user's, siblings follow one another by start time, and
// roots come in reverse: by descending PID of the missing parent, then youngest first. That is how ps does it, and
// why kthreadd comes before init. With an order, it holds among siblings and among roots.
//
// The children of PID 1 are drawn as if they had no parent: most of them were adopted.
//
// Source: procps 4.0.2, src/ps/display.c, show_forest and show_tree.
func forest(c *context, rows []int32, by compare, show func(*procwalk.Process)) {
	t := plant(c, rows, by)
	level := make([]int32, len(t.all))
	for _, root := range t.roots {
		for i := root; i >= 0; i = t.following(i, root) {
			depth := int32(0)
			if i != root {
				p := t.parent[i]
				depth = level[p]
				if t.all[p].PID != 1 {
					depth++
				}
			}
			level[i] = depth
			last := t.next[i] < 0
			c.branches = c.branches[:max(depth-1, 0)]
			if depth > 0 {
				c.branches = append(c.branches, branch(last, 'L', '+'))
			}
			show(&t.all[i])
			if depth > 0 { // what is drawn beside the children
				c.branches[depth-1] = branch(last, ' ', '|')
			}
		}
	}
	c.branches = c.branches[:0]
}

func branch(last bool, ifLast, ifNot byte) byte {
	if last {
		return ifLast
	}
	return ifNot
}

// grove is a forest as linked lists: per process its parent, first child and next sibling, -1 for none.
type grove struct {
	all                 []procwalk.Process
	parent, child, next []int32
	roots               []int32
}

// plant links the rows in the order in which forest shows them.
func plant(c *context, rows []int32, by compare) *grove {
	t := &grove{all: c.snap.Processes, parent: procwalk.NewTree(c.snap).Parent}
	all := t.all
	shown := make([]bool, len(all))
	for _, i := range rows {
		shown[i] = true
	}
	age := func(a, b int32) int {
		if n := cmp.Compare(all[a].StartTime, all[b].StartTime); n != 0 {
			return n
		}
		return cmp.Compare(a, b)
	}
	if by == nil {
		sorted(rows, func(a, b int32) int {
			if n := cmp.Compare(all[a].PPID, all[b].PPID); n != 0 {
				return n
			}
			return age(a, b)
		})
	} else {
		sorted(rows, age)
		sorted(rows, by)
	}
	// Linking from the last to the first leaves each list of children in order.
	links := make([]int32, 2*len(all))
	t.child, t.next = links[:len(all)], links[len(all):]
	for i := range links {
		links[i] = -1
	}
	for k := len(rows) - 1; k >= 0; k-- {
		i := rows[k]
		if p := t.parent[i]; p >= 0 && shown[p] {
			t.next[i], t.child[p] = t.child[p], i
		} else {
			t.roots = append(t.roots, i)
		}
	}
	if by != nil {
		slices.Reverse(t.roots)
	}
	return t
}

// following returns the process after i, depth first, below root; -1 if i was the last.
func (t *grove) following(i, root int32) int32 {
	if t.child[i] >= 0 {
		return t.child[i]
	}
	for i != root && t.next[i] < 0 {
		i = t.parent[i]
	}
	if i == root {
		return -1
	}
	return t.next[i]
}

// drawBranches appends the branches of the current row, at most c.rest columns, and returns how many those are.
func (c *context) drawBranches() int {
	levels := c.branches
	hidden := 0
	if len(levels) > levelsMax {
		hidden = len(levels) - levelsMax
		levels = levels[:levelsMax]
	}
	drawn := 0
	for _, b := range levels {
		if c.rest-drawn < 4 {
			return drawn
		}
		switch b {
		case '+', 'L':
			c.cell = append(c.cell, ` \_ `...)
		case '|':
			c.cell = append(c.cell, ` |  `...)
		default:
			c.cell = append(c.cell, `    `...)
		}
		drawn += 4
	}
	if hidden > 0 && c.rest-drawn >= 32 {
		start := len(c.cell)
		c.cell = append(c.cell, " +"...)
		c.cell = strconv.AppendInt(c.cell, int64(hidden), 10)
		c.cell = append(c.cell, ` \_ `...)
		drawn += len(c.cell) - start
	}
	return drawn
}
