package cgroups

import (
	"strings"

	"bones/cgroupview"
	"bones/ui/kit"
	"bones/ui/rows"
)

// finder is for the groups, or the files of one.
func (v *View) finder() kit.Finder {
	return kit.Finder{Shell: v.sh, Go: v.moveTo, Rows: func() (int, int, func(int) []string) {
		if v.panes.Inside {
			return v.pos, len(v.files), func(i int) []string { return []string{v.files[i].Name.Raw()} }
		}
		return v.cursor.Row, len(v.tree.lines), func(i int) []string {
			if g := v.tree.lines[i].group; g != nil {
				return append([]string{baseName(g), v.names[g.Path.Raw()].Text}, g.Hierarchy.Controllers...)
			}
			return nil
		}
	}}
}

// baseName is the name of a group in the one that it is in.
func baseName(g *cgroupview.Group) string {
	path := g.Path.Raw()
	return path[strings.LastIndexByte(path, '/')+1:]
}

// askFilter filters the groups, or the files, while the user types; Esc brings the filter from before back.
func (v *View) askFilter() {
	set, before := v.setGroupFilter, v.tree.filter
	if v.panes.Inside {
		set, before = v.setFileFilter, v.filter
	}
	v.sh.Ask(kit.Question{Label: "filter: ", Text: before, Typed: func(s string) string { set(s); return "" },
		Accept: set, Cancel: func() { set(before) }})
}

// setGroupFilter shows only groups whose name holds the text, and those that they are in.
func (v *View) setGroupFilter(s string) {
	v.tree.filter = strings.ToLower(s)
	v.build()
	if s != "" {
		if at := v.tree.firstMatch(); at >= 0 {
			v.moveTo(at)
		}
	}
}

// setFileFilter shows only files whose name holds the text.
func (v *View) setFileFilter(s string) {
	v.filter = s
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
