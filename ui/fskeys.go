package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Keys implements View.
func (v *files) Keys() []Key {
	u := v.ui
	change := missing(u.opt.FileChange == nil || u.opt.Carry == nil, "files cannot be changed here")
	if change == "" && v.where == rootfs.ProcDir {
		change = "that is the kernel's own; . goes to the root"
	}
	return []Key{
		{Keys: "j Down", Action: "down", Help: "next row", Do: func() { v.moveTo(v.at + 1) }},
		{Keys: "k Up", Action: "up", Help: "previous row", Do: func() { v.moveTo(v.at - 1) }},
		{Keys: "g Home", Action: "top", Help: "first row", Do: func() { v.moveTo(0) }},
		{Keys: "G End", Action: "end", Help: "last row", Do: func() { v.moveTo(1 << 30) }},
		{Keys: "^f PgDn", Action: "page", Help: "next page", Do: func() { v.moveTo(v.at + max(v.table.page-1, 1)) }},
		{Keys: "^b PgUp", Action: "page up", Help: "previous page", Do: func() { v.moveTo(v.at - max(v.table.page-1, 1)) }},
		{Keys: "l Right", Action: "open", Help: "into the directory, or look at the file", Do: func() { v.Enter() }},
		{Keys: "h Left", Action: "parent", Help: "to the directory around", Do: v.up},
		{Keys: ".", Action: "/proc or root", Help: "between the root of the process and its folder /proc/PID", Footer: true, Do: v.swap},
		{Keys: "/ F4", Action: "filter", Help: "only the names that hold a text", Footer: true, Do: v.askFilter},
		{Keys: "F3", Action: "find", Help: "the next name that holds a text; one that is the text, or begins with it, comes first", Do: v.find},
		{Keys: "n", Action: "next", Help: "the next one found", Do: func() { v.seek(1) }},
		{Keys: "N", Action: "previous", Help: "the previous one found", Do: func() { v.seek(-1) }},
		{Keys: "a", Action: "new file", Help: "make an empty file", Changes: true, Footer: true, Off: change, Do: func() { v.askNew("touch", "new file: ") }},
		{Keys: "m", Action: "mkdir", Help: "make a directory", Changes: true, Off: change, Do: func() { v.askNew("mkdir", "new directory: ") }},
		{Keys: "e", Action: "edit", Help: "edit a small file here", Changes: true, Footer: true, Off: change, Do: v.edit},
		{Keys: "R", Action: "rename", Help: "give the file or directory another name or place; nothing is replaced", Changes: true, Off: change, Do: v.rename},
		{Keys: "D", Action: "remove", Help: "remove the file, or the directory with all that is in it", Changes: true, Footer: true, Off: change, Do: v.remove},
		{Keys: ">", Action: "get", Help: "copy a file or directory out, to a place of ours", Footer: true, Off: missing(u.opt.FileGet == nil, "files cannot be copied here"), Do: v.get},
		{Keys: "<", Action: "put", Help: "copy a file or directory of ours into this directory", Changes: true, Off: change, Do: v.put},
	}
}

// Words implements commander.
func (v *files) Words() []Word {
	return []Word{
		{Words: "cd", Args: "PATH", Help: "go to a directory, within the root that is shown", Offers: v.offerDirectories, Do: v.cd},
	}
}

// cd goes to a directory: the kernel resolves it within the root, whatever it says. Where there is none it goes back to where it was.
func (v *files) cd(to string) {
	if !strings.HasPrefix(to, "/") {
		to = v.join(to)
	}
	u, was, name := v.ui, v.place(), v.name
	v.goTo(path.Clean(to), "")
	at := v.place()
	u.spawn(func() {
		_, _, err := u.opt.FileList(u.ctx, at.id, at.where, at.path, 1)
		u.post(func() {
			if at == v.place() && (errors.Is(err, rootfs.ErrNotFound) || errors.Is(err, rootfs.ErrNotDirectory)) {
				v.goTo(was.path, name)
				u.say(rows.Bad, sanitiseError(err))
			}
		})
	})
}

// offerDirectories offers those of the directory that is shown. A name that cannot be typed as it is seen is not offered.
func (v *files) offerDirectories(string) []menuItem {
	var list []menuItem
	for _, i := range v.list {
		if i.Kind == rootfs.Directory && text.Sanitise(i.Name) == i.Name {
			list = append(list, menuItem{label: i.Name, text: "directory"})
		}
	}
	return list
}

func (v *files) askFilter() {
	before := v.filter
	v.ui.ask("filter: ", before, func(s string) string { v.setFilter(s); return "" }, v.setFilter, func() { v.setFilter(before) })
}

func (v *files) setFilter(s string) {
	v.filter = s
	v.settle()
	v.changed()
}

// find goes to a name: the one that is the text, else one that begins with it, else one that holds it.
func (v *files) find() {
	v.ui.ask("find: ", "", nil, func(s string) {
		if s == "" {
			return
		}
		v.sought = s
		low := strings.ToLower(s)
		for _, fits := range []func(string) bool{func(name string) bool { return name == low }, func(name string) bool { return strings.HasPrefix(name, low) }} {
			for i := range v.list {
				if fits(strings.ToLower(v.list[i].Name)) {
					v.moveTo(i)
					return
				}
			}
		}
		v.seek(1)
	}, nil)
}

