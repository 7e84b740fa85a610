package ui

import (
	"context"
	"fmt"
	"time"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// GroupBackend are the functions of a Backend for control groups. Each may be nil, and each is called in a goroutine.
type GroupBackend struct {
	// Roots are the roots of the hierarchies, and GroupsOf the groups of a process.
	Roots    func(context.Context) ([]*cgroupview.Group, error)
	GroupsOf func(context.Context, procwalk.ID) (cgroupview.Groups, error)
	Parent   func(*cgroupview.Group) (*cgroupview.Group, bool)
	// Children are the groups right below one, at most limit, and whether there are more.
	Children func(ctx context.Context, g *cgroupview.Group, limit int) ([]*cgroupview.Group, bool, error)
	Files    func(context.Context, *cgroupview.Group) ([]cgroupview.File, error)
	// GroupMore reads what is shown about the selected group and file only; the file may be "".
	GroupMore func(ctx context.Context, g *cgroupview.Group, file string) rows.GroupMore
	// PlanEdit makes the effect of a new value, and Freeze and KillAll those for all processes of a group.
	PlanEdit func(ctx context.Context, g *cgroupview.Group, file, value, shown string) (EditPlan, error)
	Freeze   func(ctx context.Context, t GroupTarget, frozen bool) (effect.Effect, error)
	KillAll  func(ctx context.Context, t GroupTarget) (effect.Effect, error)
	// UndoLast and RedoLast make the effect that takes the last change back, or makes it again. The effect knows whose
	// change that was, by which effect.Ask decides whether to ask.
	UndoLast func(context.Context) (effect.Effect, error)
	RedoLast func(context.Context) (effect.Effect, error)
}

// EditPlan is what would become of an edit.
type EditPlan struct {
	Effect  effect.Effect
	Changes []cgroupview.Change
	Checks  []cgroupview.Check
}

func (o *Options) canFreeze() string {
	return missing(o.Freeze == nil || o.Carry == nil, "groups cannot be frozen here")
}

// plan makes an effect in a goroutine, and carries it out after asking what it asks for.
func (u *UI) plan(make func(context.Context) (effect.Effect, error)) {
	u.spawn(func() {
		e, err := make(u.ctx)
		u.post(func() {
			switch {
			case err != nil:
				u.say(rows.Bad, sanitiseError(err))
			case e == nil:
				u.say(rows.Dim, "there is nothing to do")
			default:
				u.perform([]effect.Effect{e})
			}
		})
	})
}

// cgroups is view 4: the groups of every hierarchy on the left, the files of the selected one on the right. Its subject
// is a process, as everywhere; its groups are marked.
type cgroups struct {
	ui    *UI
	tree  cgTree
	at    int
	files []cgroupview.File
	of    cgKey // whose files they are
	ferr  error
	file  string // the selected one's name
	pos   int

	inside  bool
	subject procwalk.ID
	has     bool
	placed  bool
	chosen  cgKey               // the selected group
	own     []*cgroupview.Group // of the subject, one of each hierarchy
	goal    *cgroupview.Group   // to go to, once what is around it is read

	marks  map[string]time.Time // files whose value changed, and when
	reader cgReader
	table  table
	right  table
	sides  [2]rect
}

// markFor is how long a changed value is marked.
const markFor = 4 * time.Second

func newCgroups(u *UI, _ *Options) *cgroups {
	v := &cgroups{ui: u, marks: map[string]time.Time{}}
	v.reader.v = v
	v.table.grid = &cgTreeGrid{v}
	v.right.grid = &cgFileGrid{v}
	return v
}

func (v *cgroups) Number() int { return 4 }

func (v *cgroups) Name() string { return "Cgroups" }

func (v *cgroups) Want() procwalk.Want {
	return procwalk.WantCgroup | procwalk.WantStatus | procwalk.WantNS | procwalk.WantCmdline
}

// Update reads what is shown anew.
func (v *cgroups) Update(f *Frame) {
	if !v.has && len(f.Snap.Processes) > 0 {
		v.subject, v.has = f.Snap.Processes[0].ID(), true
	}
	v.reader.again()
}

func (v *cgroups) Subject() (procwalk.ID, bool) { return v.subject, v.has }

// SetSubject takes another process, and goes to its groups.
func (v *cgroups) SetSubject(id procwalk.ID) bool {
	if f := v.ui.frame; f != nil && f.Snap != nil && f.Snap.FindID(id) == nil {
		return false
	}
	if v.has && v.subject == id && v.placed {
		return true
	}
	v.subject, v.has, v.placed = id, true, false
	v.reader.again()
	return true
}

// showGroup goes to view 4, to the groups of the subject even if the user was elsewhere in the tree.
func (u *UI) showGroup() {
	u.showNumber(4)
	if v, ok := u.view().(*cgroups); ok {
		v.placed, v.inside = false, false
		v.reader.again()
	}
}

// node is the selected line of the tree, or nil.
func (v *cgroups) node() *cgNode {
	if v.at < len(v.tree.lines) {
		return v.tree.lines[v.at]
	}
	return nil
}

// group is the selected group, or nil on a line that is none.
func (v *cgroups) group() *cgroupview.Group {
	if n := v.node(); n != nil {
		return n.group
	}
	return nil
}

// selectedFile is the file under the cursor while the files have the focus.
func (v *cgroups) selectedFile() *cgroupview.File {
	if g := v.group(); !v.inside || g == nil || keyOf(g) != v.of || v.pos >= len(v.files) {
		return nil
	}
	return &v.files[v.pos]
}

// settle finds the selection again after the lines were made anew.
func (v *cgroups) settle() {
	if at := v.tree.find(v.chosen); at >= 0 {
		v.at = at
	}
	v.at = max(0, min(v.at, len(v.tree.lines)-1))
	if g := v.group(); g != nil {
		v.chosen = keyOf(g)
	}
}

func (v *cgroups) build() {
	v.tree.build()
	v.settle()
	v.table.show(v.at)
	v.changed()
}

func (v *cgroups) changed() {
	if v.ui.view() == View(v) {
		v.ui.details.changed()
	}
}

// take takes the files of a group up, and marks what has changed.
func (v *cgroups) take(g *cgroupview.Group, files []cgroupview.File, err error) {
	now, key := v.ui.opt.Now(), keyOf(g)
	if key != v.of {
		clear(v.marks)
	} else {
		old := make(map[string]string, len(v.files))
		for i := range v.files {
			old[v.files[i].Name.Raw()] = v.files[i].Value.Raw()
		}
		for i := range files {
			name := files[i].Name.Raw()
			if was, had := old[name]; had && was != files[i].Value.Raw() {
				v.marks[name] = now
			}
		}
	}
	v.files, v.of, v.ferr = files, key, err
	for i := range files {
		if files[i].Name.Raw() == v.file {
			v.pos = i
		}
	}
	v.pos = max(0, min(v.pos, len(files)-1))
	if len(files) == 0 {
		v.inside = false
	}
}

func (v *cgroups) marked(name string) bool {
	at, ok := v.marks[name]
	return ok && v.ui.opt.Now().Sub(at) < markFor
}

// ByHand implements View.
func (v *cgroups) ByHand() string {
	g := v.group()
	if g == nil {
		return "grep cgroup /proc/self/mountinfo"
	}
	if f := v.selectedFile(); f != nil {
		return effect.Command("cat", g.Dir.Raw()+"/"+f.Name.Raw())
	}
	return "grep -s . " + effect.Command(g.Dir.Raw()) + "/*"
}

// Status implements View.
func (v *cgroups) Status() string {
	s := ""
	if v.has {
		s = fmt.Sprintf("* those of PID %d", v.subject.PID)
	}
	if v.reader.err != nil {
		s += "  " + sanitiseError(v.reader.err)
	}
	return s
}

// Draw implements View.
func (v *cgroups) Draw(p painter, r rect) {
	left, right := r, rect{}
	switch {
	case r.w >= sideBySide:
		left.w = r.w * 2 / 5
		right = rect{r.x + left.w + 1, r.y, r.w - left.w - 1, r.h}
		for y := r.y; y < r.y+r.h; y++ {
			p.text(r.x+left.w, y, 1, p.theme.border, p.theme.edge.down)
		}
	case v.inside:
		left, right = rect{}, r
	}
	v.sides = [2]rect{left, right}
	for i, t := range []*table{&v.table, &v.right} {
		before := t.page
		t.page = max(v.sides[i].h-1, 0)
		if before != t.page {
			t.show([]int{v.at, v.pos}[i])
		}
		t.draw(p, v.sides[i])
	}
	if r.h < 2 {
		return
	}
	switch {
	case v.ui.opt.Roots == nil:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, "control groups cannot be read here")
	case len(v.tree.lines) == 0 && v.reader.err != nil:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.bad, fit(sanitiseError(v.reader.err), r.w-1))
	case len(v.tree.lines) == 0:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, "reading the control groups ...")
	case v.ferr != nil && len(v.files) == 0 && !right.empty():
		p.text(right.x+1, right.y+1, right.w-1, p.theme.bad, fit(sanitiseError(v.ferr), right.w-1))
	}
}

