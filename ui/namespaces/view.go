// Package namespaces is view 3 of the UI: the namespaces on the left, the members of the selected one on the right.
package namespaces

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// Backend is what the view needs of the system. Each function may be nil, and each is called in a goroutine.
type Backend struct {
	// Relate finds out how namespaces stand to each other, and with all what keeps those without a process.
	Relate func(ctx context.Context, v *nsview.View, all bool) (*nsview.View, error)
	// Inside looks into one.
	Inside func(context.Context, *nsview.View, nsview.Key) nsview.Details
	// Named tells whether a word names a namespace, as all commands take it, and returns what finds out which one: its
	// type is -1 if the word has an inode alone. nil: no word does.
	Named func(word string) (find func(context.Context) (nsview.Key, error), ok bool)
}

// Tags are the processes that the user has tagged; they belong to view 1.
type Tags interface {
	Tag(id procwalk.ID, tagged bool)
	Tagged(procwalk.ID) bool
	AnyTagged() bool
	Untag()
}

// View implements kit.View. Its subject is a process, as everywhere; moving about leaves it, and Enter on a member
// takes another.
type View struct {
	sh      kit.Shell
	backend Backend
	tags    Tags
	facts   rows.Facts // of the last frame that namespaces were read for
	list    rows.NSList
	host    nsview.Reference
	all     bool  // namespaces without a process are listed as well
	err     error // why relations are not known

	matrix table
	panes  kit.Panes
	cursor kit.Cursor[nsview.Key] // in the list of namespaces
	member procwalk.ID            // the selected member
	pos    int                    // where it was

	subject procwalk.ID
	comm    text.Text // its name
	has     bool      // there is a subject
	lost    bool      // the user was told that it has ended
	find    kit.Finder
	// deferred is an Enter that came before what it is about was read.
	deferred kit.Deferred
	located  bool                     // a namespace of the subject was selected
	chosen   bool                     // the user selected a namespace
	mine     [procwalk.NSTypes]uint64 // the inodes of the subject's namespaces

	relations *kit.Loader[struct{}]
	details   *kit.Loader[nsview.Key]
	cells     *kit.Loader[struct{}]
	inner     nsview.Details // what was read from inside a namespace
	innerOf   nsview.Key     // which one
	isolation isolation
}

// New makes the view.
func New(sh kit.Shell, names rows.Names, b Backend, tags Tags) *View {
	v := &View{sh: sh, backend: b, tags: tags}
	v.relations, v.details = kit.NewLoader(sh, v.readRelations), kit.NewLoader(sh, v.readInside)
	v.cells = kit.NewLoader(sh, v.readMatrix)
	v.matrix.on, v.matrix.list.Grid = true, &matrixGrid{v: v}
	if user := names.User; user != nil {
		v.list.Names.User = func(uid uint32) text.Text { return text.New(user(uid)) }
	}
	v.list.Names.Container = func(p *procwalk.Process) text.Text {
		if names := v.facts.ContainerNames(p); len(names) > 0 {
			return names[0]
		}
		return text.Text{}
	}
	v.find = v.finder()
	v.panes.Left.Grid = &listGrid{v: v, last: -1}
	v.panes.Right.Grid = &memberGrid{v: v, last: -1}
	return v
}

// Number implements kit.View.
func (v *View) Number() int { return kit.Namespaces }

// Name implements kit.View.
func (v *View) Name() string { return "Namespaces" }

// Want implements kit.View.
func (v *View) Want() procwalk.Want {
	return rows.ContainerWant | procwalk.WantCmdline
}

// Fresh implements kit.Fresher: the members in view.
func (v *View) Fresh() rows.Fresh {
	var f rows.Fresh
	if v.snap() == nil {
		return f
	}
	members := v.members()
	for first, end := v.panes.Right.InView(); first < min(end, len(members)); first++ {
		f.PIDs = append(f.PIDs, v.process(members[first]).PID)
	}
	return f
}

// Update implements kit.View: it groups a frame if namespaces were read for it; that of another view may lack them.
func (v *View) Update(f *kit.Frame) {
	if slices.ContainsFunc(f.Snap.Processes, func(p procwalk.Process) bool { return p.NS != nil }) {
		v.facts = f.Facts
		v.regroup()
	}
}

// regroup groups the last frame anew.
func (v *View) regroup() {
	if v.facts.Snap != nil {
		v.relations.Reload(struct{}{})
	}
}

// show shows namespaces that were grouped, and maybe related.
func (v *View) show(groups *nsview.View) {
	v.host = nsview.HostOf(groups.Snapshot)
	v.list.Build(groups, &v.sh.Theme().Glyphs)
	if !v.has {
		for i := range groups.Snapshot.Processes {
			p := &groups.Snapshot.Processes[i]
			v.subject, v.has = p.ID(), true
			break
		}
	}
	v.refreshSubject()
	if !v.located {
		v.selectSubject()
	}
	v.followCursor()
	v.makeMatrix()
	if !v.matrix.on {
		v.deferred.Resume(v.sh)
	}
}

