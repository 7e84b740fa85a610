// Package events is view 6 of the UI: what happened, the oldest first.
package events

import (
	"fmt"
	"strconv"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
	"bones/ui/rows/eventrow"

	"github.com/rivo/tview"
)

// Backend is what the view needs of the system.
type Backend struct {
	// Log is what is known of this host, or of the recording. nil: nothing is.
	Log *events.Log
	// Shown is when the moment was taken that a recording shows; nil: this host as it is now.
	Shown func() time.Time
	// Go goes to where the event happened: in a recording also to when.
	Go func(events.Event)
}

// View implements kit.View. Its subject is the process that it was given, or that of the selected event if it is
// there.
type View struct {
	sh      kit.Shell
	backend Backend
	model   eventrow.Table
	version int // of the log that is shown
	dropped int
	notes   []string
	table   kit.Table
	find    kit.Finder
	row     int       // the selected one
	chosen  bool      // the user has selected it; else it is the last, or the last before the moment that is shown
	shown   time.Time // the moment of the recording that was shown last
	subject procwalk.ID
	has     bool
}

// New makes the view.
func New(sh kit.Shell, b Backend) *View {
	v := &View{sh: sh, backend: b, version: -1}
	v.table.Grid = &grid{v: v}
	v.find = v.finder()
	return v
}

// Number implements kit.View.
func (v *View) Number() int { return kit.Events }

// Name implements kit.View.
func (v *View) Name() string { return "Events" }

// Want implements kit.View: comparing moments tells of containers.
func (v *View) Want() procwalk.Want { return rows.ContainerWant | procwalk.WantCmdline }

// ReadsUsage implements kit.UsageReader: limits and freezes are told by comparing.
func (v *View) ReadsUsage() bool { return true }

// Update implements kit.View.
func (v *View) Update(f *kit.Frame) {
	if !v.has && len(f.Snap.Processes) > 0 {
		v.subject, v.has = f.Snap.Processes[0].ID(), true
	}
	v.refresh()
}

// refresh shows what the log has now.
func (v *View) refresh() {
	moved := false
	if v.backend.Shown != nil {
		if at := v.backend.Shown(); !at.Equal(v.shown) {
			v.shown, moved = at, true
		}
	}
	if v.backend.Log == nil {
		return
	}
	list, version, dropped, notes := v.backend.Log.All()
	if version == v.version && !moved {
		return
	}
	before := v.selected()
	v.version, v.dropped, v.notes = version, dropped, notes
	v.model.Set(list)
	switch {
	case moved && (before == nil || !v.chosen || !v.nearShown(before)):
		v.chosen = false
		v.followTime()
	case v.chosen && before != nil:
		v.follow(before)
	default:
		v.followTime()
	}
	v.sh.Changed(v, kit.Content)
}

// nearShown reports whether an event belongs to the moment that is shown: whoever goes to an event keeps it selected.
func (v *View) nearShown(e *events.Event) bool { return e.Time.Sub(v.shown).Abs() < time.Minute }

// follow finds an event again after the rows were made anew.
func (v *View) follow(e *events.Event) {
	for i := v.model.At(e.Time); i >= 0 && v.model.Row(i).Time.Equal(e.Time); i-- {
		if *v.model.Row(i) == *e {
			v.row = i
			v.table.Show(i)
			return
		}
	}
	v.row = max(min(v.row, v.model.Len()-1), 0)
}

// followTime selects the last event, in a recording the last one up to the moment that is shown.
func (v *View) followTime() {
	v.row = v.model.Len() - 1
	if v.backend.Shown != nil {
		v.row = v.model.At(v.shown)
	}
	v.row = max(v.row, 0)
	v.table.Show(v.row)
}

// build makes the rows anew after a change of the arrangement.
func (v *View) build() {
	before := v.selected()
	v.model.Build()
	if v.chosen && before != nil {
		v.follow(before)
	} else {
		v.followTime()
	}
	v.sh.Changed(v, kit.Selection)
}

// selected is the selected event, or nil.
func (v *View) selected() *events.Event {
	if v.row >= 0 && v.row < v.model.Len() {
		e := *v.model.Row(v.row)
		return &e
	}
	return nil
}

// Selected is the event that is selected, or nil.
func (v *View) Selected() *events.Event { return v.selected() }

// Listed are the events that are shown.
func (v *View) Listed() []events.Event {
	list := make([]events.Event, v.model.Len())
	for i := range list {
		list[i] = *v.model.Row(i)
	}
	return list
}

