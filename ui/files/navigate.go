package files

import (
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
		if v.listed != v.location() {
			v.deferred.Defer(v.sh, func() { v.Enter() }) // it is being read
		}
		return true
	}
	switch i.Kind {
	case rootfs.Link:
		if v.where == rootfs.ProcDir && i.Name == "root" && strings.Trim(v.path, "/") == "" {
			v.swap()
			return true
		}
		if v.where == rootfs.ProcDir {
			v.sh.Notice(rows.Warn, "a link of /proc: "+text.Line(i.Target)+"; it is not followed from here")
			return true
		}
		v.startOpening(i, false)
	case rootfs.Directory:
		v.goTo(v.join(i.Name), "")
	case rootfs.Regular:
		v.startOpening(i, false)
	default:
		v.sh.Notice(rows.Warn, fmt.Sprintf("it is a %s: bones never opens it", i.Kind))
	}
	return true
}

// goTo shows a directory, and selects the entry with this name in it.
func (v *View) goTo(path, name string) { v.goToTyped(path, name, typedPath{}) }

// goToTyped is goTo for a path that may be wrong. What was asked for in the directory before is forgotten.
func (v *View) goToTyped(path, name string, t typedPath) {
	v.opening, v.typed = opening{}, t
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
	to = path.Clean(to)
	v.goToTyped(to, "", typedPath{location{v.subject, v.where, to}, v.path, v.cursor.Key})
}

// typedPath is a directory that the user named, until it is listed, and where the user came from.
type typedPath struct {
	to         location
	from, name string
}

// corrected goes elsewhere, and reports true, if what was typed has turned out to be no directory.
func (v *View) corrected(at location, err error) bool {
	t := v.typed
	if at != t.to {
		return false
	}
	v.typed = typedPath{}
	switch {
	case errors.Is(err, rootfs.ErrNotDirectory):
		v.goTo(path.Dir(at.path), path.Base(at.path))
	case errors.Is(err, rootfs.ErrNotFound):
		v.goTo(t.from, t.name)
		v.sh.Notice(rows.Bad, kit.ErrorLine(err))
	default:
		return false
	}
	return true
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
