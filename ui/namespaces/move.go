package namespaces

import (
	"bones/ui/kit"
	"bones/ui/rows"
)

func (v *View) move(by int) {
	if v.matrix.on {
		v.moveRow(v.matrix.cursor.Row + by)
	} else if v.panes.Inside {
		v.moveTo(v.memberAt() + by)
	} else {
		v.moveTo(v.cursor.Row + by)
	}
}

// moveTo selects a row of the table that has the focus.
func (v *View) moveTo(pos int) {
	if v.matrix.on {
		v.moveRow(pos)
		return
	}
	if v.panes.Inside {
		members := v.members()
		if len(members) == 0 {
			v.panes.Inside = false
			return
		}
		v.pos = max(0, min(pos, len(members)-1))
		v.member = v.process(members[v.pos]).ID()
		v.panes.Right.Show(v.pos)
	} else if lines := v.list.Lines(); len(lines) > 0 {
		before := v.cursor.Key
		v.chosen, v.located = true, true
		v.cursor.Move(len(lines), pos, v.keyOf)
		v.panes.Left.Show(v.cursor.Row)
		if v.cursor.Key != before {
			v.firstMember()
		}
	}
	v.sh.Changed(v, kit.Selection)
}

// firstMember selects the subject among the members of another namespace, or the first of them.
func (v *View) firstMember() {
	v.panes.Right.Top, v.pos, v.member = 0, 0, v.subject
	if v.pos = v.memberAt(); v.pos >= 0 {
		v.member = v.process(v.members()[v.pos]).ID()
		v.panes.Right.Show(v.pos)
	}
}

func (v *View) line() (rows.NSLine, bool) {
	if lines := v.list.Lines(); v.cursor.Row < len(lines) {
		return lines[v.cursor.Row], true
	}
	return rows.NSLine{}, false
}

func (v *View) goLeft() {
	if v.matrix.on {
		v.moveColumn(-1)
		return
	}
	if v.panes.Inside {
		v.panes.Inside = false
		v.sh.Changed(v, kit.Selection)
		return
	}
	line, ok := v.line()
	if !ok {
		return
	}
	if line.Parent && !line.Folded {
		v.fold(true)
	} else if up := v.list.Up(v.cursor.Row); up >= 0 {
		v.moveTo(up)
	}
}

func (v *View) goRight() {
	if v.matrix.on {
		v.moveColumn(1)
		return
	}
	line, ok := v.line()
	switch {
	case !ok || v.panes.Inside:
	case line.Folded:
		v.fold(false)
	case line.Index < 0:
		v.moveTo(v.cursor.Row + 1)
	default:
		v.intoMembers()
	}
}

func (v *View) intoMembers() {
	if v.memberAt() < 0 {
		v.sh.Notice(rows.Dim, "no process is in it")
		return
	}
	v.panes.Inside = true
	v.moveTo(v.memberAt())
}

// Enter implements kit.Enterer: it goes from a namespace to its members, and from a member to view 1.
func (v *View) Enter() bool {
	if v.matrix.on {
		v.enterCell()
		return true
	}
	line, ok := v.line()
	switch {
	case v.panes.Inside && v.memberAt() >= 0:
		if to := v.process(v.members()[v.memberAt()]).ID(); v.subject != to {
			v.subject, v.has, v.lost = to, true, false
			v.refreshSubject()
		}
		v.sh.Show(kit.Processes, kit.Subject{Process: v.subject})
	case !ok && v.snap() == nil:
		v.deferred.Defer(v.sh, func() { v.Enter() }) // they are being read
	case !ok:
	case line.Index < 0:
		v.toggleFold()
	default:
		v.intoMembers()
	}
	return true
}

func (v *View) fold(folded bool) {
	if v.inMatrix() {
		return
	}
	if line, ok := v.line(); ok && line.Parent && !v.panes.Inside {
		v.list.Fold(line.Key, folded)
		v.build()
	}
}

func (v *View) toggleFold() {
	if v.inMatrix() {
		return
	}
	if line, ok := v.line(); ok {
		v.fold(!line.Folded)
	}
}

func (v *View) toggleTree() {
	v.ShowList()
	if !v.list.Tree && v.backend.Relate == nil {
		v.sh.Notice(rows.Warn, "parents and owners cannot be read here: all stand side by side")
	}
	v.list.Tree = !v.list.Tree
	v.panes.Inside = false
	v.build()
}

// inMatrix says that what folds is in the list.
func (v *View) inMatrix() bool {
	if v.matrix.on {
		v.sh.Notice(rows.Dim, "nothing folds in the matrix; "+v.sh.KeyFor("matrix")+" shows the list, which does")
	}
	return v.matrix.on
}

func (v *View) toggleAll() {
	v.ShowList()
	v.all = !v.all
	v.regroup()
}

func (v *View) tag() {
	id, ok := v.Target()
	if !ok {
		return
	}
	v.tags.Tag(id, !v.tags.Tagged(id))
	if v.panes.Inside {
		v.move(1)
	}
}
