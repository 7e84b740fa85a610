package ui

import (
	"context"

	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Keys implements View.
func (v *cgroups) Keys() []Key {
	u := v.ui
	return []Key{
		{Keys: "j Down", Action: "down", Help: "next row", Do: func() { v.move(1) }},
		{Keys: "k Up", Action: "up", Help: "previous row", Do: func() { v.move(-1) }},
		{Keys: "g Home", Action: "top", Help: "first row", Do: func() { v.moveTo(0) }},
		{Keys: "G End", Action: "end", Help: "last row", Do: func() { v.moveTo(1 << 30) }},
		{Keys: "^f PgDn", Action: "page", Help: "next page", Do: func() { v.move(v.page()) }},
		{Keys: "^b PgUp", Action: "page up", Help: "previous page", Do: func() { v.move(-v.page()) }},
		{Keys: "h Left", Action: "left", Help: "from the files to the groups; there: fold, or go up", Do: v.goLeft},
		{Keys: "l Right", Action: "right", Help: "unfold, or from a group to its files", Do: v.goRight},
		{Keys: "-", Action: "fold", Help: "fold", Do: func() { v.fold(true) }},
		{Keys: "+", Action: "unfold", Help: "unfold", Do: func() { v.fold(false) }},
		{Keys: "=", Action: "toggle", Help: "fold or unfold", Do: v.toggleFold},
		{Keys: "*", Action: "fold all", Help: "fold all", Do: v.foldAll},
		{Keys: "F3", Action: "find", Help: "the next file, or among the groups the next group, whose name holds a text", Do: v.find},
		{Keys: "m", Action: "next hierarchy", Help: "to the process's own group in the next hierarchy", Do: v.nextOwn},
		{Keys: "e", Action: "edit", Help: "change the value of the file", Changes: true, Footer: true,
			Off: missing(u.opt.PlanEdit == nil || u.opt.Carry == nil, "values cannot be changed here"), Do: v.edit},
		{Keys: "z", Action: "processes", Help: "to the processes of the group in view 1", Footer: true, Do: v.toProcesses},
		{Keys: "p", Action: "freeze", Help: "freeze all processes of the group, or thaw them", Changes: true, Footer: true, Off: u.opt.canFreeze(), Do: v.freeze},
		{Keys: "F9 K", Action: "kill all", Help: "kill all processes of the group and those below it", Changes: true, Footer: true,
			Off: missing(u.opt.KillAll == nil || u.opt.Carry == nil, "groups cannot be killed here"), Do: v.kill},
	}
}

func (v *cgroups) page() int {
	if v.inside {
		return max(v.right.page-1, 1)
	}
	return max(v.table.page-1, 1)
}

func (v *cgroups) move(by int) {
	if v.inside {
		v.moveTo(v.pos + by)
	} else {
		v.moveTo(v.at + by)
	}
}

func (v *cgroups) moveTo(pos int) {
	switch {
	case v.inside:
		v.pos = max(0, min(pos, len(v.files)-1))
		if v.pos < len(v.files) {
			v.file = v.files[v.pos].Name.Raw()
		}
		v.right.show(v.pos)
	case len(v.tree.lines) > 0:
		v.at = max(0, min(pos, len(v.tree.lines)-1))
		if g := v.group(); g == nil {
			v.chosen = cgKey{} // the line that says that there are more
		} else if keyOf(g) != v.chosen {
			v.chosen = keyOf(g)
			v.right.top = 0
			v.reader.again()
		}
		v.table.show(v.at)
	}
	v.changed()
}

func (v *cgroups) goLeft() {
	n := v.node()
	switch {
	case v.inside:
		v.Back()
	case n == nil:
	case n.open:
		v.fold(true)
	case n.up != nil:
		v.moveTo(v.tree.find(keyOf(n.up.group)))
	}
}

func (v *cgroups) goRight() {
	n := v.node()
	switch {
	case n == nil || n.group == nil || v.inside:
	case !n.open && !(n.loaded && len(n.kids) == 0):
		v.fold(false)
	default:
		v.Enter()
	}
}

// Enter goes to the files of the group; in there it is for the details.
func (v *cgroups) Enter() bool {
	if v.inside {
		return false
	}
	g := v.group()
	if g == nil || keyOf(g) != v.of || len(v.files) == 0 {
		v.ui.say(rows.Dim, "there are no files to go to")
		return true
	}
	v.inside = true
	v.moveTo(v.pos)
	return true
}

func (v *cgroups) fold(folded bool) {
	n := v.node()
	if n == nil || n.group == nil || v.inside {
		return
	}
	n.open = !folded
	v.build()
	if n.open {
		v.reader.again()
	}
}

func (v *cgroups) toggleFold() {
	if n := v.node(); n != nil {
		v.fold(n.open)
	}
}

func (v *cgroups) foldAll() {
	for _, n := range v.tree.nodes {
		n.open = false
	}
	if n := v.node(); n != nil {
		for n.up != nil {
			n = n.up
		}
		v.chosen = keyOf(n.group)
	}
	v.inside = false
	v.build()
	v.reader.again()
}

// toProcesses goes to view 1, filtered to the group.
func (v *cgroups) toProcesses() {
	g := v.group()
	if g == nil {
		return
	}
	f, err := rows.ParseFilter("cgroup:" + g.Path.Raw())
	if err != nil {
		v.ui.say(rows.Bad, sanitiseError(err))
		return
	}
	from, had := v.Subject()
	v.ui.showNumber(1)
	p, ok := v.ui.view().(*processes)
	if !ok {
		return
	}
	p.model.SetFilter(f)
	p.rebuild()
	p.model.SelectMatch()
	if had {
		p.model.SelectID(from)
	}
	p.reveal()
	v.ui.wantsChanged()
	v.ui.details.changed()
}

func (v *cgroups) freeze() {
	t, ok := v.target()
	if !ok {
		return
	}
	frozen := v.frozen()
	v.ui.plan(func(ctx context.Context) (effect.Effect, error) { return v.ui.opt.Freeze(ctx, t, !frozen) })
}

// frozen reports what the files on the screen say.
func (v *cgroups) frozen() bool {
	for i := range v.files {
		switch f := &v.files[i]; f.Name.Raw() {
		case "freezer.state":
			return f.Value.Raw() != "THAWED"
		case "cgroup.freeze":
			return f.Value.Raw() == "1"
		}
	}
	return false
}

func (v *cgroups) kill() {
	if t, ok := v.target(); ok {
		v.ui.plan(func(ctx context.Context) (effect.Effect, error) { return v.ui.opt.KillAll(ctx, t) })
	}
}

// edit asks for a new value of the selected file.
func (v *cgroups) edit() {
	f := v.selectedFile()
	if f == nil {
		v.ui.say(rows.Warn, "edit: choose a file first: Enter goes to the files")
		return
	}
	if ok, why := f.Editable(); !ok {
		v.ui.say(rows.Warn, "edit: "+text.Line(why))
		return
	}
	v.ui.open(newCgEdit(v.ui, v.group(), *f))
}
