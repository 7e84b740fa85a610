package ui

import (
	"fmt"
	"strconv"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// processes is view 1: the process table as forest or list.
type processes struct {
	ui      *UI
	model   *rows.Model
	table   table
	find    *rows.Filter
	follow  bool
	reading bool // threads are being read
}

func newProcesses(u *UI, o *Options) *processes {
	v := &processes{ui: u, model: rows.NewModel(o.Names)}
	if len(o.Columns) > 0 {
		v.model.SetColumns(o.Columns)
	}
	if c := rows.ColumnNamed(o.Sort); c != nil {
		v.model.SortBy(c)
	}
	v.model.Reverse = o.Reverse
	v.table.grid = &procGrid{model: v.model, glyphs: &u.theme.glyphs}
	return v
}

func (v *processes) Number() int { return 1 }

func (v *processes) Name() string { return "Processes" }

func (v *processes) Want() procwalk.Want { return v.model.Wants() }

func (v *processes) Update(f *Frame) {
	pos, _, had := v.model.Selected()
	first := v.model.Facts().Snap == nil
	v.model.SetFacts(f.Facts)
	v.build()
	if first && !had {
		v.start(f)
	}
	if now, _, ok := v.model.Selected(); ok && v.follow {
		v.table.scroll(now - pos) // the selected process keeps its line on the screen
		v.table.show(now)
	}
	v.refreshThreads()
}

// start folds the kernel's own threads away, of which there are hundreds, and begins at init.
func (v *processes) start(f *Frame) {
	if k := f.Snap.Find(2); k != nil && k.KernelThread() {
		v.model.Fold(k.ID(), true)
		v.build()
	}
	if p := f.Snap.Find(1); p != nil {
		v.model.SelectID(p.ID())
	}
}

// build makes the rows anew after a change of the arrangement, or of the facts.
func (v *processes) build() {
	v.model.Build()
	if e := v.model.TakeEnded(); e != nil {
		v.ui.say(rows.Warn, fmt.Sprintf("PID %d (%s) has ended", e.ID.PID, e.Comm))
	}
}

// rebuild does so on behalf of a key, and keeps the selection in view.
func (v *processes) rebuild() {
	v.build()
	v.reveal()
}

func (v *processes) reveal() {
	if pos, _, ok := v.model.Selected(); ok {
		v.table.show(pos)
	}
}

func (v *processes) Subject() (procwalk.ID, bool) {
	_, k, ok := v.model.Selected()
	return k.ID, ok
}

func (v *processes) SetSubject(id procwalk.ID) bool {
	ok := v.model.SelectID(id)
	v.reveal()
	return ok
}

func (v *processes) ByHand() string {
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

func (v *processes) Status() string {
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

func (v *processes) Draw(p painter, r rect) {
	before := v.table.page
	v.table.page = max(r.h-1, 0)
	if before != v.table.page {
		v.reveal() // after a change of size
	}
	v.table.draw(p, r)
	if len(v.model.Rows()) == 0 && r.h > 1 && v.model.Facts().Snap != nil {
		p.text(r.x+1, r.y+1, r.w-1, p.theme.warn, "no process passes the filter")
	}
}

// Back takes the filter away.
func (v *processes) Back() bool {
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

func (v *processes) Mouse(action tview.MouseAction, x, y int) bool {
	return v.table.mouse(action, x, y, func(c int) { v.sortBy(v.table.grid.(*procGrid).columns[c]) }, v.model.Select, v.toggle)
}