// seek goes to the next or previous name that holds what was looked for.
func (v *files) seek(by int) {
	if v.sought == "" {
		v.find()
		return
	}
	for n := range v.list {
		i := ((v.at+by*(n+1))%len(v.list) + len(v.list)) % len(v.list)
		if strings.Contains(strings.ToLower(v.list[i].Name), strings.ToLower(v.sought)) {
			v.moveTo(i)
			return
		}
	}
	v.ui.say(rows.Warn, "no name holds that")
}

// change plans a change in a goroutine, and has it carried out after what is to be asked.
func (v *files) change(op rootfs.Op) {
	id := v.subject
	v.ui.plan(func(ctx context.Context) (effect.Effect, error) { return v.ui.opt.FileChange(ctx, id, op) })
}

// save is change for what was edited: who pressed ^s has said so, and is not asked again where it can be undone.
func (v *files) save(op rootfs.Op) {
	u, id := v.ui, v.subject
	u.spawn(func() {
		e, err := u.opt.FileChange(u.ctx, id, op)
		u.post(func() {
			switch {
			case err != nil:
				u.say(rows.Bad, sanitiseError(err))
			case u.opt.ReadOnly == "" && e.Undo().Possible:
				u.confirm([]effect.Effect{e}, effect.Named, func() { u.carry([]effect.Effect{e}) })
			default:
				u.perform([]effect.Effect{e})
			}
		})
	})
}

func (v *files) askNew(kind, label string) {
	v.ui.ask(label, "", nil, func(name string) {
		if name == "" {
			return
		}
		at := v.join(name)
		if strings.HasPrefix(name, "/") {
			at = name
		}
		v.expect(name)
		v.change(rootfs.Op{Kind: kind, Path: at})
	}, nil)
}

func (v *files) remove() {
	if i := v.selected(); i != nil {
		v.change(rootfs.Op{Kind: "rm", Path: v.join(i.Name), Recursive: i.Kind == rootfs.Directory})
	}
}

// get copies a file, or a directory with all that is in it, to a place of ours.
func (v *files) get() {
	i := v.selected()
	if i == nil || i.Kind != rootfs.Regular && i.Kind != rootfs.Directory {
		v.ui.say(rows.Warn, "only files and directories are copied")
		return
	}
	u, id, where, from := v.ui, v.subject, v.where, v.join(i.Name)
	u.ask("copy to: ", text.Sanitise(i.Name), nil, func(local string) {
		if local == "" {
			return
		}
		u.startCopy("Copying out "+text.Line(from), func(ctx context.Context, progress func(CopyProgress)) (message, error) {
			note, err := u.opt.FileGet(ctx, id, where, from, local, progress)
			if note != "" {
				return message{rows.Warn, note}, err
			}
			return message{rows.Plain, "copied to " + text.Line(local)}, err
		})
	}, nil)
}

// put copies a file or a directory of ours into this one: planned first, asked about if it replaces something, then done.
func (v *files) put() {
	u, id := v.ui, v.subject
	u.ask("copy into "+text.Line(v.path)+" from: ", "", nil, func(local string) {
		local = strings.TrimRight(local, "/")
		if local == "" {
			return
		}
		name := local[strings.LastIndexByte(local, '/')+1:]
		to := v.join(name)
		v.expect(name)
		u.say(rows.Dim, "looking at what is to be copied ...")
		u.spawn(func() {
			tell := func(CopyProgress) {} // until there is a dialog to tell
			effects, note, err := u.opt.FilePut(u.ctx, id, local, to, func(p CopyProgress) { tell(p) })
			u.post(func() {
				u.message = message{}
				if err != nil {
					u.say(rows.Bad, sanitiseError(err))
					return
				}
				if len(effects) == 0 {
					u.say(rows.Warn, cmp.Or(note, "there is nothing to copy"))
					return
				}
				u.performBy(effects, func() {
					u.startCopy("Copying in "+text.Line(to), func(ctx context.Context, progress func(CopyProgress)) (message, error) {
						tell = progress
						return u.carryAll(ctx, effects, note)
					})
				})
			})
		})
	}, nil)
}

// carryAll carries effects out one after the other, up to the first that fails.
func (u *UI) carryAll(ctx context.Context, effects []effect.Effect, note string) (message, error) {
	for n, e := range effects {
		err := ctx.Err()
		if err == nil {
			_, err = u.opt.Carry(ctx, e)
		}
		if err != nil {
			if len(effects) > 1 {
				err = fmt.Errorf("%d of %d done, then: %w", n, len(effects), err)
			}
			return message{}, err
		}
	}
	said := message{rows.Plain, "done: " + effects[0].Describe()}
	if len(effects) > 1 {
		said.text = fmt.Sprintf("%d done, the first: %s", len(effects), effects[0].Describe())
	}
	if note != "" {
		said = message{rows.Warn, said.text + "; " + note}
	}
	return said, nil
}

func (v *files) rename() {
	i := v.selected()
	if i == nil {
		return
	}
	from := v.join(i.Name)
	v.ui.ask("rename to: ", text.Sanitise(i.Name), nil, func(typed string) {
		name, err := text.Restore(typed)
		switch {
		case err != nil:
			v.ui.say(rows.Bad, sanitiseError(err))
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
	}, nil)
}
