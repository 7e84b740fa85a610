package cgroups

import (
	"strings"

	"bones/cgroupview"
	"bones/ui/kit"
	"bones/ui/rows"
)

// finder is for the groups, or the files of one.
func (v *View) finder() kit.Finder {
	return kit.Finder{Shell: v.sh, GoTo: v.goToFound, Rows: func() (int, int, func(int) []string) {
		if v.panes.Inside {
			return v.pos, len(v.files), func(i int) []string { return []string{v.files[i].Name.Raw()} }
		}
		all := v.tree.all()
		return max(findLine(all, v.cursor.Key), 0), len(all), func(i int) []string {
			if g := all[i].group; g != nil {
				return append([]string{baseName(g), v.names[g.Path.Raw()].Text}, g.Hierarchy.Controllers...)
			}
			return nil
		}
	}, More: v.lookEverywhere, Here: func() func() int {
		if pos := v.pos; v.panes.Inside {
			return func() int { return pos }
		}
		key := v.cursor.Key
		return func() int { return max(findLine(v.tree.all(), key), 0) }
	}}
}

// goToFound selects a row of the finder: a file, or a line of the tree without folds.
func (v *View) goToFound(row int) {
	if v.panes.Inside {
		v.moveTo(row)
	} else if all := v.tree.all(); row < len(all) && all[row].group != nil {
		v.goToGroup(keyOf(all[row].group))
	}
}

// goToGroup selects a group of the tree, and unfolds what hides it.
func (v *View) goToGroup(key groupKey) {
	if v.tree.find(key) < 0 {
		v.tree.reveal(key)
		v.tree.build()
	}
	if at := v.tree.find(key); at >= 0 {
		v.moveTo(at)
	}
}

// baseName is the name of a group in the one that it is in.
func baseName(g *cgroupview.Group) string {
	path := g.Path.Raw()
	return path[strings.LastIndexByte(path, '/')+1:]
}

// askFilter filters the groups, or the files, while the user types; Esc brings back the filter from before, and what
// was selected.
func (v *View) askFilter() {
	set, before := v.setGroupFilter, v.tree.filter
	key, file := v.cursor.Key, v.file
	back := func() { v.goToGroup(key) }
	if v.panes.Inside {
		set, before = v.setFileFilter, v.filter
		back = func() { v.goToFile(file) }
	}
	v.sh.Ask(kit.Question{Label: "filter: ", Text: before, Typed: func(s string) string { set(s); return "" },
		Cancel: func() {
			set(before)
			back()
		}})
}

// setGroupFilter shows only groups whose name holds the text, wherever they are, and those that they are in.
func (v *View) setGroupFilter(s string) {
	begins := v.tree.filter == "" && s != ""
	if begins {
		v.reached = everywhere{}
	}
	v.tree.setFilter(s)
	v.build()
	v.goToMatch()
	v.seeks = begins || s != "" && v.allReader.Busy()
	if begins { // from then on each frame does so
		v.lookEverywhere()
	}
}

// goToMatch selects the first group that passes the filter, if the selected one is only shown for what is below it.
func (v *View) goToMatch() {
	if n := v.node(); v.tree.filter == "" || n != nil && v.tree.matches(n) {
		return
	}
	if at := v.tree.firstMatch(); at >= 0 {
		v.moveTo(at)
	}
}

// setFileFilter shows only files whose name holds the text.
func (v *View) setFileFilter(s string) {
	v.filter = s
	v.applyFilter()
	v.moveTo(v.pos)
}

// goToFile selects a file by its name.
func (v *View) goToFile(name string) {
	v.file = name
	v.applyFilter()
	v.moveTo(v.pos)
}

// applyFilter filters the files that were read, and finds the selected one again.
func (v *View) applyFilter() {
	v.files = v.all
	if v.filter != "" {
		v.files = nil
		for _, f := range v.all {
			if strings.Contains(strings.ToLower(f.Name.Raw()), strings.ToLower(v.filter)) {
				v.files = append(v.files, f)
			}
		}
	}
	for i := range v.files {
		if v.files[i].Name.Raw() == v.file {
			v.pos = i
		}
	}
	v.pos = max(0, min(v.pos, len(v.files)-1))
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
