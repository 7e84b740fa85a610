package cgroups

import (
	"context"
	"slices"

	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Keys implements kit.View.
func (v *View) Keys() []kit.Binding {
	return slices.Concat(kit.MoveKeys(v.move, v.moveTo, v.panes.Focused), []kit.Binding{
		{Keys: "h Left", Action: "left", Help: "go from the files to the groups; there: fold, or go up", Do: v.goLeft},
		{Keys: "l Right", Action: "right", Help: "unfold, or go from a group to its files", Do: v.goRight},
		{Keys: "-", Action: "fold", Help: "fold", Do: func() { v.fold(true) }},
		{Keys: "+", Action: "unfold", Help: "unfold", Do: func() { v.fold(false) }},
		{Keys: "=", Action: "toggle", Help: "fold or unfold", Do: v.toggleFold},
		{Keys: "*", Action: "fold all", Help: "fold all", Do: v.foldAll},
		{Keys: "/ F4", Action: "filter", Help: "show only the groups, or the files, whose name holds a text",
			Footer: true, Do: v.askFilter},
		{Keys: "m", Action: "next hierarchy", Help: "go to the process's own group in the next hierarchy", Do: v.nextOwn},
		{Keys: "e", Action: "edit", Help: "change the value of the file", Changes: true, Footer: true,
			Off: kit.OffIf(v.backend.PlanEdit == nil, "values cannot be changed here"), Do: v.edit},
		{Keys: "z", Action: "processes", Help: "go to the processes of the group in view 1", Footer: true,
			Do: v.showProcesses},
		{Keys: "p", Action: "freeze", Help: "freeze all processes of the group, or thaw them", Changes: true,
			Footer: true, Off: kit.OffIf(v.backend.Freeze == nil, "groups cannot be frozen here"), Do: v.freeze},
		{Keys: "F9 K", Action: "kill all", Help: "kill all processes of the group and those below it", Changes: true,
			Footer: true,
			Off:    kit.OffIf(v.backend.KillAll == nil, "groups cannot be killed here"), Do: v.kill},
	}, v.find.Keys("a group, or among the files one,"))
}

// showProcesses goes to the processes of the group in view 1.
func (v *View) showProcesses() {
	if g := v.Group(); g != nil {
		v.sh.Show(kit.Processes, kit.Subject{Process: v.subject, Group: g.Path.Raw()})
	}
}

func (v *View) freeze() {
	t, ok := v.target()
	if !ok {
		return
	}
	frozen := v.frozen()
	v.sh.Perform(kit.Plan{Make: func(ctx context.Context) (effect.Effect, error) {
		return v.backend.Freeze(ctx, t, !frozen)
	}})
}

// frozen reports what the files on the screen say.
func (v *View) frozen() bool {
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

func (v *View) kill() {
	if t, ok := v.target(); ok {
		v.sh.Perform(kit.Plan{Make: func(ctx context.Context) (effect.Effect, error) {
			return v.backend.KillAll(ctx, t)
		}})
	}
}

// edit asks for a new value of the selected file.
func (v *View) edit() {
	f := v.selectedFile()
	if f == nil {
		v.sh.Notice(rows.Warn, "edit: choose a file first: Enter goes to the files")
		return
	}
	if ok, why := f.Editable(); !ok {
		v.sh.Notice(rows.Warn, "edit: "+text.Line(why))
		return
	}
	v.sh.Open(newEditDialog(v, v.Group(), *f))
}
