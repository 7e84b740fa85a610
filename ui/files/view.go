package ui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// FileBackend are the functions of a Backend for files. Each may be nil, and each is called in a goroutine.
type FileBackend struct {
	// FileList reads a directory, limit entries at most; more says that there are others.
	FileList func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string, limit int) (list []rootfs.Info, more bool, err error)
	// FileRead reads the beginning of a regular file.
	FileRead func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string, limit int64) ([]byte, error)
	// FileMount tells which mount a file is on.
	FileMount func(context.Context, procwalk.ID, rootfs.Info) (rootfs.Mount, error)
	// FileChange makes the effect of a change in the root of a process.
	FileChange func(context.Context, procwalk.ID, rootfs.Op) (effect.Effect, error)
	// FileGet copies a file or directory to a place of ours, which must not be there yet; FilePut makes the effects of copying one of
	// ours. What was left out is in note, safe to print. progress is told how far the copy is.
	FileGet func(ctx context.Context, id procwalk.ID, where rootfs.Where, path, local string, progress func(CopyProgress)) (note string, err error)
	FilePut func(ctx context.Context, id procwalk.ID, local, path string, progress func(CopyProgress)) (effects []effect.Effect, note string, err error)
}

// entriesMax is how many entries of a directory are shown.
const entriesMax = 200000

// files is view 5: the root of the selected process, or its folder in /proc.
type files struct {
	ui      *UI
	where   rootfs.Where
	path    string        // of the directory that is shown, from the root
	all     []rootfs.Info // of the directory
	list    []rootfs.Info // of these, what passes the filter
	filter  string
	sought  string // what was looked for last
	more    bool
	err     error
	listed  fsPlace // what list is of
	at      int
	name    string // of the selected entry
	coming  string // of an entry that is being made: it is selected once it is there
	waits   int    // for how many listings more
	table   table
	subject procwalk.ID
	comm    text.Text
	has     bool

	busy    bool
	again   bool
	looking bool
	mount   *rootfs.Mount
	mountOf uint64
	sockets map[string]string
	is      []string // of a directory of the folder in /proc: what each entry is
}

// fsPlace is a directory of a process.
type fsPlace struct {
	id    procwalk.ID
	where rootfs.Where
	path  string
}

func newFiles(u *UI) *files {
	v := &files{ui: u, where: rootfs.RootDir, path: "/"}
	v.table.grid = &fsGrid{v: v}
	return v
}

func (v *files) Number() int { return 5 }

func (v *files) Name() string { return "Files" }

func (v *files) Want() procwalk.Want {
	return procwalk.WantCmdline | procwalk.WantStatus | procwalk.WantNS
}

// Update reads the directory again, so that what comes and goes is seen.
func (v *files) Update(f *Frame) {
	if !v.has && len(f.Snap.Processes) > 0 {
		v.subject, v.has = f.Snap.Processes[0].ID(), true
	}
	if p := f.Snap.FindID(v.subject); p != nil {
		v.comm = p.Comm
	}
	// Reading a very large directory again each second would be all that happens.
	if len(v.all) < 5000 || v.listed != v.place() {
		v.read()
	}
}

func (v *files) place() fsPlace { return fsPlace{v.subject, v.where, v.path} }

// read has the directory read. One read is under way at a time; what is wanted meanwhile is next.
func (v *files) read() {
	u := v.ui
	if u.opt.FileList == nil || !v.has {
		return
	}
	if v.busy {
		v.again = true
		return
	}
	v.busy, v.again = true, false
	want := v.place()
	u.spawn(func() {
		list, more, err := u.opt.FileList(u.ctx, want.id, want.where, want.path, entriesMax)
		rows.SortFiles(list)
		var sockets map[string]string
		if want.where == rootfs.ProcDir {
			sockets = u.sockets(want, list)
		}
		u.post(func() {
			v.busy = false
			if want == v.place() {
				v.all, v.more, v.err, v.listed, v.sockets = list, more, err, want, sockets
				v.settle()
				if u.view() == View(v) {
					u.details.fresh()
				}
			}
			if v.again || want != v.place() {
				v.read()
			}
		})
	})
}

