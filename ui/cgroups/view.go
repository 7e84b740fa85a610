// Package cgroups is view 4 of the UI: the control groups of every hierarchy on the left, the files of the selected
// one on the right.
package cgroups

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// Backend is what the view needs of the system. Each function may be nil: what needs it is greyed then. All but
// Parent are called in a goroutine.
type Backend struct {
	// Roots are the roots of the hierarchies, and GroupsOf the groups of a process.
	Roots    func(context.Context) ([]*cgroupview.Group, error)
	GroupsOf func(context.Context, procwalk.ID) (cgroupview.Groups, error)
	// Parent is the group that one is in; false: it is a root.
	Parent func(*cgroupview.Group) (*cgroupview.Group, bool)
	// Children are the groups right below one, at most limit, and whether there are more.
	Children func(ctx context.Context, g *cgroupview.Group, limit int) ([]*cgroupview.Group, bool, error)
	Files    func(context.Context, *cgroupview.Group) ([]cgroupview.File, error)
	// More reads what is shown about the selected group and file only; the file may be "".
	More func(ctx context.Context, g *cgroupview.Group, file string) rows.GroupMore
	// PlanEdit makes the effect of a new value for a file.
	PlanEdit func(ctx context.Context, ask EditAsk) (EditPlan, error)
	// Freeze makes the effect of freezing or thawing all processes of a group, KillAll that of killing them.
	Freeze  func(ctx context.Context, t rows.GroupTarget, frozen bool) (effect.Effect, error)
	KillAll func(ctx context.Context, t rows.GroupTarget) (effect.Effect, error)
}

// View implements kit.View. Its subject is a process, as everywhere; the groups of that are marked.
type View struct {
	sh       kit.Shell
	backend  Backend
	tree     tree
	panes    kit.Panes
	cursor   kit.Cursor[groupKey] // in the tree
	err      error                // why the groups cannot be read
	deferred kit.Deferred         // an Enter that came before what it is about was read
	names    rows.GroupNames

	all      []cgroupview.File // of the group
	files    []cgroupview.File // of these, what passes the filter
	filter   string
	find     kit.Finder
	filesOf  groupKey // whose files they are
	filesErr error
	file     string               // the name of the selected one
	pos      int                  // its row
	marks    map[string]time.Time // files whose value changed, and when

	subject procwalk.ID
	has     bool                // there is a subject
	located bool                // its groups were found
	asked   bool                // the user asked for them: a filter that hides them is taken away
	own     []*cgroupview.Group // its groups, one of each hierarchy
	goal    *cgroupview.Group   // a group to go to, once those that it is in are read

	reader    *kit.Loader[struct{}]
	allReader *kit.Loader[struct{}] // reads all groups
	reached   everywhere            // how far the last such read came; the groups themselves are in the tree
	seeks     bool                  // the first group that passes is to be selected once all were read
	details   *kit.Loader[detailsKey]
	more      rows.GroupMore // what was read for the details
	moreOf    detailsKey     // what it is about
}

// markFor is how long a changed value is marked.
const markFor = 4 * time.Second

// New makes the view.
func New(sh kit.Shell, b Backend) *View {
	v := &View{sh: sh, backend: b, marks: map[string]time.Time{}}
	v.reader, v.details = kit.NewLoader(sh, v.read), kit.NewLoader(sh, v.readMore)
	v.allReader = kit.NewLoader(sh, v.readAll)
	v.find = v.finder()
	v.panes.Left.Grid = &treeGrid{v}
	v.panes.Right.Grid = &fileGrid{v}
	return v
}

// Number implements kit.View.
func (v *View) Number() int { return kit.Cgroups }

// Name implements kit.View.
func (v *View) Name() string { return "Cgroups" }

// Want implements kit.View.
func (v *View) Want() procwalk.Want {
	return procwalk.WantCgroup | procwalk.WantBrief | procwalk.WantNS | procwalk.WantCmdline
}

// Update implements kit.View: it reads what is shown anew.
func (v *View) Update(f *kit.Frame) {
	if !v.has && len(f.Snap.Processes) > 0 {
		v.subject, v.has = f.Snap.Processes[0].ID(), true
	}
	if names := rows.NewGroupNames(f.Facts); names != nil { // else a frame of another view, without containers
		v.names, v.tree.names = names, names
	}
	v.reload()
	v.lookEverywhere()
}

// Subject implements kit.View.
func (v *View) Subject() (procwalk.ID, bool) { return v.subject, v.has }

// SetSubject implements kit.View: it takes another process, and goes to its groups.
func (v *View) SetSubject(id procwalk.ID) bool {
	if !v.sh.Frame().MayHave(id) {
		return false
	}
	if v.has && v.subject == id && v.located {
		return true
	}
	v.subject, v.has, v.located, v.asked = id, true, false, false
	v.reload()
	return true
}

// Reveal implements kit.Revealer: it goes to the groups of the process even if the user was elsewhere in the tree, or
// filtered it.
func (v *View) Reveal(s kit.Subject) {
	if v.sh.Frame().MayHave(s.Process) {
		v.subject, v.has = s.Process, true
	}
	v.located, v.asked, v.panes.Inside = false, true, false
	v.reload()
}

// node is the selected line of the tree, or nil.
func (v *View) node() *node {
	if v.cursor.Row < len(v.tree.lines) {
		return v.tree.lines[v.cursor.Row]
	}
	return nil
}

// Group is the selected group, or nil on a line that is none.
func (v *View) Group() *cgroupview.Group {
	if n := v.node(); n != nil {
		return n.group
	}
	return nil
}

