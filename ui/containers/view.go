// Package containers is view 2 of the UI: the containers and what they use.
package containers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/logs"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// Backend is what the view needs of the system. Each function may be nil: what needs it is greyed then.
type Backend struct {
	// More reads what is shown about the selected one only, in a goroutine.
	More func(context.Context, rows.ContainerRow) rows.ContainerMore
	// Freeze makes the effect of freezing or thawing all processes of a container, in a goroutine.
	Freeze func(ctx context.Context, t rows.GroupTarget, frozen bool) (effect.Effect, error)
	// Set makes the effect of FILE=VALUE words, and --persist, as `bones set` takes them, in a goroutine.
	Set func(ctx context.Context, t rows.GroupTarget, words []string) (effect.Effect, error)
	// Extra reads what a moment does not hold of some containers, by their keys, in a goroutine.
	Extra func(context.Context, *procwalk.Snapshot, []rows.ContainerRow) map[string]rows.ContainerExtra
	// Stopped reads which containers the engines keep records of that do not run, in a goroutine.
	Stopped func(context.Context, *inventory.Inventory) (list []container.Stopped, note string, err error)
	// Logs are for the page with what a container prints.
	Logs logs.Backend
	// User tells the name of a user, empty for none.
	User func(uid uint32) string
	// Signals are the signals that can be sent, and Signal makes the effect of sending one.
	Signals []kit.SignalChoice
	Signal  func(*procwalk.Snapshot, *procwalk.Process, int) (effect.Effect, error)
}

// View implements kit.View. Its subject is the process it was given, if the selected container is the one that this is
// in, and else the process that backs the selected one.
type View struct {
	sh       kit.Shell
	backend  Backend
	model    rows.ContainerTable
	table    kit.Table
	cursor   kit.Cursor[string] // by the key of the container
	subject  procwalk.ID
	has      bool // there is a subject
	located  bool // the subject's container was looked for
	find     kit.Finder
	err      error
	deferred kit.Deferred // an Enter that came before what it is about was read

	details *kit.Loader[string]
	extra   *kit.Loader[struct{}]
	records *kit.Loader[struct{}]
	stopped bool                // what does not run is shown, too
	note    string              // what is to be said of that
	ended   []container.Stopped // what does not run, as it was read last
	counted time.Time           // when that was begun
	more    *rows.ContainerMore // what was read about one container
	moreOf  string              // its key
}

// New makes the view.
func New(sh kit.Shell, b Backend, ascii bool) *View {
	v := &View{sh: sh, backend: b}
	v.details = kit.NewLoader(sh, v.readMore)
	v.extra, v.records = kit.NewLoader(sh, v.readExtra), kit.NewLoader(sh, v.readStopped)
	v.model.ASCII, v.model.User = ascii, b.User
	v.table.Grid = &tableGrid{v: v}
	v.find = v.finder()
	return v
}

// Number implements kit.View.
func (v *View) Number() int { return kit.Containers }

// Name implements kit.View.
func (v *View) Name() string { return "Containers" }

// Want implements kit.View.
func (v *View) Want() procwalk.Want {
	return procwalk.WantCgroup | procwalk.WantBrief | procwalk.WantNS | procwalk.WantCmdline
}

// Fresh implements kit.Fresher: which container a process is in follows from its groups.
func (v *View) Fresh() rows.Fresh { return rows.Fresh{All: procwalk.WantCgroup} }

// ReadsUsage implements kit.UsageReader.
func (v *View) ReadsUsage() bool { return true }

// Update implements kit.View. A frame that was read for another view may lack the containers.
func (v *View) Update(f *kit.Frame) {
	if !v.has && len(f.Snap.Processes) > 0 {
		v.subject, v.has = f.Snap.Processes[0].ID(), true
	}
	now := f.Now
	if v.err = cmp.Or(now.InventoryErr, now.UsageErr); now.Inventory == nil || now.Usage == nil {
		return
	}
	v.model.Set(f.Facts)
	if !v.located {
		v.selectSubject()
	}
	v.followCursor()
	v.readBeside()
	v.sh.Changed(v, kit.Content)
	v.deferred.Resume(v.sh)
}

