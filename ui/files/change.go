package files

import (
	"context"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// change plans a change in a goroutine, and has it carried out after what is to be asked.
func (v *View) change(op rootfs.Op) {
	whose := v.owner()
	v.sh.Perform(kit.Plan{Make: func(ctx context.Context) (effect.Effect, error) {
		return v.backend.Change(ctx, whose, op)
	}})
}

// save is change for what was edited: who pressed ^s has said so, and is not asked again where it can be undone. The
// editor stays open until the text is written. Where it cannot be, the text is put into a file of ours, too.
func (v *View) save(e *fileEditor, whose Owner, op rootfs.Op) {
	failed := func(err error) func() {
		where := ""
		if v.backend.KeepText != nil {
			file, keepErr := v.backend.KeepText(op.Path, op.Content)
			where = "; the text is in " + text.Line(file)
			if keepErr != nil {
				where = "; nor could it be put elsewhere: " + kit.ErrorLine(keepErr)
			}
		}
		return func() {
			e.saving, e.failed = false, "not saved"+where+": "+kit.ErrorLine(err)
			v.sh.Notice(rows.Bad, e.failed)
		}
	}
	var planned effect.Effect
	v.sh.Perform(kit.Plan{Agreed: true, Make: func(ctx context.Context) (effect.Effect, error) {
		made, err := v.backend.Change(ctx, whose, op)
		if err != nil {
			v.sh.Post(failed(err))
			return nil, err
		}
		planned = made
		return made, nil
	}, Carry: func() {
		e.saving = true
		v.sh.Run(func(ctx context.Context) func() {
			out, err := v.backend.Carry(ctx, planned)
			if err != nil {
				return failed(err)
			}
			said := kit.Notice{Text: "done: " + planned.Describe()}
			if out.Note != "" {
				said = kit.Notice{Style: rows.Warn, Text: out.Note}
			}
			return func() {
				v.sh.Close(e)
				v.sh.Notice(said.Style, said.Text)
				v.sh.Changed(v, kit.System)
			}
		})
	}})
}

// askNew asks for the name of what is to be made.
func (v *View) askNew(kind, label string) {
	v.sh.Ask(kit.Question{Label: label, Accept: func(name string) {
		if name == "" {
			return
		}
		at := v.join(name)
		if strings.HasPrefix(name, "/") {
			at = name
		}
		v.expect(name)
		v.change(rootfs.Op{Kind: kind, Path: at})
	}})
}

func (v *View) remove() {
	if i := v.selected(); i != nil {
		v.change(rootfs.Op{Kind: "rm", Path: v.join(i.Name), Recursive: i.Kind == rootfs.Directory})
	}
}

func (v *View) rename() {
	i := v.selected()
	if i == nil {
		return
	}
	from := v.join(i.Name)
	v.sh.Ask(kit.Question{Label: "rename to: ", Text: text.Sanitise(i.Name), Accept: func(typed string) {
		name, err := text.Restore(typed)
		switch {
		case err != nil:
			v.sh.Notice(rows.Bad, kit.ErrorLine(err))
			return
		case name == "" || name == i.Name:
			return
		}
		to := v.join(name)
		if strings.HasPrefix(name, "/") {
			to = name
		}
		v.expect(name)
		v.change(rootfs.Op{Kind: "mv", Path: from, To: to})
	}})
}
