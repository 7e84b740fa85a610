package cgroups

import (
	"slices"
	"strings"

	"bones/cgroupview"
	"bones/ui/rows"
)

// groupKey tells groups apart.
type groupKey struct{ mount, path string }

func keyOf(g *cgroupview.Group) groupKey { return groupKey{g.Hierarchy.Mount, g.Path.Raw()} }

// node is one group of the tree, or with group nil the line that says that there are more.
type node struct {
	group  *cgroupview.Group
	up     *node // the group that it is in
	depth  int
	open   bool  // it is unfolded, as long as there is no filter
	loaded bool  // what is below it was read
	more   bool  // there are more groups below it than kids
	err    error // why what is below it could not be read
	kids   []*node
}

// tree is the groups that were read so far: what is below a group is read when it is unfolded, and all that there is
// when something is looked for.
type tree struct {
	roots []*node
	nodes map[groupKey]*node
	mine  map[groupKey]bool // the subject's
	lines []*node
	// filter: only groups whose name holds it, in small letters, are lines, and those that they are in.
	filter string
	names  rows.GroupNames // by which it is looked for, too
	// A filter that hid its finds in a fold would be of no use: it starts with everything unfolded, whatever is open
	// without it, and has folds of its own.
	underFilter map[*node]bool
}

// childLimit is how many groups below one are listed: whoever may make groups may make any number.
const childLimit = 500

func (t *tree) setRoots(roots []*cgroupview.Group) {
	t.roots, t.nodes = nil, map[groupKey]*node{}
	for _, g := range roots {
		n := &node{group: g}
		t.roots = append(t.roots, n)
		t.nodes[keyOf(g)] = n
	}
}

// setChildren sets the groups right below one. What was unfolded in it stays so; what has gone is forgotten. The
// selected one stays even beyond the limit: otherwise what the user does next would be done to another one.
func (t *tree) setChildren(c children, selected groupKey) {
	n := t.nodes[keyOf(c.group)]
	if n == nil {
		return
	}
	n.loaded, n.more, n.err = true, c.more, c.err
	if c.err != nil {
		return
	}
	list := c.list
	is := func(g *cgroupview.Group) bool { return keyOf(g) == keyOf(c.with) }
	if c.with != nil && !slices.ContainsFunc(list, is) {
		list = append(list[:len(list):len(list)], c.with)
	}
	before := n.kids
	n.kids = make([]*node, 0, len(list))
	stays := make(map[*node]bool, len(list))
	for _, g := range list {
		kid := t.nodes[keyOf(g)]
		if kid == nil || kid.up != n || kid.group.Ino != g.Ino {
			kid = &node{group: g, up: n, depth: n.depth + 1}
			t.nodes[keyOf(g)] = kid
		}
		n.kids = append(n.kids, kid)
		stays[kid] = true
	}
	for _, kid := range before {
		switch {
		case stays[kid]:
		case c.more && (t.mine[keyOf(kid.group)] || kid.open || keyOf(kid.group) == selected):
			n.kids = append(n.kids, kid) // beyond the limit, and the user went there
		default:
			t.forget(kid)
		}
	}
}

func (t *tree) forget(n *node) {
	stack := []*node{n}
	for len(stack) > 0 {
		n, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if key := keyOf(n.group); t.nodes[key] == n {
			delete(t.nodes, key)
		}
		stack = append(stack, n.kids...)
	}
}

// matches reports whether a group passes the filter by its own name. A root has that of its hierarchy.
func (t *tree) matches(n *node) bool {
	has := func(name string) bool { return strings.Contains(strings.ToLower(name), t.filter) }
	return n.group != nil && (has(baseName(n.group)) || has(t.names[n.group.Path.Raw()].Text) ||
		n.up == nil && slices.ContainsFunc(n.group.Hierarchy.Controllers, has))
}

// passing are the groups that pass the filter, and those that they are in; nil: all do.
func (t *tree) passing() map[*node]bool {
	if t.filter == "" {
		return nil
	}
	pass := map[*node]bool{}
	for _, n := range t.nodes {
		if t.matches(n) {
			for ; n != nil && !pass[n]; n = n.up {
				pass[n] = true
			}
		}
	}
	return pass
}

// hides reports whether the filter hides a group.
func (t *tree) hides(key groupKey) bool { return t.filter != "" && !t.passing()[t.nodes[key]] }

// firstMatch is the first line that passes the filter by its own name, or -1.
func (t *tree) firstMatch() int { return slices.IndexFunc(t.lines, t.matches) }

// setFilter sets which groups are lines.
func (t *tree) setFilter(s string) {
	t.filter = strings.ToLower(s)
	t.underFilter = map[*node]bool{}
}

// unfolded reports whether what is below a group is shown.
func (t *tree) unfolded(n *node) bool {
	if t.filter != "" {
		return !t.underFilter[n]
	}
	return n.open
}

// fold hides what is below a group, or shows it.
func (t *tree) fold(n *node, folded bool) {
	if t.filter != "" {
		t.underFilter[n] = folded
	} else {
		n.open = !folded
	}
}

// foldAll hides everything but the roots.
func (t *tree) foldAll() {
	if t.filter == "" {
		for _, n := range t.nodes {
			n.open = false
		}
		return
	}
	for i, n := range t.lines {
		if open, _ := t.folding(i); open {
			t.underFilter[n] = true
		}
	}
}

// folding tells whether a line is unfolded, or whether it could be. With a filter it is neither where nothing below it
// passes.
func (t *tree) folding(line int) (open, folded bool) {
	n := t.lines[line]
	if t.filter != "" {
		return line+1 < len(t.lines) && t.lines[line+1].depth > n.depth, t.underFilter[n]
	}
	return n.open, !n.open && !(n.loaded && len(n.kids) == 0)
}

// build makes the lines of what is unfolded, or of what passes the filter.
func (t *tree) build() { t.lines = t.arrange(t.lines[:0], t.unfolded) }

// all are the lines as they were if nothing were folded.
func (t *tree) all() []*node { return t.arrange(nil, func(*node) bool { return true }) }

// arrange appends the lines.
func (t *tree) arrange(lines []*node, unfolded func(*node) bool) []*node {
	pass := t.passing()
	var stack []*node
	push := func(list []*node) {
		for i := len(list) - 1; i >= 0; i-- {
			stack = append(stack, list[i])
		}
	}
	push(t.roots)
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if pass != nil && !pass[n] {
			continue
		}
		lines = append(lines, n)
		if n.group == nil || !unfolded(n) {
			continue
		}
		if pass == nil && (n.more || n.err != nil) {
			stack = append(stack, &node{up: n, depth: n.depth + 1, err: n.err})
		}
		push(n.kids)
	}
	return lines
}

func (t *tree) find(key groupKey) int { return findLine(t.lines, key) }

func findLine(lines []*node, key groupKey) int {
	return slices.IndexFunc(lines, func(n *node) bool { return n.group != nil && keyOf(n.group) == key })
}

// shown is the line of a group, or of the one that hides it; -1: it has gone, or does not pass the filter.
func (t *tree) shown(key groupKey) int {
	for n := t.nodes[key]; n != nil; n = n.up {
		if at := t.find(keyOf(n.group)); at >= 0 {
			return at
		}
	}
	return -1
}

// reveal unfolds all groups that a group is in.
func (t *tree) reveal(key groupKey) {
	n := t.nodes[key]
	if n == nil {
		return
	}
	for n = n.up; n != nil; n = n.up {
		t.fold(n, false)
	}
}
