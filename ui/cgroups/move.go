package cgroups

import (
	"bones/ui/kit"
	"bones/ui/rows"
)

func (v *View) move(by int) {
	if v.panes.Inside {
		v.moveTo(v.pos + by)
	} else {
		v.moveTo(v.cursor.Row + by)
	}
}

func (v *View) moveTo(pos int) {
	switch {
	case v.panes.Inside:
		v.pos = max(0, min(pos, len(v.files)-1))
		if v.pos < len(v.files) {
			v.file = v.files[v.pos].Name.Raw()
		}
		v.panes.Right.Show(v.pos)
	case len(v.tree.lines) > 0:
		before := v.cursor.Key
		v.cursor.Move(len(v.tree.lines), pos, v.keyOf)
		if v.Group() == nil {
			v.cursor.Key = groupKey{} // the line that says that there are more
		} else if v.cursor.Key != before {
			v.panes.Right.Top = 0
			v.reload()
		}
		v.panes.Left.Show(v.cursor.Row)
	}
	v.sh.Changed(v, kit.Selection)
}

func (v *View) goLeft() {
	n := v.node()
	switch {
	case v.panes.Inside:
		v.Back()
	case n == nil:
	case n.open:
		v.fold(true)
	case n.up != nil:
		v.moveTo(v.tree.find(keyOf(n.up.group)))
	}
}

func (v *View) goRight() {
	n := v.node()
	switch {
	case n == nil || n.group == nil || v.panes.Inside:
	case !n.open && !(n.loaded && len(n.kids) == 0):
		v.fold(false)
	default:
		v.Enter()
	}
}

// Enter implements kit.Enterer: it goes to the files of the group; in there it is for the details.
func (v *View) Enter() bool {
	if v.panes.Inside {
		return false
	}
	g := v.Group()
	if g == nil || keyOf(g) != v.filesOf || len(v.files) == 0 {
		v.sh.Notice(rows.Dim, "there are no files to go to")
		return true
	}
	v.panes.Inside = true
	v.moveTo(v.pos)
	return true
}

func (v *View) fold(folded bool) {
	n := v.node()
	if n == nil || n.group == nil || v.panes.Inside {
		return
	}
	n.open = !folded
	v.build()
	if n.open {
		v.reload()
	}
}

func (v *View) toggleFold() {
	if n := v.node(); n != nil {
		v.fold(n.open)
	}
}

func (v *View) foldAll() {
	for _, n := range v.tree.nodes {
		n.open = false
	}
	if n := v.node(); n != nil {
		for n.up != nil {
			n = n.up
		}
		v.cursor.Key = keyOf(n.group)
	}
	v.panes.Inside = false
	v.build()
	v.reload()
}

// LeadsTo implements kit.Leader.
func (v *View) LeadsTo() string {
	if v.panes.Inside {
		return "details"
	}
	return "files"
}
