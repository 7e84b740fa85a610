package cgroups

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"bones/cgroupview"
	"bones/ui/kit"
)

// everywhereMax is how many groups a filter, or a search, looks at: whoever may make groups may make any number. Those
// next to the roots come first.
const everywhereMax = 20000

// everywhere is what was read of all groups.
type everywhere struct {
	children []children
	cut      bool  // there are more than everywhereMax
	failed   int   // so many groups could not be listed
	err      error // why one of those could not be
}

// lookEverywhere reads all groups in the background while a filter or a search needs them.
func (v *View) lookEverywhere() {
	switch b := &v.backend; {
	case v.tree.filter == "" && !v.find.Waits():
	case b.Roots == nil || b.Children == nil || len(v.tree.roots) == 0 && v.err != nil:
		v.find.MoreRead("") // there is no more to come
	default:
		v.allReader.Reload(struct{}{})
	}
}

func (v *View) readAll(struct{}) kit.Read {
	if len(v.tree.roots) == 0 {
		return nil // they are being read, and then it is asked for again
	}
	roots := make([]*cgroupview.Group, len(v.tree.roots))
	for i, n := range v.tree.roots {
		roots[i] = n.group
	}
	return func(ctx context.Context) func() {
		all := v.backend.everywhere(ctx, roots)
		return func() { v.showAll(all) }
	}
}

// everywhere lists what is below each group, level by level.
func (b *Backend) everywhere(ctx context.Context, roots []*cgroupview.Group) (all everywhere) {
	left := everywhereMax - len(roots)
	for queue := slices.Clone(roots); len(queue) > 0 && ctx.Err() == nil; queue = queue[1:] {
		c := children{group: queue[0]}
		if !c.group.Leaf {
			if left <= 0 {
				all.cut = true
				continue
			}
			c.list, c.more, c.err = b.Children(ctx, c.group, left)
		}
		left -= len(c.list)
		all.cut = all.cut || c.more
		if c.err != nil && !errors.Is(c.err, cgroupview.ErrGone) {
			all.failed++
			all.err = c.err
		}
		all.children = append(all.children, c)
		queue = append(queue, c.list...)
	}
	return all
}

// showAll takes up what was read, and selects what the user has looked for meanwhile.
func (v *View) showAll(all everywhere) {
	for _, c := range all.children {
		v.tree.setChildren(c, v.cursor.Key)
	}
	all.children = nil
	v.reached = all
	v.build()
	if v.seeks {
		v.seeks = false
		v.goToMatch()
	}
	v.find.MoreRead(v.reached.unseen())
	v.sh.Changed(v, kit.Content)
}

// unseen says which groups were not looked at, to go on with behind what was found.
func (e *everywhere) unseen() string {
	s := ""
	if e.cut {
		s += fmt.Sprintf(" among the first %d groups", everywhereMax)
	}
	if e.failed > 0 {
		s += fmt.Sprintf(", but bones cannot list what is in %s: %s", kit.Plural(e.failed, "group", "groups"),
			kit.ErrorLine(e.err))
	}
	return s
}

// nothingPasses stands where no group passes the filter.
func (v *View) nothingPasses() string {
	if v.allReader.Busy() && v.seeks {
		return "looking through all groups ..."
	}
	return "no group has this in its name" + v.reached.unseen()
}
