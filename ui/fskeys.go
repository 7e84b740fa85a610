package ui

import (
	"context"
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
		{Keys: "F3", Action: "find", Help: "the next name that holds a text", Do: v.find},
		{Keys: "n", Action: "new file", Help: "make an empty file", Changes: true, Footer: true, Off: change, Do: func() { v.askNew("touch", "new file: ") }},
		{Keys: "m", Action: "mkdir", Help: "make a directory", Changes: true, Off: change, Do: func() { v.askNew("mkdir", "new directory: ") }},
		{Keys: "e", Action: "edit", Help: "edit a small file here", Changes: true, Footer: true, Off: change, Do: v.edit},
		{Keys: "D", Action: "remove", Help: "remove the file, or the directory with all that is in it", Changes: true, Footer: true, Off: change, Do: v.remove},
		{Keys: ">", Action: "get", Help: "copy the file out, to a file of ours", Footer: true, Off: missing(u.opt.FileGet == nil, "files cannot be copied here"), Do: v.get},
		{Keys: "<", Action: "put", Help: "copy a file of ours into this directory", Changes: true, Off: change, Do: v.put},
	}
}

// Words implements commander.
func (v *files) Words() []Word {
	return []Word{
		{Words: "cd", Args: "PATH", Help: "go to a directory, within the root that is shown", Offers: v.offerDirectories, Do: v.cd},
	}
}

// cd goes to a directory: the kernel resolves it within the root, whatever it says.
func (v *files) cd(to string) {
	if !strings.HasPrefix(to, "/") {
		to = v.join(to)
	}
	v.goTo(path.Clean(to), "")
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

func (v *files) find() {
	v.ui.ask("find: ", "", nil, func(s string) {
		for n := range v.list {
			i := (v.at + 1 + n) % len(v.list)
			if strings.Contains(strings.ToLower(v.list[i].Name), strings.ToLower(s)) {
				v.moveTo(i)
				return
			}
		}
		v.ui.say(rows.Warn, "no name holds that")
	}, nil)
}

// change plans a change in a goroutine, and has it carried out after what is to be asked.
func (v *files) change(op rootfs.Op) {
	id := v.subject
	v.ui.plan(func(ctx context.Context) (effect.Effect, error) { return v.ui.opt.FileChange(ctx, id, op) })
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
		v.name = name
		v.change(rootfs.Op{Kind: kind, Path: at})
	}, nil)
}

func (v *files) remove() {
	if i := v.selected(); i != nil {
		v.change(rootfs.Op{Kind: "rm", Path: v.join(i.Name), Recursive: i.Kind == rootfs.Directory})
	}
}

func (v *files) get() {
	i := v.selected()
	if i == nil || i.Kind != rootfs.Regular {
		v.ui.say(rows.Warn, "only a regular file is copied from here; bones files get copies directories")
		return
	}
	u, id, where, from := v.ui, v.subject, v.where, v.join(i.Name)
	u.ask("copy to: ", text.Sanitise(i.Name), nil, func(local string) {
		if local == "" {
			return
		}
		u.say(rows.Plain, "copying ...")
		u.spawn(func() {
			err := u.opt.FileGet(u.ctx, id, where, from, local)
			u.post(func() {
				if err != nil {
					u.say(rows.Bad, sanitiseError(err))
				} else {
					u.say(rows.Plain, "copied to "+text.Line(local))
				}
			})
		})
	}, nil)
}

func (v *files) put() {
	u, id := v.ui, v.subject
	u.ask("copy from: ", "", nil, func(local string) {
		if local == "" {
			return
		}
		name := local[strings.LastIndexByte(local, '/')+1:]
		to := v.join(name)
		v.name = name
		u.plan(func(ctx context.Context) (effect.Effect, error) { return u.opt.FilePut(ctx, id, local, to) })
	}, nil)
}
