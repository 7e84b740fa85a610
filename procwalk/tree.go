package procwalk

import (
	"cmp"
	"slices"
)

// Tree is the forest of parents and children over the rows of one Snapshot, by index into Snapshot.Processes. Every
// row stands in it exactly once, whatever the parents say: a snapshot is not atomic, so that a parent may be missing
// (its children are roots), be its own ancestor (the cycle is cut at its oldest member), or come after its child.
type Tree struct {
	Order  []int32 // all rows, depth first: each before its children
	Parent []int32 // per row: its parent's index, -1 for a root
	Depth  []int32 // per row: 0 for a root
	Size   []int32 // per row: how many rows its subtree has, itself included; they follow it in Order
	pos    []int32 // per row: its place in Order
}

// NewTree builds the forest in the order in which `ps axjf` prints it: siblings by start time, then PID; roots the
// other way round (which is why kthreadd comes before init). It takes O(n log n) and does not recurse.
//
// Source: procps 4.0.2, src/ps/display.c (show_forest, show_tree).
func NewTree(s *Snapshot) *Tree { return newTree(s.Processes) }

func newTree(rows []Process) *Tree {
	n := len(rows)
	backing := make([]int32, 8*n)
	column := func() []int32 { s := backing[:n:n]; backing = backing[n:]; return s }
	t := &Tree{Order: column()[:0], Parent: column(), Depth: column(), Size: column(), pos: column()}
	byAge, firstChild, nextSibling := column(), column(), column()

	parent, at := 0, int32(-1) // the last that was looked for: most have the parent of the row before
	for i := range rows {
		byAge[i], firstChild[i], nextSibling[i], t.Size[i], t.Parent[i] = int32(i), -1, -1, 1, -1
		if rows[i].PPID == rows[i].PID {
			continue
		}
		if parent != rows[i].PPID {
			parent, at = rows[i].PPID, -1
			if p, ok := position(rows, parent); ok {
				at = int32(p)
			}
		}
		t.Parent[i] = at
	}
	older := func(a, b int32) int {
		if c := cmp.Compare(rows[a].StartTime, rows[b].StartTime); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	}
	slices.SortFunc(byAge, older)
	t.cutCycles(byAge, older)

	// Linking the youngest first leaves every list of children with the oldest at its head.
	for _, i := range slices.Backward(byAge) {
		if p := t.Parent[i]; p >= 0 {
			nextSibling[i], firstChild[p] = firstChild[p], i
		}
	}
	for _, root := range slices.Backward(byAge) {
		if t.Parent[root] >= 0 {
			continue
		}
		for i := root; i >= 0; {
			t.pos[i] = int32(len(t.Order))
			t.Order = append(t.Order, i)
			if p := t.Parent[i]; p >= 0 {
				t.Depth[i] = t.Depth[p] + 1
			}
			if firstChild[i] >= 0 {
				i = firstChild[i]
				continue
			}
			for i >= 0 && nextSibling[i] < 0 {
				i = t.Parent[i]
			}
			if i >= 0 {
				i = nextSibling[i]
			}
		}
	}
	for _, i := range slices.Backward(t.Order) {
		if p := t.Parent[i]; p >= 0 {
			t.Size[p] += t.Size[i]
		}
	}
	return t
}

// cutCycles makes the oldest member of each cycle of parents a root.
func (t *Tree) cutCycles(rows []int32, older func(a, b int32) int) {
	const unseen, onPath, done = 0, 1, 2
	state := t.pos // not in use yet
	for _, start := range rows {
		i := start
		for i >= 0 && state[i] == unseen {
			state[i] = onPath
			i = t.Parent[i]
		}
		if i >= 0 && state[i] == onPath {
			oldest := i
			for j := i; state[j] == onPath; j = t.Parent[j] {
				state[j] = done
				if older(j, oldest) < 0 {
					oldest = j
				}
			}
			t.Parent[oldest] = -1
		}
		for i = start; i >= 0 && state[i] == onPath; i = t.Parent[i] {
			state[i] = done
		}
	}
}

// Subtree returns the rows of the subtree at row i, i first, in Order.
func (t *Tree) Subtree(i int) []int32 {
	at := t.pos[i]
	return t.Order[at : at+t.Size[i]]
}