// settle filters what was read, and finds the selected entry again.
func (v *files) settle() {
	v.list = v.all
	if v.filter != "" {
		v.list = nil
		for _, i := range v.all {
			if strings.Contains(strings.ToLower(i.Name), strings.ToLower(v.filter)) {
				v.list = append(v.list, i)
			}
		}
	}
	v.is = v.about(v.sockets)
	if v.coming != "" {
		if v.waits--; slices.ContainsFunc(v.list, func(i rootfs.Info) bool { return i.Name == v.coming }) {
			v.name, v.coming = v.coming, ""
		} else if v.waits <= 0 {
			v.coming = ""
		}
	}
	for i := range v.list {
		if v.list[i].Name == v.name {
			v.at = i
			v.table.show(i)
			return
		}
	}
	v.at = max(0, min(v.at, len(v.list)-1))
	if len(v.list) > 0 {
		v.name = v.list[v.at].Name
	}
}

// expect has an entry selected that is about to be made.
func (v *files) expect(name string) { v.coming, v.waits = name, 30 }

func (v *files) moveTo(row int) {
	if len(v.list) == 0 {
		return
	}
	v.coming = ""
	v.at = max(0, min(row, len(v.list)-1))
	v.name = v.list[v.at].Name
	v.table.show(v.at)
	v.changed()
}

func (v *files) changed() {
	if v.ui.view() == View(v) {
		v.ui.details.changed()
	}
}

// selected is the entry under the cursor, nil if there is none.
func (v *files) selected() *rootfs.Info {
	if v.at < len(v.list) && v.listed == v.place() {
		return &v.list[v.at]
	}
	return nil
}

// join is a path of the container: text to everybody but rootfs.
func (v *files) join(name string) string { return strings.TrimRight(v.path, "/") + "/" + name }

// Enter goes into a directory, or shows a file.
func (v *files) Enter() bool {
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
			v.ui.say(rows.Warn, "a link of /proc: "+text.Line(i.Target)+"; it is not followed from here")
			return true
		}
		v.open(i)
	case rootfs.Regular:
		v.view(v.join(i.Name))
	default:
		v.ui.say(rows.Warn, fmt.Sprintf("it is a %s: it is named and never opened", i.Kind))
	}
	return true
}

// open goes into a directory; of a link it is found out whether it leads to one.
func (v *files) open(i *rootfs.Info) {
	u, path, where, id := v.ui, v.join(i.Name), v.where, v.subject
	if i.Kind == rootfs.Directory {
		v.goTo(path, "")
		return
	}
	u.spawn(func() {
		_, _, err := u.opt.FileList(u.ctx, id, where, path, 1)
		u.post(func() {
			if err == nil {
				v.goTo(path, "")
			} else {
				v.view(path)
			}
		})
	})
}

func (v *files) goTo(path, name string) {
	v.path, v.name, v.at, v.filter = path, name, 0, ""
	v.all, v.list, v.more, v.err = nil, nil, false, nil
	v.table.top = 0
	v.read()
	v.changed()
}

// up goes to the directory around, and selects where we came from.
func (v *files) up() {
	trimmed := strings.TrimRight(v.path, "/")
	at := strings.LastIndexByte(trimmed, '/')
	if at < 0 {
		v.ui.say(rows.Dim, "this is the root")
		return
	}
	to := trimmed[:at]
	if to == "" {
		to = "/"
	}
	v.goTo(to, trimmed[at+1:])
}

// swap changes between the root and the folder in /proc.
func (v *files) swap() {
	if v.where == rootfs.RootDir {
		v.where = rootfs.ProcDir
	} else {
		v.where = rootfs.RootDir
	}
	v.goTo("/", "")
}

// Subject implements View.
func (v *files) Subject() (procwalk.ID, bool) { return v.subject, v.has }