// build makes the lines anew after a change of the arrangement.
func (v *View) build() {
	v.list.Build(v.list.View(), &v.sh.Theme().Glyphs)
	v.followCursor()
	v.panes.Left.Show(v.cursor.Row)
	v.sh.Changed(v, kit.Selection)
}

func (v *View) snap() *procwalk.Snapshot {
	if v.list.View() == nil {
		return nil
	}
	return v.list.View().Snapshot
}

func (v *View) process(row int32) *procwalk.Process { return &v.snap().Processes[row] }

// ByHand implements kit.View.
func (v *View) ByHand() string {
	if v.matrix.on && v.snap() != nil {
		return v.byHandCell()
	}
	if v.snap() == nil || len(v.list.Lines()) == 0 {
		return ""
	}
	n := v.namespace()
	id, ok := v.Target()
	pid := strconv.Itoa(id.PID)
	switch {
	case n == nil || !ok:
		return effect.Command("lsns", "--type", v.cursor.Key.Type.String())
	case v.panes.Inside:
		return effect.Command("lsns", "-p", pid) + "; readlink /proc/" + pid + "/ns/*"
	}
	link := effect.Command("readlink", "/proc/"+pid+"/ns/"+n.Type.String())
	return link + "; " + effect.Command(byHandIn(n.Type, pid)...)
}

// Status implements kit.View.
func (v *View) Status() string {
	if v.matrix.on {
		return v.matrixStatus()
	}
	s := "by type"
	if v.list.Tree {
		s = "by parent and owner"
	}
	if err := v.err; err != nil {
		s += "  relations: " + kit.ErrorLine(err)
	}
	if v.has {
		s += fmt.Sprintf("  * those of PID %d", v.subject.PID)
	}
	if f := v.list.Filter(); f != nil {
		s += fmt.Sprintf("  filter %q", f.Text)
	}
	if v.all {
		s += "  with those without a process"
	}
	if n := v.tagged(); n > 0 {
		s += fmt.Sprintf("  %d tagged", n)
	}
	if view := v.list.View(); view != nil && len(view.Unreadable) > 0 {
		s += fmt.Sprintf("  %s cannot be read", rows.NSCount(len(view.Unreadable)))
	}
	if view := v.list.View(); view != nil && len(view.Missed) > 0 {
		s += fmt.Sprintf("  %s not looked into", kit.Plural(len(view.Missed), "place was", "places were"))
	}
	return s
}

// tagged is how many processes of the last frame are tagged.
func (v *View) tagged() (n int) {
	f := v.sh.Frame()
	if !f.HasTable() || !v.tags.AnyTagged() {
		return 0
	}
	for i := range f.Snap.Processes {
		if v.tags.Tagged(f.Snap.Processes[i].ID()) {
			n++
		}
	}
	return n
}

// Listed are the namespaces that pass the filter, and whether those without a process are among them.
func (v *View) Listed() (keys []nsview.Key, all bool) { return v.list.Passing(), v.all }

// Copied implements kit.Copier: the inode of the namespace, or the PID of the member.
func (v *View) Copied() string {
	n := v.namespace()
	switch {
	case n == nil:
		return ""
	case v.panes.Inside && v.memberAt() >= 0:
		return strconv.Itoa(v.process(v.members()[v.memberAt()]).PID)
	}
	return strconv.FormatUint(n.Inode, 10)
}

// Draw implements kit.View.
func (v *View) Draw(p kit.Painter, r kit.Rect) {
	if v.matrix.on {
		v.drawMatrix(p, r)
		return
	}
	width := r.W * 3 / 5
	if r.W < 90 {
		width = r.W * 11 / 20
	}
	v.panes.Draw(p, r, width, v.cursor.Row, v.memberAt())
	if r.H < 2 {
		return
	}
	switch {
	case v.snap() == nil && v.sh.Frame().HasTable():
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, "reading the namespaces ...")
	case v.snap() != nil && len(v.list.Lines()) == 0:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Warn, "no namespace passes the filter")
	}
}

// Back implements kit.View: it leaves the members, then takes the filter away.
func (v *View) Back() bool {
	switch {
	case v.matrix.on && v.matrix.filter != "":
		v.matrix.filter = ""
		v.arrangeMatrix()
		v.sh.Changed(v, kit.Selection)
	case v.matrix.on:
		return false
	case v.matrix.came:
		v.toggleMatrix()
	case v.panes.Inside:
		v.panes.Inside = false
		v.sh.Changed(v, kit.Selection)
	case v.list.Filter() != nil:
		v.list.SetFilter(nil)
		v.build()
	default:
		return false
	}
	return true
}

// Mouse implements kit.View.
func (v *View) Mouse(action tview.MouseAction, x, y int) bool {
	if v.matrix.on {
		return v.mouseMatrix(action, x, y)
	}
	return v.panes.Mouse(action, x, y, v.moveTo, func() { v.Enter() })
}
