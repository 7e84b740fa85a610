package files

import (
	"context"
	"slices"
	"strings"

	"bones/procwalk"
	"bones/procwalk/rootfs"
	"bones/ui/kit"
	"bones/ui/rows"
)

// location is a directory of a process.
type location struct {
	id    procwalk.ID
	where rootfs.Where
	path  string
}

// entriesMax is how many entries of a directory are shown.
const entriesMax = 200000

// location is the directory that the user is in; that of what is shown may still be another.
func (v *View) location() location { return location{v.subject, v.where, v.path} }

// reload has the directory read.
func (v *View) reload() {
	if v.backend.List != nil && v.has {
		if err := v.lists.MakeWay(v.location()); err != nil {
			v.sh.Notice(rows.Bad, kit.ErrorLine(err))
		}
		v.lists.Reload(v.location())
	}
}

func (v *View) readList(at location) kit.Read {
	return func(ctx context.Context) func() {
		list, more, err := v.backend.List(ctx, at.id, at.where, at.path, entriesMax)
		rows.SortFiles(list)
		var sockets map[string]string
		if at.where == rootfs.ProcDir {
			sockets = v.backend.sockets(ctx, at, list)
		}
		return func() {
			if at == v.location() && !v.corrected(at, err) {
				v.all, v.more, v.err, v.listed, v.socketsIn = list, more, err, at, sockets
				v.applyFilter()
				v.sh.Changed(v, kit.Content)
				v.deferred.Resume(v.sh)
			}
		}
	}
}

// applyFilter filters what was read, and finds the selected entry again.
func (v *View) applyFilter() {
	v.list = v.all
	if v.filter != "" {
		v.list = nil
		for _, i := range v.all {
			if strings.Contains(strings.ToLower(i.Name), strings.ToLower(v.filter)) {
				v.list = append(v.list, i)
			}
		}
	}
	v.is = v.about(v.socketsIn)
	if v.expected != "" {
		if v.patience--; v.rowOf(v.expected) >= 0 {
			v.cursor.Key, v.expected = v.expected, ""
		} else if v.patience <= 0 {
			v.expected = ""
		}
	}
	v.cursor.Follow(len(v.list), v.rowOf, v.keyOf)
	v.table.Show(v.cursor.Row)
}

// rowOf is the row of an entry, or -1.
func (v *View) rowOf(name string) int {
	return slices.IndexFunc(v.list, func(i rootfs.Info) bool { return i.Name == name })
}

func (v *View) keyOf(row int) (string, bool) { return v.list[row].Name, true }

// patienceMax is for how many listings an entry that is being made is waited for.
const patienceMax = 30

// expect has an entry selected that is about to be made.
func (v *View) expect(name string) { v.expected, v.patience = name, patienceMax }

func (v *View) move(by int) { v.moveTo(v.cursor.Row + by) }

func (v *View) moveTo(row int) {
	if len(v.list) == 0 {
		return
	}
	v.expected = ""
	v.cursor.Move(len(v.list), row, v.keyOf)
	v.table.Show(v.cursor.Row)
	v.sh.Changed(v, kit.Selection)
}

// selected is the entry under the cursor, nil if there is none.
func (v *View) selected() *rootfs.Info {
	if v.cursor.Row < len(v.list) && v.listed == v.location() {
		return &v.list[v.cursor.Row]
	}
	return nil
}