// SetSubject shows the files of another process.
func (v *files) SetSubject(id procwalk.ID) bool {
	if f := v.ui.frame; f != nil && f.Snap != nil && f.Snap.FindID(id) == nil {
		return false
	}
	if !v.has || v.subject != id {
		v.subject, v.has = id, true
		if f := v.ui.frame; f != nil && f.Snap != nil {
			v.comm = f.Snap.FindID(id).Comm
		}
		v.goTo("/", "")
	}
	return true
}

// hand is the path on this host, for the line "by hand".
func (v *files) hand(name string) string {
	at := "/proc/" + strconv.Itoa(v.subject.PID)
	if v.where == rootfs.RootDir {
		at += "/root"
	}
	at += strings.TrimRight(v.path, "/")
	if name != "" {
		at += "/" + name
	}
	return at
}

// ByHand implements View.
func (v *files) ByHand() string {
	i := v.selected()
	switch {
	case !v.has:
		return ""
	case i == nil:
		return effect.Command("ls", "-la", v.hand(""))
	case i.Kind == rootfs.Regular:
		return effect.Command("cat", v.hand(i.Name))
	case i.Kind == rootfs.Link:
		return effect.Command("readlink", v.hand(i.Name))
	}
	return effect.Command("ls", "-lad", v.hand(i.Name))
}

// Status implements View.
func (v *files) Status() string {
	place := "root"
	if v.where == rootfs.ProcDir {
		place = "/proc/" + strconv.Itoa(v.subject.PID)
	}
	s := fmt.Sprintf("%s of PID %d (%s): %s", place, v.subject.PID, v.comm, text.Line(v.path))
	switch {
	case v.filter != "":
		s += fmt.Sprintf("  %d of %d entries  filter %q", len(v.list), len(v.all), text.New(v.filter))
	case len(v.list) > 0:
		s += "  " + plural(len(v.list), "entry", "entries")
	}
	if v.more {
		s += " and more"
	}
	return s
}

// Draw implements View.
func (v *files) Draw(p painter, r rect) {
	before := v.table.page
	v.table.page = max(r.h-1, 0)
	if before != v.table.page {
		v.table.show(v.at)
	}
	v.table.draw(p, r)
	if r.h < 2 || len(v.list) > 0 {
		return
	}
	switch {
	case v.ui.opt.FileList == nil:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, "files cannot be read here")
	case v.err != nil && v.listed == v.place():
		p.text(r.x+1, r.y+1, r.w-1, p.theme.bad, fit(sanitiseError(v.err), r.w-1))
	case v.listed != v.place():
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, "reading ...")
	case len(v.all) > 0:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, fit("no entry passes the filter; Esc takes it away", r.w-1))
	default:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, "an empty directory")
	}
}

// Back takes the filter away, and then goes up.
func (v *files) Back() bool {
	if v.filter != "" {
		v.setFilter("")
		return true
	}
	if strings.Trim(v.path, "/") == "" {
		return false
	}
	v.up()
	return true
}

// Mouse implements View.
func (v *files) Mouse(action tview.MouseAction, x, y int) bool {
	return v.table.mouse(action, x, y, nil, v.moveTo, func() { v.Enter() })
}

// Describe implements describer.
func (v *files) Describe(bool) []rows.Section {
	i := v.selected()
	if i == nil {
		return nil
	}
	does := ""
	if v.at < len(v.is) && i.Err == "" {
		does = v.is[v.at]
	}
	var m *rootfs.Mount
	if v.mount != nil && v.mountOf == i.MountID {
		m = v.mount
	}
	return rows.FileSections(*i, m, does)
}

// Look implements describer.
func (v *files) Look() {
	i, u := v.selected(), v.ui
	if i == nil || v.looking || u.opt.FileMount == nil || v.where != rootfs.RootDir || v.mount != nil && v.mountOf == i.MountID || i.MountID == 0 {
		return
	}
	v.looking = true
	one, id := *i, v.subject
	u.spawn(func() {
		m, err := u.opt.FileMount(u.ctx, id, one)
		u.post(func() {
			v.looking = false
			if err == nil {
				v.mount, v.mountOf = &m, one.MountID
				if u.view() == View(v) {
					u.details.fill()
				}
			}
		})
	})
}
