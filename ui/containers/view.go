package ui

import (
	"context"
	"fmt"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// ContainerBackend are the functions of a Backend for containers. Each may be nil, and each is called in a goroutine.
type ContainerBackend struct {
	// Containers finds the containers of a snapshot and reads what they use.
	Containers func(context.Context, *procwalk.Snapshot) (rows.ContainerList, error)
	// ContainerMore reads what is shown about the selected one only.
	ContainerMore func(context.Context, rows.Container) rows.ContainerMore
}

// GroupTarget is whose groups an effect is about.
type GroupTarget struct {
	Groups cgroupview.Groups
	Chain  container.Chain
	Name   text.Text // "container memcached"
}

// containers is view 2. Its subject is the process it was given, until another container is selected: then it is the
// process that backs that.
type containers struct {
	ui      *UI
	model   rows.ContainerTable
	table   table
	at      int
	key     string
	subject procwalk.ID
	has     bool
	placed  bool // the subject's container was looked for
	err     error

	next    *Frame
	busy    bool
	looking bool
	asked   string
	more    *rows.ContainerMore
	moreOf  string
}

func newContainers(u *UI, o *Options) *containers {
	v := &containers{ui: u}
	v.model.ASCII = o.ASCII
	v.table.grid = &ctGrid{v: v}
	return v
}

func (v *containers) Number() int { return 2 }

func (v *containers) Name() string { return "Containers" }

func (v *containers) Want() procwalk.Want {
	return procwalk.WantCgroup | procwalk.WantStatus | procwalk.WantNS | procwalk.WantCmdline
}

// Update has the containers of a frame read. One read is under way at a time; a frame that comes meanwhile is next.
func (v *containers) Update(f *Frame) {
	if !v.has && len(f.Snap.Processes) > 0 {
		v.subject, v.has = f.Snap.Processes[0].ID(), true
	}
	v.next = f
	v.again()
}

func (v *containers) again() {
	u := v.ui
	if v.busy || v.next == nil || u.opt.Containers == nil {
		return
	}
	snap := v.next.Snap
	v.busy, v.next = true, nil
	u.spawn(func() {
		list, err := u.opt.Containers(u.ctx, snap)
		u.post(func() {
			v.busy, v.err = false, err
			if err == nil {
				v.model.Set(list)
				if !v.placed {
					v.place()
				}
				v.settle()
				if u.view() == View(v) {
					u.details.fresh()
				}
			}
			v.again()
		})
	})
}

// place selects the container that the subject is in.
func (v *containers) place() {
	v.placed = true
	if row := v.model.With(v.subject.PID); v.has && row >= 0 {
		v.at, v.key = row, v.model.Row(row).Key
		v.table.show(row)
	}
}

// settle finds the selected container again; if it has gone, the one in its place is selected.
func (v *containers) settle() {
	if row := v.model.Find(v.key); row >= 0 {
		v.at = row
	}
	v.at = max(0, min(v.at, v.model.Len()-1))
	if c := v.selected(); c != nil {
		v.key = c.Key
	}
}

func (v *containers) build() {
	v.model.Build()
	v.settle()
	v.table.show(v.at)
	v.changed()
}

func (v *containers) changed() {
	if v.ui.view() == View(v) {
		v.ui.details.changed()
	}
}

func (v *containers) selected() *rows.Container {
	if v.at < v.model.Len() {
		return v.model.Row(v.at)
	}
	return nil
}

func (v *containers) moveTo(row int) {
	if v.model.Len() == 0 {
		return
	}
	v.at = max(0, min(row, v.model.Len()-1))
	c := v.selected()
	v.key, v.subject, v.has = c.Key, c.ID, true
	v.table.show(v.at)
	v.changed()
}

// Subject implements View.
func (v *containers) Subject() (procwalk.ID, bool) { return v.subject, v.has }

// SetSubject takes another process, and selects the container that it is in.
func (v *containers) SetSubject(id procwalk.ID) bool {
	if f := v.ui.frame; f != nil && f.Snap != nil && f.Snap.FindID(id) == nil {
		return false
	}
	if v.has && v.subject == id && v.placed {
		return true
	}
	v.subject, v.has, v.placed = id, true, false
	if v.model.List().Snap != nil {
		v.place()
		v.settle()
	}
	v.changed()
	return true
}

// Target is the process that backs the selected container.
func (v *containers) Target() (procwalk.ID, bool) {
	if c := v.selected(); c != nil {
		return c.ID, true
	}
	return procwalk.ID{}, false
}

// groups is the selected container as the target of an effect.
func (v *containers) groups() (GroupTarget, bool) {
	c := v.selected()
	if c == nil {
		v.ui.say(rows.Warn, "there is no container selected")
		return GroupTarget{}, false
	}
	return GroupTarget{c.Groups, c.Chain, text.New("container " + c.Name.Raw())}, true
}

// Enter goes to the container's tree in view 1.
func (v *containers) Enter() bool {
	c := v.selected()
	if c == nil {
		return true
	}
	v.subject, v.has = c.ID, true
	v.ui.showNumber(1)
	if p, ok := v.ui.view().(*processes); ok && v.ui.subject() == nil || ok && v.ui.subject().ID() != c.ID {
		p.model.SetFilter(nil) // it hides what was asked for
		p.build()
		p.SetSubject(c.ID)
	}
	return true
}

// ByHand implements View.
func (v *containers) ByHand() string {
	c := v.selected()
	if c == nil {
		return "grep -l -e docker -e libpod -e lxc -e kubepods /proc/[0-9]*/cgroup"
	}
	for _, g := range c.Groups.List {
		for _, controller := range g.Hierarchy.Controllers {
			if g.Hierarchy.Version == 1 && controller == "memory" {
				dir := g.Dir.Raw()
				return effect.Command("cat", dir+"/memory.usage_in_bytes", dir+"/memory.limit_in_bytes")
			}
		}
	}
	for _, g := range c.Groups.List {
		if g.Hierarchy.Version == 2 {
			dir := g.Dir.Raw()
			return effect.Command("cat", dir+"/memory.current", dir+"/memory.max")
		}
	}
	return effect.Command("cat", fmt.Sprintf("/proc/%d/cgroup", c.ID.PID))
}

// Status implements View.
func (v *containers) Status() string {
	s := plural(v.model.Len(), "container", "containers")
	if c := v.model.Sort(); c != nil {
		s += " by " + c.Name
	}
	if v.model.Reverse {
		s += " reversed"
	}
	if f := v.model.Filter(); f != nil {
		s += fmt.Sprintf("  filter %q", f.Text)
	}
	if v.model.NoSandboxes {
		s += "  no sandboxes"
	}
	if n := len(v.model.List().Errors); n > 0 {
		s += fmt.Sprintf("  %d records could not be read", n)
	}
	if v.err != nil {
		s += "  " + sanitiseError(v.err)
	}
	return s
}

// Draw implements View.
func (v *containers) Draw(p painter, r rect) {
	before := v.table.page
	v.table.page = max(r.h-1, 0)
	if before != v.table.page {
		v.table.show(v.at)
	}
	v.table.draw(p, r)
	if r.h < 2 || v.model.Len() > 0 {
		return
	}
	switch {
	case v.ui.opt.Containers == nil:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, "containers cannot be looked for here")
	case v.err != nil:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.bad, fit(sanitiseError(v.err), r.w-1))
	case v.model.List().Snap == nil:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, "looking for containers ...")
	case len(v.model.List().Containers) > 0:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.warn, "no container passes the filter")
	default:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, "no container runs here; `bones demo` starts one")
	}
}

