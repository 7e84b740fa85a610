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
		v.seeks = false
		v.pos = max(0, min(pos, len(v.files)-1))
		if v.pos < len(v.files) {
			v.file = v.files[v.pos].Name.Raw()
		}
		v.panes.Right.Show(v.pos)
	case len(v.tree.lines) > 0:
		v.seeks = false // whoever has moved stays there
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
	case v.open():
		v.fold(true)
	case n.up != nil:
		v.moveTo(v.tree.find(keyOf(n.up.group)))
	}
}

func (v *View) goRight() {
	n := v.node()
	switch {
	case n == nil || n.group == nil || v.panes.Inside:
	default:
		if _, folded := v.tree.folding(v.cursor.Row); folded {
			v.fold(false)
		} else {
			v.Enter()
		}
	}
}

// open reports whether the selected line is unfolded.
func (v *View) open() bool {
	if v.node() == nil {
		return false
	}
	open, _ := v.tree.folding(v.cursor.Row)
	return open
}

// Enter implements kit.Enterer: it goes to the files of the group; in there it is for the details.
func (v *View) Enter() bool {
	if v.panes.Inside {
		return false
	}
	g := v.Group()
	if len(v.tree.roots) == 0 && v.err == nil && v.backend.Roots != nil || g != nil && keyOf(g) != v.filesOf {
		v.deferred.Defer(v.sh, func() { v.Enter() }) // they are being read
		return true
	}
	if g == nil || len(v.files) == 0 {
		v.sh.Notice(rows.Dim, "there are no files to go to")
		return true
	}
	v.panes.Inside = true
	v.moveTo(v.pos)
	return true
}

func (v *View) fold(folded bool) {
	n := v.node()
	if n == nil || n.group == nil || v.panes.Inside || folded && !v.open() {
		return
	}
	v.tree.fold(n, folded)
	v.build()
	if n.open {
		v.reload()
	}
}

func (v *View) toggleFold() {
	v.fold(v.open())
}

func (v *View) foldAll() {
	v.tree.foldAll()
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
