// Package processes is view 1 of the UI: the process table as forest or list.
package processes

import (
	"context"
	"fmt"
	"strconv"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// Backend is what the view needs of the system. Each function may be nil: what needs it is greyed then.
type Backend struct {
	// Threads lists the threads of a process, in a goroutine.
	Threads func(context.Context, procwalk.ID) ([]rows.Thread, error)
	// Signals are the signals that can be sent, and Signal makes the effect of sending one.
	Signals []kit.SignalChoice
	Signal  func(*procwalk.Snapshot, *procwalk.Process, int) (effect.Effect, error)
}

// Arrangement is how the table is arranged at first.
type Arrangement struct {
	Columns []string // names of the columns; none: the default ones
	Sort    string   // the column that the table is sorted by; none: the order of the tree
	Reverse bool     // the other way round
}

// View implements kit.View.
type View struct {
	sh      kit.Shell
	backend Backend
	names   rows.Names
	model   *rows.Model
	table   kit.Table
	find    *rows.Filter // what was searched for last
	follow  bool         // the selected process keeps its line on the screen

	threads   *kit.Loader[struct{}]
	unfolding []procwalk.ID // the processes whose threads the user wants to see and that are not read yet
}

// New makes the view.
func New(sh kit.Shell, names rows.Names, b Backend, a Arrangement) *View {
	v := &View{sh: sh, backend: b, names: names, model: rows.NewModel(names)}
	v.threads = kit.NewLoader(sh, v.readThreads)
	if len(a.Columns) > 0 {
		v.model.SetColumns(a.Columns)
	}
	if c := rows.ColumnNamed(a.Sort); c != nil {
		v.model.SortBy(c)
	}
	v.model.Reverse = a.Reverse
	v.table.Grid = &tableGrid{model: v.model, table: &v.table, glyphs: &sh.Theme().Glyphs}
	return v
}

// Number implements kit.View.
func (v *View) Number() int { return kit.Processes }

// Name implements kit.View.
func (v *View) Name() string { return "Processes" }

// Want implements kit.View.
func (v *View) Want() procwalk.Want { return v.model.Wants() }

// Model is the arrangement of the table, with the tags, which other views show as well.
func (v *View) Model() *rows.Model { return v.model }

// Fresh implements kit.Fresher: the rows in view, and of all rows what the filter looks at.
func (v *View) Fresh() rows.Fresh {
	f := rows.Fresh{All: v.model.ChosenBy()}
	all := v.model.Rows()
	for first, end := v.table.InView(); first < min(end, len(all)); first++ {
		f.PIDs = append(f.PIDs, v.model.Process(all[first]).PID)
	}
	return f
}

// Listed are the processes that are tagged, or if none is, all that pass the filter.
func (v *View) Listed() []procwalk.ID {
	var list []procwalk.ID
	for _, p := range v.model.Tags() {
		list = append(list, p.ID())
	}
	if len(list) > 0 {
		return list
	}
	return v.model.PassingIDs()
}

// Update implements kit.View.
func (v *View) Update(f *kit.Frame) {
	pos, _, had := v.model.Selected()
	first := v.model.Facts().Snap == nil
	v.model.SetFacts(f.Facts)
	v.build()
	if first && !had {
		v.start(f)
	}
	if now, _, ok := v.model.Selected(); ok && v.follow {
		v.table.Scroll(now - pos) // the selected process keeps its line on the screen
		v.table.Show(now)
	}
	v.refreshThreads()
}

// start folds the kernel's own threads away, of which there are hundreds, and begins at init.
func (v *View) start(f *kit.Frame) {
	if k := f.Snap.Find(2); k != nil && k.KernelThread() {
		v.model.Fold(k.ID(), true)
		v.build()
	}
	if p := f.Snap.Find(1); p != nil {
		v.model.SelectID(p.ID())
	}
}

// build makes the rows anew after a change of the arrangement, or of the facts.
func (v *View) build() {
	v.model.Build()
	if e := v.model.TakeEnded(); e != nil {
		v.sh.Notice(rows.Dim, fmt.Sprintf("PID %d (%s) has ended", e.ID.PID, e.Comm))
	}
}

// rebuild does so on behalf of a key, and keeps the selection in view.
func (v *View) rebuild() {
	v.build()
	v.reveal()
}

func (v *View) reveal() {
	if pos, _, ok := v.model.Selected(); ok {
		v.table.Show(pos)
	}
}

// Subject implements kit.View.
func (v *View) Subject() (procwalk.ID, bool) {
	_, k, ok := v.model.Selected()
	return k.ID, ok
}

// SetSubject implements kit.View.
func (v *View) SetSubject(id procwalk.ID) bool {
	ok := v.model.SelectID(id)
	v.reveal()
	return ok
}

// Reveal implements kit.Revealer: what is asked for is shown whatever was filtered before.
func (v *View) Reveal(s kit.Subject) {
	if s.Group != "" {
		v.showGroupOf(s)
		return
	}
	if !v.SetSubject(s.Process) {
		v.model.SetFilter(nil)
		v.build()
		v.SetSubject(s.Process)
	}
}

// showGroupOf filters for the processes of a control group.
func (v *View) showGroupOf(s kit.Subject) {
	f, err := rows.ParseFilter("cgroup:" + s.Group)
	if err != nil {
		v.sh.Notice(rows.Bad, kit.ErrorLine(err))
		return
	}
	v.model.SetFilter(f)
	v.rebuild()
	v.model.SelectMatch()
	v.model.SelectID(s.Process)
	v.reveal()
}

// ByHand implements kit.View.
func (v *View) ByHand() string {
	p := v.model.SelectedProcess()
	if p == nil {
		return ""
	}
	pid := strconv.Itoa(p.PID)
	_, k, _ := v.model.Selected()
	if k.TID != 0 {
		return effect.Command("cat", "/proc/"+pid+"/task/"+strconv.Itoa(k.TID)+"/status")
	}
	return effect.Command("ps", "-o", "ppid,pid,pgid,sid,tty,stat,user,time,pcpu,rss,args", "-p", pid) + "; " +
		effect.Command("cat", "/proc/"+pid+"/status")
}

// Status implements kit.View.
func (v *View) Status() string {
	s := "tree"
	if v.model.Flat {
		s = "list"
	}
	if c := v.model.Sort(); c != nil {
		s += " by " + c.Title
	}
	if v.model.Reverse {
		s += " reversed"
	}
	if f := v.model.Filter(); f != nil {
		s += fmt.Sprintf("  filter %q: %d", f.Text, v.model.Passing())
	}
	if v.model.Contained {
		s += "  in containers"
	}
	if !v.model.ShowKernel {
		s += "  no kernel threads"
	}
	if n := len(v.model.Tags()); n > 0 {
		s += fmt.Sprintf("  %d tagged", n)
	}
	if v.follow {
		s += "  follow"
	}
	return s
}

// Needs implements kit.Sized.
func (v *View) Needs() (width, lines int) { return v.model.Needs() + 2, len(v.model.Rows()) + 1 }

// Draw implements kit.View.
func (v *View) Draw(p kit.Painter, r kit.Rect) {
	keep := -1
	if pos, _, ok := v.model.Selected(); ok {
		keep = pos
	}
	v.table.Draw(p, r, keep)
	if len(v.model.Rows()) == 0 && r.H > 1 && v.model.Facts().Snap != nil {
		p.Text(r.X+1, r.Y+1, r.W-1, p.Theme.Warn, "no process passes the filter")
	}
}

// Back implements kit.View: it takes the filter away.
func (v *View) Back() bool {
	switch {
	case v.model.Filter() != nil:
		v.model.SetFilter(nil)
	case v.model.Contained:
		v.model.Contained = false
	default:
		return false
	}
	v.rebuild()
	return true
}

// Copied implements kit.Copier: the PID, or that of the thread.
func (v *View) Copied() string {
	_, k, ok := v.model.Selected()
	switch {
	case !ok:
		return ""
	case k.TID != 0:
		return strconv.Itoa(k.TID)
	}
	return strconv.Itoa(k.ID.PID)
}

// Mouse implements kit.View.
func (v *View) Mouse(action tview.MouseAction, x, y int) bool {
	return v.table.Mouse(action, x, y, v.sortByHead, v.model.Select, v.toggle)
}

// sortByHead sorts by the column whose head was clicked.
func (v *View) sortByHead(column int) { v.sortBy(v.table.Grid.(*tableGrid).columns[column]) }
