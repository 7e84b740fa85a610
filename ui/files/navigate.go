package files

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Enter implements kit.Enterer: it goes into a directory, or shows a file.
func (v *View) Enter() bool {
	i := v.selected()
	if i == nil {
		return true
	}
	switch i.Kind {
	case rootfs.Directory, rootfs.Link:
		if i.Kind == rootfs.Link && v.where == rootfs.ProcDir && i.Name == "root" && strings.Trim(v.path, "/") == "" {
			v.swap()
			return true
		}
		if i.Kind == rootfs.Link && v.where == rootfs.ProcDir {
			v.sh.Notice(rows.Warn, "a link of /proc: "+text.Line(i.Target)+"; it is not followed from here")
			return true
		}
		v.open(i)
	case rootfs.Regular:
		v.view(v.join(i.Name))
	default:
		v.sh.Notice(rows.Warn, fmt.Sprintf("it is a %s: bones never opens it", i.Kind))
	}
	return true
}

// open goes into a directory; of a link it is found out whether it leads to one.
func (v *View) open(i *rootfs.Info) {
	path, where, id := v.join(i.Name), v.where, v.subject
	if i.Kind == rootfs.Directory {
		v.goTo(path, "")
		return
	}
	v.sh.Run(func(ctx context.Context) func() {
		_, _, err := v.backend.List(ctx, id, where, path, 1)
		return func() {
			if err == nil {
				v.goTo(path, "")
			} else {
				v.view(path)
			}
		}
	})
}

// goTo shows a directory, and selects the entry with this name in it.
func (v *View) goTo(path, name string) {
	v.path, v.cursor, v.filter = path, kit.Cursor[string]{Key: name}, ""
	v.all, v.list, v.more, v.err = nil, nil, false, nil
	v.table.Top = 0
	v.reload()
	v.sh.Changed(v, kit.Selection)
}

// up goes to the parent directory, and selects where we came from.
func (v *View) up() {
	trimmed := strings.TrimRight(v.path, "/")
	at := strings.LastIndexByte(trimmed, '/')
	if at < 0 {
		v.sh.Notice(rows.Dim, "this is the root")
		return
	}
	to := trimmed[:at]
	if to == "" {
		to = "/"
	}
	v.goTo(to, trimmed[at+1:])
}

// swap changes between the root and the folder in /proc.
func (v *View) swap() {
	if v.where == rootfs.RootDir {
		v.where = rootfs.ProcDir
	} else {
		v.where = rootfs.RootDir
	}
	v.goTo("/", "")
}

// GoToPath goes to what a path names; nothing typed leads nowhere.
func (v *View) GoToPath(to string) {
	if to != "" {
		v.cd(to)
	}
}

// cd goes to a directory, or to a file in it: the kernel resolves the path within the root, whatever it says. Where
// there is neither it goes back to where it was.
func (v *View) cd(to string) {
	if !strings.HasPrefix(to, "/") {
		to = v.join(to)
	}
	before, name := v.location(), v.cursor.Key
	to = path.Clean(to)
	v.goTo(to, "")
	at := v.location()
	v.sh.Run(func(ctx context.Context) func() {
		_, _, err := v.backend.List(ctx, at.id, at.where, at.path, 1)
		return func() {
			switch {
			case at != v.location():
			case errors.Is(err, rootfs.ErrNotDirectory):
				v.goTo(path.Dir(to), path.Base(to))
			case errors.Is(err, rootfs.ErrNotFound):
				v.goTo(before.path, name)
				v.sh.Notice(rows.Bad, kit.ErrorLine(err))
			}
		}
	})
}

// offerDirectories offers those of the directory that is shown. A name that cannot be typed as it is seen is not
// offered.
func (v *View) offerDirectories(string) []kit.Item {
	var list []kit.Item
	for _, i := range v.list {
		if i.Kind == rootfs.Directory && text.Sanitise(i.Name) == i.Name {
			list = append(list, kit.Item{Label: i.Name, Text: "directory"})
		}
	}
	return list
}
