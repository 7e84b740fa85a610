package ui

import (
	"fmt"
	"slices"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/procwalk"
	"bones/procwalk/text"
	view "bones/ui/events"
	"bones/ui/kit"
	"bones/ui/rows"
)

// atEvent is an event that the user went to.
type atEvent struct {
	events.Event
	frame   int  // of the recording that was shown for it
	awaited bool // who it happened to is to be selected as soon as the moment is read
}

// makeEvents makes view 6.
func (u *UI) makeEvents(sh shell, b view.Backend) *view.View {
	b.Go = u.goToEvent
	if u.opt.Past != nil {
		b.Shown = func() time.Time {
			if u.frame.HasTable() {
				return u.frame.Snap.Taken
			}
			return time.Time{}
		}
	}
	return view.New(sh, b)
}

// goToEvent shows who an event happened to, and in a recording the moment: the last one before of what was gone after
// it, else the first one after.
func (u *UI) goToEvent(e events.Event) {
	u.event = &atEvent{Event: e, awaited: true}
	if u.opt.Past == nil {
		u.arrive()
		return
	}
	u.seekEvent(&e)
}

func (u *UI) seekEvent(e *events.Event) {
	t := e.Time
	if e.Gone {
		t = t.Add(-1) // comparing two moments has noticed it in the one that was taken then
	}
	err := u.opt.past().Seek(t.Format(time.RFC3339Nano))
	if !e.Gone && err == nil {
		u.opt.past().Step(1)
	}
	u.event.frame, _, _, _, _ = u.opt.past().Place()
	u.col.refresh()
}

// arrive selects whom the event happened to that the user went to.
func (u *UI) arrive() {
	if u.event == nil || !u.event.awaited || !u.frame.HasTable() {
		return
	}
	if u.opt.Past != nil {
		if frame, _, _, _, _ := u.opt.Past.Place(); frame != u.event.frame {
			u.event.awaited = false // the user has gone on meanwhile
			return
		}
	}
	u.event.awaited = false
	e := &u.event.Event
	to := kit.Processes
	if e.Kind == events.Container || e.Kind == events.Limit || e.Kind == events.Freeze || e.Kind == events.Throttle {
		to = kit.Containers
	}
	p := u.whom(e)
	if p == nil && e.Key != "" && u.frame.Now.Inventory != nil {
		for _, c := range u.frame.Now.Inventory.List {
			if c.Key == e.Key {
				p, to = u.frame.Snap.Find(c.PID), kit.Containers
			}
		}
	}
	switch {
	case p != nil:
		u.jumped = true
		from := u.here()
		shell{u}.Show(to, kit.Subject{Process: p.ID()})
		u.went(from)
	case e.PID > 0:
		u.say(rows.Warn, fmt.Sprintf("PID %d is not there any more", e.PID))
	default:
		u.say(rows.Dim, "the event is about no process")
	}
}

// whom is the process of the table that an event happened to, or nil.
func (u *UI) whom(e *events.Event) *procwalk.Process {
	if e.Start != 0 {
		return u.frame.Snap.FindID(procwalk.ID{PID: e.PID, Start: e.Start})
	}
	return nil
}

// nextEvent goes to the next event of the subject, or the last one before: of the container in view 2, of the process
// and of what happened to its container as a whole elsewhere, and in view 6 to the next of its list.
func (u *UI) nextEvent(by int) {
	log := u.opt.Events.Log
	if log == nil || !u.frame.HasTable() {
		u.say(rows.Warn, "there are no events here")
		return
	}
	of, name := u.eventsOf()
	list, _, _, _ := log.All()
	if u.View() == u.events {
		list, of = u.events.Listed(), func(*events.Event) bool { return true }
		name = "the list"
	}
	e := u.findEvent(list, of, by)
	if e == nil {
		u.say(rows.Dim, map[int]string{1: "there is no later event of ", -1: "there is no earlier event of "}[by]+name)
		return
	}
	u.event = &atEvent{Event: *e}
	u.seekEvent(e)
	if u.View() == u.events {
		u.events.Select(e)
	}
	u.say(rows.Plain, fmt.Sprintf("%s %s: %s", e.Time.Local().Format(time.TimeOnly), e.Kind, e.What.String()))
}

// eventsOf tells which events are those of the subject, and what it is called.
func (u *UI) eventsOf() (of func(*events.Event) bool, name string) {
	p := u.subject()
	if p == nil {
		return func(e *events.Event) bool { return !e.Kind.Common() }, "the recording"
	}
	var key string
	name = fmt.Sprintf("PID %d", p.PID)
	if x := u.frame.Now.Inventory; x != nil {
		if c, ok := x.Of(p); ok {
			key = c.Key
			if u.View() == u.containers {
				name = "container " + text.Sanitise(c.Label().Raw())
			}
		}
	}
	if u.View() == u.containers && key != "" {
		return func(e *events.Event) bool { return e.Key == key && !e.Kind.Common() }, name
	}
	return func(e *events.Event) bool {
		return e.PID == p.PID && (e.Start == 0 || e.Start == p.StartTime) || key != "" && e.Key == key && !e.Kind.Common()
	}, name
}

// findEvent finds the next event from the one that the user went to last, if its moment is still shown, else from the
// moment that is.
func (u *UI) findEvent(list []events.Event, of func(*events.Event) bool, by int) *events.Event {
	from, at := u.frame.Snap.Taken, -1
	if frame, _, _, _, _ := u.opt.past().Place(); u.event != nil && u.event.frame == frame {
		from = u.event.Time
		at = slices.Index(list, u.event.Event)
	}
	for i := range list {
		k := i
		if by < 0 {
			k = len(list) - 1 - i
		}
		e := &list[k]
		beyond := (at < 0 || e.Time != from) && (e.Time.Compare(from) == by) ||
			at >= 0 && (k-at)*by > 0 && e.Time.Equal(from)
		if beyond && of(e) {
			return e
		}
	}
	return nil
}