// Back takes the filter away.
func (v *containers) Back() bool {
	if v.model.Filter() == nil {
		return false
	}
	v.model.SetFilter(nil)
	v.build()
	return true
}

// Mouse implements View.
func (v *containers) Mouse(action tview.MouseAction, x, y int) bool {
	return v.table.mouse(action, x, y, func(c int) { v.sortBy(v.table.grid.(*ctGrid).columns[c]) }, v.moveTo, func() { v.Enter() })
}

// Describe implements describer.
func (v *containers) Describe(bool) []rows.Section {
	c := v.selected()
	if c == nil {
		return nil
	}
	var more *rows.ContainerMore
	if v.moreOf == c.Key {
		more = v.more
	}
	return rows.ContainerSections(&v.model, c, more)
}

// Look implements describer.
func (v *containers) Look() {
	c, u := v.selected(), v.ui
	if c == nil || u.opt.ContainerMore == nil || v.looking {
		return
	}
	v.looking, v.asked = true, c.Key
	one := *c
	u.spawn(func() {
		more := u.opt.ContainerMore(u.ctx, one)
		u.post(func() {
			v.looking, v.more, v.moreOf = false, &more, one.Key
			if u.view() != View(v) {
				return
			}
			u.details.fill()
			if c := v.selected(); c != nil && c.Key != one.Key {
				v.Look()
			}
		})
	})
}

// ctGrid makes a grid of the table of containers.
type ctGrid struct {
	v       *containers
	columns []*rows.ContainerColumn
}

func (g *ctGrid) Len() int { return g.v.model.Len() }

func (g *ctGrid) Selected() int { return g.v.at }

func (g *ctGrid) Heads(width int) []head {
	var widths []int
	g.columns, widths = g.v.model.Fit(width)
	heads := make([]head, len(g.columns))
	for i, c := range g.columns {
		heads[i] = head{title: c.Name, width: widths[i], right: c.Right}
		if s := g.v.model.Sort(); s == c {
			heads[i].order = -1
			if c.Ascending() != g.v.model.Reverse {
				heads[i].order = 1
			}
		}
	}
	return heads
}

func (g *ctGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	return g.columns[column].Cell(&g.v.model, dst, g.v.model.Row(row)), 0
}

func (g *ctGrid) Look(row int) look {
	c := g.v.model.Row(row)
	share, limited := c.MemoryShare()
	switch {
	case c.Sample.Frozen, limited && share > 0.9:
		return look{style: rows.Warn}
	case c.Sandbox:
		return look{style: rows.Dim}
	}
	return look{}
}