func (v *View) move(by int) { v.moveTo(v.row + by) }

func (v *View) moveTo(row int) {
	if v.model.Len() == 0 {
		return
	}
	v.row = max(0, min(row, v.model.Len()-1))
	// Whoever stands on the last one sees those that come.
	v.chosen = v.row < v.model.Len()-1 || v.backend.Shown != nil
	v.table.Show(v.row)
	if e := v.selected(); e.PID > 0 {
		id := procwalk.ID{PID: e.PID, Start: e.Start}
		if f := v.sh.Frame(); f.HasTable() && f.Snap.FindID(id) != nil {
			v.subject, v.has = id, true
		}
	}
	v.sh.Changed(v, kit.Selection)
}

// Select selects an event, if it is shown.
func (v *View) Select(e *events.Event) {
	v.refresh()
	for i := v.model.At(e.Time); i >= 0 && v.model.Row(i).Time.Equal(e.Time); i-- {
		if *v.model.Row(i) == *e {
			v.moveTo(i)
			return
		}
	}
}

// Subject implements kit.View.
func (v *View) Subject() (procwalk.ID, bool) { return v.subject, v.has }

// SetSubject implements kit.View: the events stay those of all processes.
func (v *View) SetSubject(id procwalk.ID) bool {
	if !v.sh.Frame().MayHave(id) {
		return false
	}
	v.subject, v.has = id, true
	return true
}

// Enter implements kit.Enterer: it goes to the process or container, in a recording also to the time.
func (v *View) Enter() bool {
	if e := v.selected(); e != nil && v.backend.Go != nil {
		v.chosen = true
		v.backend.Go(*e)
	}
	return true
}

// ByHand implements kit.View.
func (v *View) ByHand() string {
	if e := v.selected(); e != nil {
		return eventrow.ByHand(e)
	}
	return ""
}

// Copied implements kit.Copier: the PID, or the id of the container.
func (v *View) Copied() string {
	e := v.selected()
	switch {
	case e == nil:
		return ""
	case e.PID > 0:
		return strconv.Itoa(e.PID)
	case e.ID.Len() > 0:
		return effect.Command(e.ID.Raw())
	}
	return ""
}

// Status implements kit.View.
func (v *View) Status() string {
	s := kit.Plural(v.model.Len(), "event", "events")
	if n := v.model.Hidden(); n > 0 {
		s += fmt.Sprintf("  %d common ones hidden (%s)", n, v.sh.KeyFor("all"))
	}
	if f := v.model.Filter(); f != nil {
		s += fmt.Sprintf("  filter %q", f.Text)
	}
	if v.dropped > 0 {
		s += fmt.Sprintf("  %d old ones dropped", v.dropped)
	}
	for _, n := range v.notes {
		s += "  " + text.Line(n)
	}
	return s
}

// Draw implements kit.View.
func (v *View) Draw(p kit.Painter, r kit.Rect) {
	v.table.Draw(p, r, v.row)
	if r.H < 2 || v.model.Len() > 0 {
		return
	}
	say, style := "nothing has happened since bones began to watch", p.Theme.Dim
	switch {
	case v.backend.Log == nil:
		say = "events are not watched here"
	case v.model.Known() > 0 && v.model.Filter() != nil:
		say, style = "no event passes the filter", p.Theme.Warn
	case v.model.Known() > 0:
		say = fmt.Sprintf("only processes were made and ended: %s shows them", v.sh.KeyFor("all"))
	case v.backend.Shown != nil:
		say = "the recording holds no events, or bones is still reading them"
	}
	p.Text(r.X+1, r.Y+1, r.W-1, style, kit.Fit(say, r.W-1))
}

// Back implements kit.View: it takes the filter away.
func (v *View) Back() bool {
	if v.model.Filter() == nil {
		return false
	}
	v.model.SetFilter(nil)
	v.build()
	return true
}

// Mouse implements kit.View.
func (v *View) Mouse(action tview.MouseAction, x, y int) bool {
	return v.table.Mouse(action, x, y, nil, v.moveTo, func() { v.Enter() })
}

// Describe implements kit.Describer.
func (v *View) Describe(bool) []rows.Section {
	if e := v.selected(); e != nil {
		return v.model.Sections(e)
	}
	return nil
}

// ReadDetails implements kit.Describer: there is no more than the event says.
func (v *View) ReadDetails() {}
