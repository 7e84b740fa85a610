package psfmt

import (
	"cmp"
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
	all := c.snap.Processes
	parent := procwalk.NewTree(c.snap).Parent
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
	child, next := links[:len(all)], links[len(all):]
	for i := range links {
		links[i] = -1
	}
	var roots []int32
	for k := len(rows) - 1; k >= 0; k-- {
		i := rows[k]
		if p := parent[i]; p >= 0 && shown[p] {
			next[i], child[p] = child[p], i
		} else {
			roots = append(roots, i)
		}
	}
	if by != nil {
		for a, b := 0, len(roots)-1; a < b; a, b = a+1, b-1 {
			roots[a], roots[b] = roots[b], roots[a]
		}
	}

	level := make([]int32, len(all))
	for _, root := range roots {
		for i := root; i >= 0; {
			p := parent[i]
			depth := int32(0)
			if i != root {
				depth = level[p]
				if all[p].PID != 1 {
					depth++
				}
			}
			level[i] = depth
			c.branches = c.branches[:max(depth-1, 0)]
			if depth > 0 {
				if next[i] >= 0 {
					c.branches = append(c.branches, '+')
				} else {
					c.branches = append(c.branches, 'L')
				}
			}
			show(&all[i])
			if depth > 0 { // what is drawn beside the children
				if next[i] >= 0 {
					c.branches[depth-1] = '|'
				} else {
					c.branches[depth-1] = ' '
				}
			}
			if child[i] >= 0 {
				i = child[i]
				continue
			}
			for i != root && next[i] < 0 {
				i = parent[i]
			}
			if i == root {
				break
			}
			i = next[i]
		}
	}
	c.branches = c.branches[:0]
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