// selectSubject selects the container that the subject is in.
func (v *View) selectSubject() {
	v.located = true
	if v.has && v.model.Hides(v.subject.PID) {
		v.model.Sandboxes = true // whoever comes from one of its processes wants to see it
		v.model.Build()
	}
	if row := v.model.With(v.subject.PID); v.has && row >= 0 {
		v.cursor.Move(v.model.Len(), row, v.keyOf)
		v.table.Show(row)
	}
}

// followCursor finds the selected container again after the rows were made anew. What is drawn as selected is the
// subject: a process that is in no container, or in one that is not shown, gives way to the one that backs it.
func (v *View) followCursor() {
	v.cursor.Follow(v.model.Len(), v.model.Find, v.keyOf)
	if c := v.selected(); c != nil && (!v.has || !slices.Contains(c.PIDs, v.subject.PID)) {
		v.subject, v.has = c.Process.ID(), true
	}
}

func (v *View) keyOf(row int) (string, bool) { return v.model.Row(row).Key, true }

// build makes the rows anew after a change of the arrangement.
func (v *View) build() {
	v.model.Build()
	v.followCursor()
	v.table.Show(v.cursor.Row)
	v.sh.Changed(v, kit.Selection)
}

// row is the selected row: a container, or the totals of a group.
func (v *View) row() *rows.ContainerRow {
	if v.cursor.Row < v.model.Len() {
		return v.model.Row(v.cursor.Row)
	}
	return nil
}

// selected is the selected container; nil on a row of totals, and of one that does not run.
func (v *View) selected() *rows.ContainerRow {
	if c := v.row(); c != nil && c.Total == nil && c.Stopped == nil {
		return c
	}
	return nil
}

// Container implements kit.ContainerSelector.
func (v *View) Container() (key string, name text.Text, ok bool) {
	c := v.selected()
	if c == nil {
		return "", text.Text{}, false
	}
	return c.Key, c.Title(), true
}

func (v *View) move(by int) { v.moveTo(v.cursor.Row + by) }

func (v *View) moveTo(row int) {
	if v.model.Len() == 0 {
		return
	}
	v.cursor.Move(v.model.Len(), row, v.keyOf)
	if c := v.row(); c.Stopped == nil {
		v.subject, v.has = c.Process.ID(), true
	}
	v.table.Show(v.cursor.Row)
	v.sh.Changed(v, kit.Selection)
}

// Subject implements kit.View.
func (v *View) Subject() (procwalk.ID, bool) { return v.subject, v.has }

// SetSubject implements kit.View: it takes another process, and selects the container that it is in.
func (v *View) SetSubject(id procwalk.ID) bool {
	if !v.sh.Frame().MayHave(id) {
		return false
	}
	if v.has && v.subject == id && v.located {
		return true
	}
	v.subject, v.has, v.located = id, true, false
	if v.model.Facts().Snap != nil {
		v.selectSubject()
		v.followCursor()
	}
	v.sh.Changed(v, kit.Selection)
	return true
}

// Reveal implements kit.Revealer: what is asked for is shown whatever was filtered before.
func (v *View) Reveal(s kit.Subject) {
	if v.SetSubject(s.Process) && v.model.Filter() != nil && v.model.With(s.Process.PID) < 0 {
		v.model.SetFilter(nil)
		v.build()
		v.located = false
		v.SetSubject(s.Process)
	}
}

// Enter implements kit.Enterer: it goes to the container's tree in view 1.
func (v *View) Enter() bool {
	if c := v.selected(); c != nil {
		v.subject, v.has = c.Process.ID(), true
		v.sh.Show(kit.Processes, kit.Subject{Process: v.subject})
	} else if v.model.Facts().Snap == nil && v.err == nil {
		v.deferred.Defer(v.sh, func() { v.Enter() }) // they are being read
	}
	return true
}

