package ui

import "bones/ui/rows"

// Moving, folding, sorting and tagging in the process table.

func (v *processes) move(by int) {
	pos, _, _ := v.model.Selected()
	v.moveTo(pos + by)
}

func (v *processes) moveTo(pos int) {
	v.model.Select(pos)
	v.reveal()
}

func (v *processes) pageBy(pages int) { v.move(pages * max(v.table.page-1, 1)) }

func (v *processes) row() (rows.Row, int, bool) {
	pos, _, ok := v.model.Selected()
	if !ok {
		return rows.Row{}, 0, false
	}
	return v.model.Rows()[pos], pos, true
}

// left folds, or goes to the parent.
func (v *processes) left() {
	r, pos, ok := v.row()
	if !ok {
		return
	}
	if r.Parent && !r.Folded {
		v.setFold(true)
	} else if up := v.model.ParentPos(pos); up >= 0 {
		v.moveTo(up)
	}
}

// right unfolds, or goes to the first child.
func (v *processes) right() {
	r, pos, ok := v.row()
	switch {
	case !ok:
	case r.Folded:
		v.setFold(false)
	case r.Parent:
		v.moveTo(pos + 1)
	}
}

func (v *processes) setFold(folded bool) {
	r, _, ok := v.row()
	if !ok || !r.Parent {
		return
	}
	v.model.Fold(v.model.Key(r).ID, folded)
	v.rebuild()
}

func (v *processes) toggle() {
	if r, _, ok := v.row(); ok {
		v.setFold(!r.Folded)
	}
}

func (v *processes) foldAll() {
	v.model.FoldAll()
	v.rebuild()
}

func (v *processes) flat() {
	v.model.Flat = !v.model.Flat
	v.rebuild()
}

func (v *processes) kernel() {
	v.model.ShowKernel = !v.model.ShowKernel
	v.rebuild()
}

func (v *processes) contained() {
	v.model.Contained = !v.model.Contained
	v.ui.wantsChanged()
	v.rebuild()
}

func (v *processes) invert() {
	v.model.Reverse = !v.model.Reverse
	v.rebuild()
}

// sortBy sorts by a column, the other way round if it is the one sorted by.
func (v *processes) sortBy(c *rows.Column) {
	if s := v.model.Sort(); s != nil && c != nil && s.Name == c.Name {
		v.invert()
		return
	}
	v.model.SortBy(c)
	v.rebuild()
}

// sortNext sorts by the next or previous of the chosen columns; before the first is the order of the tree.
func (v *processes) sortNext(step int) {
	chosen := v.model.Chosen()
	at := -1
	for i, c := range chosen {
		if s := v.model.Sort(); s != nil && s.Name == c.Name {
			at = i
		}
	}
	n := len(chosen) + 1
	at = (at+1+step+n)%n - 1
	if at < 0 {
		v.model.SortBy(nil)
	} else {
		v.model.SortBy(chosen[at])
	}
	v.rebuild()
}

func (v *processes) tag() {
	if r, _, ok := v.row(); ok {
		id := v.model.Key(r).ID
		v.model.Tag(id, !v.model.Tagged(id))
		v.move(1)
	}
}

func (v *processes) findNext(step int) {
	if v.find == nil {
		v.ui.say(rows.Dim, "nothing was searched for yet: "+v.ui.keyOf("find"))
		return
	}
	if !v.model.Find(v.find, step, false) {
		v.ui.say(rows.Warn, "not found")
	}
	v.reveal()
}