// Back leaves the files.
func (v *cgroups) Back() bool {
	if !v.inside {
		return false
	}
	v.inside = false
	v.changed()
	return true
}

// Mouse implements View.
func (v *cgroups) Mouse(action tview.MouseAction, x, y int) bool {
	onRight, t := v.sides[1].has(x, y), &v.table
	if onRight {
		t = &v.right
	}
	return t.mouse(action, x, y, nil, func(row int) {
		v.inside = onRight
		v.moveTo(row)
	}, func() {
		if !onRight {
			v.toggleFold()
		}
	})
}

// Describe implements describer.
func (v *cgroups) Describe(bool) []rows.Section {
	g := v.group()
	if g == nil {
		return nil
	}
	var more *rows.GroupMore
	f := v.selectedFile()
	if m := &v.reader.more; v.reader.moreOf == keyOf(g) {
		more = m
		if f == nil || v.reader.moreFile != f.Name.Raw() {
			one := *m
			one.HasLimit = false
			more = &one
		}
	}
	return rows.GroupSections(g, f, more)
}

// Look implements describer.
func (v *cgroups) Look() { v.reader.look() }

// target is the selected group as the target of an effect.
func (v *cgroups) target() (GroupTarget, bool) {
	g := v.group()
	if g == nil {
		v.ui.say(rows.Warn, "there is no group selected")
		return GroupTarget{}, false
	}
	return GroupTarget{Groups: cgroupview.Groups{List: []*cgroupview.Group{g}}, Name: text.New("group " + g.Path.Raw())}, true
}
