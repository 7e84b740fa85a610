package cgroups

import (
	"context"
	"slices"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/ui/kit"
)

// request is what one read is to find out.
type request struct {
	roots    bool                // the roots of the hierarchies are not known
	locate   *procwalk.ID        // the process whose groups are to be found and shown; nil: none
	open     []*cgroupview.Group // unfolded groups in view: what is below them
	selected *cgroupview.Group   // its files; nil: those of the first root
	goal     *cgroupview.Group   // a group to go to; nil: none
}

// answer is what one read found out.
type answer struct {
	err      error
	roots    []*cgroupview.Group
	own      []*cgroupview.Group // of the process that was located
	children []children
	goal     *cgroupview.Group // the group to go to, in the end
	selected *cgroupview.Group
	files    []cgroupview.File
	filesErr error
}

// children is what is right below one group.
type children struct {
	group *cgroupview.Group
	list  []*cgroupview.Group
	more  bool // there are more
	err   error
	with  *cgroupview.Group // a group that is there even beyond the limit
}

// unseenMax is how many unfolded groups out of view are listed at a refresh: the next one lists more.
const unseenMax = 40

// toList are the unfolded groups that a refresh lists: those in view, as many as the terminal has lines, and some of
// those that have not been listed yet.
func toList(lines []*node, top, page int) (list []*cgroupview.Group) {
	unseen := 0
	for i, n := range lines {
		if n.group == nil || !n.open {
			continue
		}
		inView := i >= top-1 && i < top+page
		if !inView {
			if n.loaded || unseen == unseenMax {
				continue
			}
			unseen++
		}
		list = append(list, n.group)
	}
	return list
}

// reload reads the roots if they are not known, the subject's groups if it is a new one, what is below the unfolded
// groups in view, and the files of the selected group.
func (v *View) reload() {
	if v.backend.Roots != nil { // which alone may be there, to say why no groups can be read
		v.reader.Reload(struct{}{})
	}
}

func (v *View) read(struct{}) kit.Read {
	q := request{roots: len(v.tree.roots) == 0, selected: v.Group(), goal: v.goal}
	v.goal = nil
	if !v.located && v.has && v.backend.GroupsOf != nil && v.backend.Parent != nil {
		id := v.subject
		q.locate = &id
	}
	if v.tree.filter == "" { // for a filter, all groups are read
		q.open = toList(v.tree.lines, v.panes.Left.Top, max(v.panes.Left.Page, 1))
	}
	return func(ctx context.Context) func() {
		a := v.backend.find(ctx, &q)
		return func() { v.show(&q, a) }
	}
}

// find reads what is asked for.
func (b *Backend) find(ctx context.Context, q *request) (a answer) {
	if q.roots {
		a.roots, a.err = b.Roots(ctx)
	}
	if a.goal = q.goal; a.goal != nil {
		a.children = b.path(ctx, a.goal)
	}
	if q.locate != nil && a.err == nil {
		var mine cgroupview.Groups
		if mine, a.err = b.GroupsOf(ctx, *q.locate); a.err == nil {
			a.own = mine.List
			a.goal = bestGroup(mine.List)
			a.children = b.path(ctx, a.goal)
		}
	}
	for _, g := range q.open {
		if slices.ContainsFunc(a.children, func(c children) bool { return keyOf(c.group) == keyOf(g) }) {
			continue
		}
		c := children{group: g}
		c.list, c.more, c.err = b.Children(ctx, g, childLimit)
		a.children = append(a.children, c)
	}
	switch a.selected = q.selected; {
	case a.goal != nil:
		a.selected = a.goal
	case a.selected == nil && len(a.roots) > 0:
		a.selected = a.roots[0]
	}
	if a.selected != nil {
		a.files, a.filesErr = b.Files(ctx, a.selected)
	}
	return a
}

// show shows what was read.
func (v *View) show(q *request, a answer) {
	v.err = a.err
	if q.roots && a.err == nil {
		v.tree.setRoots(a.roots)
	}
	for _, c := range a.children {
		v.tree.setChildren(c, v.cursor.Key)
	}
	current := q.locate == nil || *q.locate == v.subject // the user went to no other process meanwhile
	if q.locate != nil && current {
		v.located = true
		v.setOwn(a.own)
	}
	if a.goal != nil && current {
		v.cursor.Key = keyOf(a.goal)
		if asked := v.asked || q.goal != nil; asked && v.tree.hides(v.cursor.Key) {
			v.setGroupFilter("")
		}
		v.tree.reveal(v.cursor.Key)
	}
	v.tree.build()
	v.followCursor()
	if a.goal != nil {
		v.panes.Left.Show(v.cursor.Row)
	}
	if q.roots {
		v.lookEverywhere()
	}
	g := v.Group()
	switch {
	case g != nil && a.selected != nil && keyOf(g) == keyOf(a.selected):
		v.setFiles(g, a.files, a.filesErr)
	case g != nil && a.selected != nil && a.err == nil:
		v.reload() // another group is selected by now
	}
	v.sh.Changed(v, kit.Content)
	v.deferred.Resume(v.sh)
}

// path lists what is below each of the groups that a group is in, the outermost first.
func (b *Backend) path(ctx context.Context, g *cgroupview.Group) []children {
	var list []children
	for g != nil { // a path has an end
		up, ok := b.Parent(g)
		if !ok {
			break
		}
		c := children{group: up, with: g}
		c.list, c.more, c.err = b.Children(ctx, up, childLimit)
		list = append(list, c)
		g = up
	}
	slices.Reverse(list)
	return list
}

// bestGroup chooses the group to begin at: where memory is limited, else the one furthest from the root.
func bestGroup(list []*cgroupview.Group) *cgroupview.Group {
	var best *cgroupview.Group
	for _, g := range list {
		if g.Path.Raw() != "/" && slices.Contains(g.Hierarchy.Controllers, "memory") {
			return g
		}
		if best == nil || best.Path.Raw() == "/" && g.Path.Raw() != "/" {
			best = g
		}
	}
	return best
}
