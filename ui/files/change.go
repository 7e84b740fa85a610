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

// save is change for what was edited: who pressed ^s has said so, and is not asked again where it can be undone.
func (v *View) save(op rootfs.Op) {
	whose := v.owner()
	v.sh.Perform(kit.Plan{Agreed: true, Make: func(ctx context.Context) (effect.Effect, error) {
		return v.backend.Change(ctx, whose, op)
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