// selectedFile is the file under the cursor while the files have the focus.
func (v *View) selectedFile() *cgroupview.File {
	if g := v.Group(); !v.panes.Inside || g == nil || keyOf(g) != v.filesOf || v.pos >= len(v.files) {
		return nil
	}
	return &v.files[v.pos]
}

// followCursor finds the selected group again after the lines were made anew, or what hides it.
func (v *View) followCursor() { v.cursor.Follow(len(v.tree.lines), v.tree.shown, v.keyOf) }

// keyOf is the key of a line, if it is a group.
func (v *View) keyOf(line int) (groupKey, bool) {
	if g := v.tree.lines[line].group; g != nil {
		return keyOf(g), true
	}
	return groupKey{}, false
}

// build makes the lines anew after a change of the arrangement.
func (v *View) build() {
	v.tree.build()
	v.followCursor()
	v.panes.Left.Show(v.cursor.Row)
	if g := v.Group(); g != nil && keyOf(g) != v.filesOf {
		v.reload() // another group is selected by now
	}
	v.sh.Changed(v, kit.Selection)
}

// setFiles sets the files of a group, and marks those whose value has changed.
func (v *View) setFiles(g *cgroupview.Group, files []cgroupview.File, err error) {
	now, key := v.sh.Now(), keyOf(g)
	if key != v.filesOf {
		clear(v.marks)
	} else {
		old := make(map[string]string, len(v.all))
		for i := range v.all {
			old[v.all[i].Name.Raw()] = v.all[i].Value.Raw()
		}
		for i := range files {
			name := files[i].Name.Raw()
			if was, had := old[name]; had && was != files[i].Value.Raw() {
				v.marks[name] = now
			}
		}
	}
	v.all, v.filesOf, v.filesErr = files, key, err
	v.applyFilter()
	if len(files) == 0 {
		v.panes.Inside = false
	}
}

func (v *View) marked(name string) bool {
	at, ok := v.marks[name]
	return ok && v.sh.Now().Sub(at) < markFor
}

// ByHand implements kit.View.
func (v *View) ByHand() string {
	g := v.Group()
	if g == nil {
		return "grep cgroup /proc/self/mountinfo"
	}
	if f := v.selectedFile(); f != nil {
		return effect.Command("cat", g.Dir.Raw()+"/"+f.Name.Raw())
	}
	return "grep -s . " + effect.Command(g.Dir.Raw()) + "/*"
}

// Status implements kit.View.
func (v *View) Status() string {
	s := ""
	if v.has {
		s = fmt.Sprintf("* those of PID %d", v.subject.PID)
	}
	if v.tree.filter != "" {
		s += fmt.Sprintf("  groups with %q%s", v.tree.filter, v.reached.unseen())
	}
	if v.filter != "" {
		s += fmt.Sprintf("  files with %q", v.filter)
	}
	if v.err != nil {
		s += "  " + kit.ErrorLine(v.err)
	}
	return s
}

// Beside implements kit.Named.
func (v *View) Beside() string {
	if g := v.Group(); g != nil {
		return v.names[g.Path.Raw()].Text
	}
	return ""
}

// Copied implements kit.Copier: the value of the file, or the directory of the group.
func (v *View) Copied() string {
	g, f := v.Group(), v.selectedFile()
	switch {
	case g == nil:
		return ""
	case f == nil:
		return effect.Command(g.Dir.Raw())
	}
	lines := strings.Split(strings.TrimRight(f.Value.Raw(), "\n"), "\n")
	for i := range lines {
		lines[i] = text.Sanitise(lines[i])
	}
	return strings.Join(lines, "\n")
}

// Draw implements kit.View.
func (v *View) Draw(p kit.Painter, r kit.Rect) {
	v.panes.Draw(p, r, r.W*2/5, v.cursor.Row, v.pos)
	_, right := v.panes.Areas()
	if r.H < 2 {
		return
	}
	switch {
	case v.backend.Roots == nil:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, "control groups cannot be read here")
	case len(v.tree.lines) == 0 && v.err != nil:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Bad, kit.Fit(kit.ErrorLine(v.err), r.W-1))
	case len(v.tree.lines) == 0 && len(v.tree.roots) > 0: // only a filter leaves out all
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, kit.Fit(v.nothingPasses(), r.W-1))
	case len(v.tree.lines) == 0:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, "reading the control groups ...")
	case v.filesErr != nil && len(v.files) == 0 && !right.Empty():
		p.Text(right.X+1, right.Y+1, right.W-1, p.Theme.Bad, kit.Fit(kit.ErrorLine(v.filesErr), right.W-1))
	}
}

// Back implements kit.View: it takes the filter of the files away, leaves them, and takes that of the groups away.
func (v *View) Back() bool {
	switch {
	case v.panes.Inside && v.filter != "":
		v.setFileFilter("")
	case v.panes.Inside:
		v.panes.Inside = false
	case v.tree.filter != "":
		v.setGroupFilter("")
	default:
		return false
	}
	v.sh.Changed(v, kit.Selection)
	return true
}

// Mouse implements kit.View.
func (v *View) Mouse(action tview.MouseAction, x, y int) bool {
	return v.panes.Mouse(action, x, y, v.moveTo, func() {
		if !v.panes.Inside {
			v.toggleFold()
		}
	})
}

// target is the selected group as the target of an effect.
func (v *View) target() (rows.GroupTarget, bool) {
	g := v.Group()
	if g == nil {
		v.sh.Notice(rows.Warn, "there is no group selected")
		return rows.GroupTarget{}, false
	}
	groups := cgroupview.Groups{List: []*cgroupview.Group{g}}
	name := "group " + text.ShortIDs(g.Path.Raw())
	if label, ok := v.names[g.Path.Raw()]; ok {
		name = "group of " + label.Text
	}
	return rows.GroupTarget{Groups: groups, Name: text.New(name)}, true
}
