package cgroups

import (
	"strings"

	"bones/cgroupview"
	"bones/ui/kit"
	"bones/ui/rows"
)

// find goes to the next file whose name holds a text, or among the groups to the next line that does.
func (v *View) find() {
	v.sh.Ask(kit.Question{Label: "find: ", Accept: func(s string) {
		at, count, name := v.cursor.Row, len(v.tree.lines), func(i int) string {
			if g := v.tree.lines[i].group; g != nil {
				path := g.Path.Raw()
				return path[strings.LastIndexByte(path, '/')+1:] + " " + v.names[path].Text + " " + strings.Join(g.Hierarchy.Controllers, " ")
			}
			return ""
		}
		if v.panes.Inside {
			at, count, name = v.pos, len(v.files), func(i int) string { return v.files[i].Name.Raw() }
		}
		for n := range count {
			i := (at + 1 + n) % count
			if strings.Contains(strings.ToLower(name(i)), strings.ToLower(s)) {
				v.moveTo(i)
				return
			}
		}
		v.sh.Notice(rows.Warn, "no name holds that")
	}})
}

// nextOwn goes to the subject's group in the next hierarchy.
func (v *View) nextOwn() {
	if len(v.own) == 0 {
		v.sh.Notice(rows.Dim, "the groups of the process are not known")
		return
	}
	next := 0
	if g := v.Group(); g != nil {
		for i, o := range v.own {
			if o.Hierarchy.Mount == g.Hierarchy.Mount {
				next = (i + 1) % len(v.own)
			}
		}
	}
	v.panes.Inside = false
	v.goal = v.own[next]
	v.reload()
}

// setOwn sets which groups are the subject's.
func (v *View) setOwn(list []*cgroupview.Group) {
	v.own = list
	v.tree.mine = make(map[groupKey]bool, len(list))
	for _, g := range list {
		v.tree.mine[keyOf(g)] = true
	}
}
