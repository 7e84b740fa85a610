package ui

import (
	"time"

	"bones/procwalk"
	"bones/ui/events"
	"bones/ui/kit"
	"bones/ui/toevent"
)

// makeEvents makes view 6, and who goes to events.
func (u *UI) makeEvents(b events.Backend) {
	u.guide = &toevent.Guide{Shell: shell{u}, Log: b.Log, Refresh: func() { u.col.refresh() },
		Subject: func() (*procwalk.Process, int) { return u.subject(), u.View().Number() },
		Jump: func(view int, to kit.Subject) {
			from := u.here()
			u.jumped = true
			shell{u}.Show(view, to)
			u.went(from)
		}}
	b.Go = u.guide.Go
	u.guide.Recording, u.guide.Recent = u.opt.past(), u.opt.Past == nil
	if u.opt.Past != nil {
		b.Shown = func() time.Time {
			if u.frame.HasTable() {
				return u.frame.Snap.Taken
			}
			return time.Time{}
		}
	}
	u.events = events.New(shell{u}, b)
	u.guide.List = u.events
}
