package processes

import (
	"bones/ui/kit"
	"bones/ui/rows"
)

func (v *View) move(by int) {
	pos, _, _ := v.model.Selected()
	v.moveTo(pos + by)
}

func (v *View) moveTo(pos int) {
	v.model.Select(pos)
	v.reveal()
}

func (v *View) row() (rows.Row, int, bool) {
	pos, _, ok := v.model.Selected()
	if !ok {
		return rows.Row{}, 0, false
	}
	return v.model.Rows()[pos], pos, true
}

// left folds, or goes to the parent.
func (v *View) left() {
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
func (v *View) right() {
	r, pos, ok := v.row()
	switch {
	case !ok:
	case r.Folded:
		v.setFold(false)
	case r.Parent:
		v.moveTo(pos + 1)
	}
}

func (v *View) setFold(folded bool) {
	r, _, ok := v.row()
	if !ok || !r.Parent {
		return
	}
	v.model.Fold(v.model.Key(r).ID, folded)
	v.rebuild()
}

func (v *View) toggle() {
	if r, _, ok := v.row(); ok {
		v.setFold(!r.Folded)
	}
}

func (v *View) foldAll() {
	v.model.FoldAll()
	v.rebuild()
}

func (v *View) flat() {
	v.model.Flat = !v.model.Flat
	v.rebuild()
}

func (v *View) kernel() {
	v.model.ShowKernel = !v.model.ShowKernel
	v.rebuild()
}

func (v *View) contained() {
	v.model.Contained = !v.model.Contained
	v.sh.Changed(v, kit.Wants)
	v.rebuild()
}

func (v *View) invert() {
	v.model.Reverse = !v.model.Reverse
	v.sorted()
}

func (v *View) tag() {
	if r, _, ok := v.row(); ok {
		id := v.model.Key(r).ID
		v.model.Tag(id, !v.model.Tagged(id))
		v.move(1)
	}
}