// ByHand implements kit.View.
func (v *View) ByHand() string {
	c := v.selected()
	if c == nil {
		return "grep -l -e docker -e libpod -e lxc -e kubepods /proc/[0-9]*/cgroup"
	}
	if g, l := c.Groups.With("memory"), c.Sample.MemoryLimit; g != nil && l.From != nil && l.File != "" {
		usage := "/memory.current"
		if g.Hierarchy.Version == 1 {
			usage = "/memory.usage_in_bytes"
		}
		return effect.Command("cat", g.Dir.Raw()+usage, l.From.Dir.Raw()+"/"+l.File)
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
	return effect.Command("cat", fmt.Sprintf("/proc/%d/cgroup", c.PID))
}

// Status implements kit.View.
func (v *View) Status() string {
	s := kit.Plural(v.model.Containers(), "container", "containers")
	if v.model.Services {
		s = kit.Plural(v.model.Containers(), "service or slice", "services and slices")
	} else if n := v.model.Guests(); n > 0 {
		s += ", " + kit.Plural(n, "virtual machine", "virtual machines")
	}
	if by := v.model.Grouped(); by != "" {
		s += " by " + string(by)
	}
	if c := v.model.Sort(); c != nil {
		s += " by " + c.Name
	}
	if v.model.Reverse {
		s += " reversed"
	}
	if f := v.model.Filter(); f != nil {
		s += fmt.Sprintf("  filter %q", f.Text)
	}
	if n := v.model.Hidden(); n > 0 {
		s += "  " + kit.Plural(n, "sandbox", "sandboxes") + " hidden"
	} else if v.model.Sandboxes {
		s += "  with sandboxes"
	}
	if v.stopped {
		s += "  with those that do not run" + v.note
	}
	if now := v.model.Facts().Now; now != nil && len(now.Inventory.Errors) > 0 {
		n := len(now.Inventory.Errors)
		s += fmt.Sprintf("  %d records could not be read", n)
	}
	if v.err != nil {
		s += "  " + kit.ErrorLine(v.err)
	}
	return s
}

// Needs implements kit.Sized.
func (v *View) Needs() (width, lines int) { return v.model.Needs() + 2, v.model.Len() + 1 }

// Draw implements kit.View.
func (v *View) Draw(p kit.Painter, r kit.Rect) {
	v.table.Draw(p, r, v.cursor.Row)
	if r.H < 2 || v.model.Len() > 0 {
		return
	}
	switch {
	case v.err != nil:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Bad, kit.Fit(kit.ErrorLine(v.err), r.W-1))
	case v.model.Facts().Snap == nil:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, "looking for containers ...")
	case v.model.Services:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, kit.Fit("no process is in a service or slice of systemd's; "+
			v.sh.KeyFor("services")+" goes back to the containers", r.W-1))
	case v.model.Hidden() > 0 && v.model.Filter() == nil:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, kit.Fit(fmt.Sprintf("no container runs here; %s hidden: %s shows them",
			kit.Plural(v.model.Hidden(), "sandbox is", "sandboxes are"), v.sh.KeyFor("sandboxes")), r.W-1))
	case v.model.All() > 0:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Warn, "no container passes the filter")
	default:
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Dim, "no container runs here; `bones demo` starts one")
	}
}

// Back implements kit.View: it takes the filter away.
func (v *View) Back() bool {
	switch {
	case v.model.Filter() != nil:
		v.model.SetFilter(nil)
	case v.model.Services:
		v.toggleServices()
		return true
	case v.stopped:
		v.toggleStopped()
		return true
	default:
		return false
	}
	v.build()
	return true
}

// Mouse implements kit.View.
func (v *View) Mouse(action tview.MouseAction, x, y int) bool {
	return v.table.Mouse(action, x, y, v.sortByHead, v.moveTo, func() { v.Enter() })
}

// Describe implements kit.Describer.
func (v *View) Describe(bool) []rows.Section {
	c := v.row()
	if c == nil {
		return nil
	}
	var more *rows.ContainerMore
	if v.moreOf == c.Key {
		more = v.more
	}
	return rows.ContainerSections(&v.model, c, more)
}

// ReadDetails implements kit.Describer.
func (v *View) ReadDetails() {
	if c := v.selected(); c != nil && v.backend.More != nil {
		v.details.Load(c.Key)
	}
}

// readMore reads what is shown about one container only.
func (v *View) readMore(key string) kit.Read {
	row := v.model.Find(key)
	if row < 0 {
		return nil
	}
	c := *v.model.Row(row)
	return func(ctx context.Context) func() {
		more := v.backend.More(ctx, c)
		return func() {
			v.more, v.moreOf = &more, key
			v.sh.Changed(v, kit.Description)
		}
	}
}
