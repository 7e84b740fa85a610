// Package toevent takes the user of the UI to an event: to the process or container that it happened to, and in a
// recording also to that time.
package toevent

import (
	"fmt"
	"slices"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Recording is what is shown in place of the host as it is now, or the last minutes of that: see ui.Past.
type Recording interface {
	Step(frames int) bool
	Seek(at string) error
	Position() (frame, frames int, first, last time.Time, follows bool)
}

// List is the list of events that the user sees: view 6.
type List interface {
	Listed() []events.Event
	Select(*events.Event)
}

// Guide takes the user there. It is for the event loop.
type Guide struct {
	Shell     kit.Shell
	Recording Recording   // nil: the host is shown as it is now, and nothing else is kept
	Recent    bool        // Recording is of the last minutes: as long as it follows, the host is shown as it is now
	Log       *events.Log // nil: no events are known
	List      List
	Refresh   func()                                 // has the moment read that the recording is at
	Subject   func() (p *procwalk.Process, view int) // what is selected, nil: nothing; and the view shown
	Jump      func(view int, to kit.Subject)         // shows it, as a jump that one can go back from

	at      *events.Event // that the user went to last; nil: none
	frame   int           // of the recording that was shown for it
	awaited bool          // who it happened to is to be selected as soon as the moment is read
}

// Go shows the process or container that an event happened to. In a recording it goes to the first moment after the
// event or, if the process or container was gone by then, to the last moment before it.
func (g *Guide) Go(e events.Event) {
	g.at, g.awaited = &e, true
	if g.now() {
		g.frame = g.shown()
		g.Arrive()
		return
	}
	if err := g.seek(); err != nil {
		g.Shell.Notice(rows.Warn, kit.ErrorLine(err))
	}
}

// now reports whether the host is shown as it is now.
func (g *Guide) now() bool {
	if g.Recording == nil || !g.Recent {
		return g.Recording == nil
	}
	_, _, _, _, follows := g.Recording.Position()
	return follows
}

// shown is which frame is shown.
func (g *Guide) shown() (frame int) {
	if g.Recording != nil {
		frame, _, _, _, _ = g.Recording.Position()
	}
	return frame
}

// seek goes to the time of the event. The error says that the recording does not have it.
func (g *Guide) seek() error {
	t := g.at.Time
	if g.at.Gone {
		t = t.Add(-1) // comparing two moments has noticed it in the one that was taken then
	}
	err := g.Recording.Seek(t.Format(time.RFC3339Nano))
	if !g.at.Gone && err == nil {
		g.Recording.Step(1)
	}
	g.frame = g.shown()
	g.Refresh()
	return err
}

// here reports whether the moment is shown that the user went to.
func (g *Guide) here() bool {
	return g.at != nil && (g.now() || g.shown() == g.frame)
}

// Arrive selects the process or container of the event that the user went to, as soon as its moment has been read.
// The UI calls it with each moment.
func (g *Guide) Arrive() {
	f := g.Shell.Frame()
	if !g.awaited || !f.HasTable() {
		return
	}
	g.awaited = false
	if !g.here() {
		return // the user has gone on meanwhile
	}
	e, to := g.at, kit.Processes
	switch e.Kind {
	case events.Container, events.Limit, events.Freeze, events.Throttle:
		to = kit.Containers
	}
	var p *procwalk.Process
	if e.Start != 0 { // else the PID may be another's
		p = f.Snap.FindID(procwalk.ID{PID: e.PID, Start: e.Start})
	}
	if p == nil && e.Key != "" && f.Now.Inventory != nil {
		for _, c := range f.Now.Inventory.List {
			if c.Key == e.Key {
				p, to = f.Snap.Find(c.PID), kit.Containers
			}
		}
	}
	switch {
	case p != nil:
		g.Jump(to, kit.Subject{Process: p.ID()})
	case e.PID > 0:
		g.Shell.Notice(rows.Warn, fmt.Sprintf("PID %d is not there any more", e.PID))
	default:
		g.Shell.Notice(rows.Dim, "the event is about no process")
	}
}

// Next goes to the next event of the subject, or with -1 to the last one before: of the container in view 2, of the
// process and of what happened to its container as a whole elsewhere, and in view 6 to the next of its list.
func (g *Guide) Next(by int) {
	if g.Log == nil || g.Recording == nil || !g.Shell.Frame().HasTable() {
		g.Shell.Notice(rows.Warn, "there are no events here")
		return
	}
	p, view := g.Subject()
	of, name := g.eventsOf(p, view)
	list, _, _, _ := g.Log.All()
	if view == kit.Events {
		list, of, name = g.List.Listed(), func(*events.Event) bool { return true }, "the list"
	}
	e := g.find(list, of, by)
	if e == nil {
		g.Shell.Notice(rows.Dim, map[int]string{1: "there is no later event of ", -1: "there is no earlier event of "}[by]+
			name)
		return
	}
	to := *e
	g.at, g.awaited = &to, false
	style, note := rows.Plain, ""
	if err := g.seek(); err != nil {
		style, note = rows.Warn, "; "+kit.ErrorLine(err)
	}
	if view == kit.Events {
		g.List.Select(&to)
	}
	g.Shell.Notice(style, fmt.Sprintf("%s %s: %s%s", to.Time.Local().Format(time.TimeOnly),
		text.Sanitise(string(to.Kind)), to.What.String(), note))
}

// eventsOf tells which events are those of the subject, and what it is called.
func (g *Guide) eventsOf(p *procwalk.Process, view int) (of func(*events.Event) bool, name string) {
	if p == nil {
		return func(e *events.Event) bool { return !e.Kind.Common() }, "the host"
	}
	var key string
	name = fmt.Sprintf("PID %d", p.PID)
	if x := g.Shell.Frame().Now.Inventory; x != nil {
		if c, ok := x.Of(p); ok {
			key = c.Key
			if view == kit.Containers {
				name = "container " + c.Label().String()
			}
		}
	}
	return func(e *events.Event) bool {
		own := view != kit.Containers || key == ""
		return own && e.PID == p.PID && (e.Start == 0 || e.Start == p.StartTime) ||
			key != "" && e.Key == key && !e.Kind.Common()
	}, name
}

// find finds the next event from the one that the user went to last, if its moment is still shown, else from the
// moment that is.
func (g *Guide) find(list []events.Event, of func(*events.Event) bool, by int) *events.Event {
	from, at := g.Shell.Frame().Snap.Taken, -1
	if g.at != nil && g.here() {
		from, at = g.at.Time, slices.Index(list, *g.at)
	}
	for i := range list {
		k := i
		if by < 0 {
			k = len(list) - 1 - i
		}
		e := &list[k]
		beyond := e.Time.Compare(from) == by
		if at >= 0 && e.Time.Equal(from) {
			beyond = (k-at)*by > 0 // of one time, those that stand further on
		}
		if beyond && of(e) {
			return e
		}
	}
	return nil
}
