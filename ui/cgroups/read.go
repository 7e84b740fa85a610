package ui

import (
	"slices"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/ui/rows"
)

// cgReader has groups and files read in a goroutine. One read is under way at a time.
type cgReader struct {
	v       *cgroups
	busy    bool
	pending bool
	err     error

	looking  bool
	more     rows.GroupMore
	moreOf   cgKey
	moreFile string
}

// cgKids is what is below one group.
type cgKids struct {
	group *cgroupview.Group
	kids  []*cgroupview.Group
	more  bool
	err   error
	with  *cgroupview.Group
}

// openMax is how many unfolded groups are listed anew at a refresh.
const openMax = 40

// again reads the roots if they are not known, the subject's groups if it is a new one, what is below the unfolded
// groups in view, and the files of the selected group.
func (l *cgReader) again() {
	v := l.v
	u := v.ui
	if u.opt.Roots == nil || u.opt.Children == nil || u.opt.Files == nil {
		return
	}
	if l.busy {
		l.pending = true
		return
	}
	l.busy, l.pending = true, false
	needRoots := len(v.tree.roots) == 0
	var locate *procwalk.ID
	if !v.placed && v.has && u.opt.GroupsOf != nil && u.opt.Parent != nil {
		id := v.subject
		locate = &id
	}
	var list []*cgroupview.Group
	for i, n := range v.tree.lines {
		inView := i >= v.table.top-1 && i < v.table.top+max(v.table.page, 1)
		if n.group != nil && n.open && (!n.loaded || inView) && len(list) < openMax {
			list = append(list, n.group)
		}
	}
	selected := v.group()
	goal := v.goal
	v.goal = nil
	u.spawn(func() {
		var roots []*cgroupview.Group
		var err error
		if needRoots {
			roots, err = u.opt.Roots(u.ctx)
		}
		var below []cgKids
		var mine cgroupview.Groups
		best := goal
		if best != nil {
			below = l.path(best)
		}
		if locate != nil && err == nil {
			if mine, err = u.opt.GroupsOf(u.ctx, *locate); err == nil {
				best = bestGroup(mine.List)
				below = l.path(best)
			}
		}
		for _, g := range list {
			if slices.ContainsFunc(below, func(k cgKids) bool { return keyOf(k.group) == keyOf(g) }) {
				continue
			}
			k := cgKids{group: g}
			k.kids, k.more, k.err = u.opt.Children(u.ctx, g, childLimit)
			below = append(below, k)
		}
		if best != nil {
			selected = best
		}
		if selected == nil && len(roots) > 0 {
			selected = roots[0]
		}
		var files []cgroupview.File
		var ferr error
		if selected != nil {
			files, ferr = u.opt.Files(u.ctx, selected)
		}
		u.post(func() {
			l.busy, l.err = false, err
			if needRoots && err == nil {
				v.tree.setRoots(roots)
			}
			for _, k := range below {
				v.tree.setKids(keyOf(k.group), k.kids, k.more, k.err, k.with)
			}
			if locate != nil && *locate == v.subject {
				v.placed = true
				v.takeOwn(mine.List)
			}
			if best != nil && (locate == nil || *locate == v.subject) {
				v.chosen = keyOf(best)
				v.tree.reveal(v.chosen)
			}
			v.tree.build()
			v.settle()
			if best != nil {
				v.table.show(v.at)
			}
			if g := v.group(); g != nil && selected != nil && keyOf(g) == keyOf(selected) {
				v.take(g, files, ferr)
			} else {
				l.pending = l.pending || g != nil && selected != nil && err == nil
			}
			if u.view() == View(v) {
				u.details.fresh()
			}
			if l.pending {
				l.again()
			}
		})
	})
}

// pathMax is how many levels above a group are looked at.
const pathMax = 64

// path lists what is below each group around one.
func (l *cgReader) path(g *cgroupview.Group) []cgKids {
	var list []cgKids
	u := l.v.ui
	for range pathMax {
		if g == nil {
			break
		}
		up, ok := u.opt.Parent(g)
		if !ok {
			break
		}
		k := cgKids{group: up, with: g}
		k.kids, k.more, k.err = u.opt.Children(u.ctx, up, childLimit)
		list = append(list, k)
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

// look reads more about the selected group and file.
func (l *cgReader) look() {
	v := l.v
	u, g := v.ui, v.group()
	if g == nil || u.opt.GroupMore == nil || l.looking {
		return
	}
	name := ""
	if f := v.selectedFile(); f != nil {
		name = f.Name.Raw()
	}
	l.looking = true
	u.spawn(func() {
		more := u.opt.GroupMore(u.ctx, g, name)
		u.post(func() {
			l.looking, l.more, l.moreOf, l.moreFile = false, more, keyOf(g), name
			if u.view() != View(v) {
				return
			}
			u.details.fill()
			now := ""
			if f := v.selectedFile(); f != nil {
				now = f.Name.Raw()
			}
			if s := v.group(); s != nil && (keyOf(s) != keyOf(g) || now != name) {
				l.look()
			}
		})
	})
}
