// Package files is view 5 of the UI: the root of the selected process, or its folder in /proc.
package files

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// Backend is what the view needs of the system. Each function may be nil: what needs it is greyed then. Each is
// called in a goroutine.
type Backend struct {
	// List reads a directory, limit entries at most; more says that there are others.
	List func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string,
		limit int) (list []rootfs.Info, more bool, err error)
	// Read reads the beginning of a regular file, limit bytes at most.
	Read func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string, limit int64) ([]byte, error)
	// Mount tells which mount a file is on.
	Mount func(context.Context, procwalk.ID, rootfs.Info) (rootfs.FileMount, error)
	// Change makes the effect of a change in the root of a process.
	Change func(context.Context, Owner, rootfs.Op) (effect.Effect, error)
	// Get copies a file or directory to a place of ours, which must not be there yet. What was left out is in note,
	// safe to print. progress is told how far the copy is.
	Get func(ctx context.Context, id procwalk.ID, where rootfs.Where, path, local string,
		progress func(CopyProgress)) (note string, err error)
	// Put makes the effect of copying a file or directory of ours to path. The Result of its Outcome is a
	// rootfs.Result.
	Put func(ctx context.Context, whose Owner, local, path string, progress func(CopyProgress)) (effect.Effect, error)
	// KeepText puts a text that could not be saved at path into a new file of ours that only we may read. nil: nothing
	// does.
	KeepText func(path string, content []byte) (file string, err error)
	// Carry carries an effect out. ui fills it in.
	Carry func(context.Context, effect.Effect) (effect.Outcome, error)
}

// Owner is the process whose files are changed, and what questions and the history call it.
type Owner struct {
	ID   procwalk.ID
	Name text.Text
}

// owner is the process that is shown.
func (v *View) owner() Owner {
	o := Owner{v.subject, text.New(fmt.Sprintf("PID %d", v.subject.PID))}
	if f := v.sh.Frame(); f.HasTable() {
		o.Name = f.SubjectName(v.subject)
	}
	return o
}

// View implements kit.View.
type View struct {
	sh      kit.Shell
	backend Backend
	table   kit.Table
	cursor  kit.Cursor[string] // by the name of the entry
	subject procwalk.ID
	comm    text.Text // its name
	has     bool      // there is a subject

	where     rootfs.Where
	path      string        // of the directory, from the root
	all       []rootfs.Info // what is in it
	list      []rootfs.Info // of these, what passes the filter
	is        []string      // of a directory of the folder in /proc: what each entry is
	more      bool          // there are more entries than all
	err       error         // why it cannot be read
	deferred  kit.Deferred  // an Enter that came before what it is about was read
	listed    location      // of which directory all is
	socketsIn map[string]string

	got      copied // what was copied out last
	filter   string
	find     kit.Finder
	expected string // the name of an entry that is being made: it is selected once it is there
	patience int    // for how many listings it is waited for

	lists    *kit.Loader[location]
	typed    typedPath // what the user typed, until it is listed
	openings *kit.Loader[opening]
	opening  opening // what the user asked for last, until it is read

	mounts  *kit.Loader[mountKey]
	mount   *rootfs.FileMount // what was read about one mount
	mountOf mountKey
}

// New makes the view.
func New(sh kit.Shell, b Backend) *View {
	v := &View{sh: sh, backend: b, where: rootfs.RootDir, path: "/"}
	v.lists, v.mounts = kit.NewLoader(sh, v.readList), kit.NewLoader(sh, v.readMount)
	v.openings = kit.NewLoader(sh, v.readOpening)
	v.table.Grid = &listGrid{v: v}
	v.find = v.finder()
	return v
}

// Number implements kit.View.
func (v *View) Number() int { return kit.Files }

// Name implements kit.View.
func (v *View) Name() string { return "Files" }

// Want implements kit.View.
func (v *View) Want() procwalk.Want {
	return rows.ContainerWant | procwalk.WantCmdline
}

// Update implements kit.View: it reads the directory again, so that what comes and goes is seen.
func (v *View) Update(f *kit.Frame) {
	if !v.has && len(f.Snap.Processes) > 0 {
		v.subject, v.has = f.Snap.Processes[0].ID(), true
	}
	if p := f.Snap.FindID(v.subject); p != nil {
		v.comm = p.Comm
	}
	// Reading a very large directory again each second would be all that happens.
	if len(v.all) < 5000 || v.listed != v.location() {
		v.reload()
	}
}

// join is a path of the container: text to everybody but rootfs.
func (v *View) join(name string) string { return under(v.path, name) }

func under(dir, name string) string { return strings.TrimRight(dir, "/") + "/" + name }

// Subject implements kit.View.
func (v *View) Subject() (procwalk.ID, bool) { return v.subject, v.has }

// SetSubject implements kit.View: it shows the files of another process.
func (v *View) SetSubject(id procwalk.ID) bool {
	if !v.sh.Frame().MayHave(id) {
		return false
	}
	if !v.has || v.subject != id {
		v.subject, v.has = id, true
		if f := v.sh.Frame(); f.HasTable() {
			v.comm = f.Snap.FindID(id).Comm
		}
		v.goTo("/", "")
	}
	return true
}

// hand is the path on this host, for the line "by hand".
func (v *View) hand(name string) string {
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

// ByHand implements kit.View.
func (v *View) ByHand() string {
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

// Status implements kit.View.
func (v *View) Status() string {
	root := "root"
	if v.where == rootfs.ProcDir {
		root = "/proc/" + strconv.Itoa(v.subject.PID)
	}
	s := fmt.Sprintf("%s of PID %d (%s): %s", root, v.subject.PID, v.comm, text.Line(v.path))
	switch {
	case v.filter != "":
		s += fmt.Sprintf("  %d of %d entries  filter %q", len(v.list), len(v.all), text.New(v.filter))
	case len(v.list) > 0:
		s += "  " + kit.Plural(len(v.list), "entry", "entries")
	}
	if v.more {
		s += " and more"
	}
	return s
}

// Listed are the entries that pass the filter.
func (v *View) Listed() []rootfs.Info { return v.list }

// Copied implements kit.Copier: the path within the root that is shown.
func (v *View) Copied() string {
	i := v.selected()
	if i == nil {
		return ""
	}
	return effect.Command(v.join(i.Name))
}

// Draw implements kit.View.
func (v *View) Draw(p kit.Painter, r kit.Rect) {
	v.table.Draw(p, r, v.cursor.Row)
	if r.H < 2 || len(v.list) > 0 {
		return
	}
	switch {
	case v.backend.List == nil:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, "files cannot be read here")
	case v.err != nil && v.listed == v.location():
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Bad, kit.Fit(kit.ErrorLine(v.err), r.W-1))
	case v.listed != v.location():
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, "reading ...")
	case len(v.all) > 0:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, kit.Fit("no entry passes the filter; Esc clears it", r.W-1))
	default:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, "an empty directory")
	}
}

// Back implements kit.View: it takes the filter away, and then goes up.
func (v *View) Back() bool {
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

// Mouse implements kit.View.
func (v *View) Mouse(action tview.MouseAction, x, y int) bool {
	return v.table.Mouse(action, x, y, nil, v.moveTo, func() { v.Enter() })
}
