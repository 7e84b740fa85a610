package ui

import (
	"bones/cgroupview"
)

// cgKey tells groups apart.
type cgKey struct{ mount, path string }

func keyOf(g *cgroupview.Group) cgKey { return cgKey{g.Hierarchy.Mount, g.Path.Raw()} }

// cgNode is one group of the tree, or with group nil the line that says that there are more.
type cgNode struct {
	group  *cgroupview.Group
	up     *cgNode
	depth  int
	open   bool
	loaded bool
	more   bool
	err    error
	kids   []*cgNode
}

// cgTree is the groups that were read so far: what is below a group is read when it is unfolded.
type cgTree struct {
	roots []*cgNode
	nodes map[cgKey]*cgNode
	mine  map[cgKey]bool // the subject's
	lines []*cgNode
}

// childLimit is how many groups below one are listed: whoever may make groups may make any number.
const childLimit = 500

func (t *cgTree) setRoots(roots []*cgroupview.Group) {
	t.roots, t.nodes = nil, map[cgKey]*cgNode{}
	for _, g := range roots {
		n := &cgNode{group: g}
		t.roots = append(t.roots, n)
		t.nodes[keyOf(g)] = n
	}
}

// setKids takes the groups below one up. What was unfolded in it stays so; what has gone is forgotten. with is one to be
// there even beyond the limit.
func (t *cgTree) setKids(key cgKey, kids []*cgroupview.Group, more bool, err error, with *cgroupview.Group) {
	n := t.nodes[key]
	if n == nil {
		return
	}
	n.loaded, n.more, n.err = true, more, err
	if err != nil {
		return
	}
	if with != nil {
		found := false
		for _, g := range kids {
			found = found || keyOf(g) == keyOf(with)
		}
		if !found {
			kids = append(kids[:len(kids):len(kids)], with)
		}
	}
	old := n.kids
	n.kids = make([]*cgNode, 0, len(kids))
	stays := make(map[*cgNode]bool, len(kids))
	for _, g := range kids {
		kid := t.nodes[keyOf(g)]
		if kid == nil || kid.up != n || kid.group.Ino != g.Ino {
			kid = &cgNode{group: g, up: n, depth: n.depth + 1}
			t.nodes[keyOf(g)] = kid
		}
		n.kids = append(n.kids, kid)
		stays[kid] = true
	}
	for _, kid := range old {
		switch {
		case stays[kid]:
		case more && (t.mine[keyOf(kid.group)] || kid.open):
			n.kids = append(n.kids, kid) // beyond the limit, and the user went there
		default:
			t.forget(kid)
		}
	}
}

func (t *cgTree) forget(n *cgNode) {
	stack := []*cgNode{n}
	for len(stack) > 0 {
		n, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if key := keyOf(n.group); t.nodes[key] == n {
			delete(t.nodes, key)
		}
		stack = append(stack, n.kids...)
	}
}

// build makes the lines of what is unfolded.
func (t *cgTree) build() {
	t.lines = t.lines[:0]
	var stack []*cgNode
	push := func(list []*cgNode) {
		for i := len(list) - 1; i >= 0; i-- {
			stack = append(stack, list[i])
		}
	}
	push(t.roots)
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		t.lines = append(t.lines, n)
		if n.group == nil || !n.open {
			continue
		}
		if n.more || n.err != nil {
			stack = append(stack, &cgNode{up: n, depth: n.depth + 1, err: n.err})
		}
		push(n.kids)
	}
}

func (t *cgTree) find(key cgKey) int {
	for i, n := range t.lines {
		if n.group != nil && keyOf(n.group) == key {
			return i
		}
	}
	return -1
}

// reveal unfolds all that is around a group.
func (t *cgTree) reveal(key cgKey) {
	n := t.nodes[key]
	if n == nil {
		return
	}
	for n = n.up; n != nil; n = n.up {
		n.open = true
	}
}
