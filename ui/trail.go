package ui

import (
	"bones/procwalk"
	"bones/ui/rows"
)

// position is where the user was: a view, and the process that was its subject.
type position struct {
	view int
	id   procwalk.ID
}

// here is the present position.
func (u *UI) here() position {
	id, _ := u.View().Subject()
	return position{u.current, id}
}

// went is called after whatever the user did: another view, or a jump to a process, is a step of the trail.
func (u *UI) went(from position) {
	now := u.here()
	if now != from && (now.view != from.view || u.jumped) && !u.retracing {
		u.trail.Add(from, now)
	}
	u.jumped, u.retracing = false, false
}

// jump goes along the trail, past processes that have ended.
func (u *UI) jump(step func() (position, bool)) {
	u.retracing = true
	start := u.current
	for {
		p, ok := step()
		if !ok {
			u.show(start)
			u.say(rows.Dim, "no further")
			return
		}
		if !u.frame.HasTable() || u.frame.Snap.FindID(p.id) == nil {
			continue
		}
		u.show(p.view)
		if u.View().SetSubject(p.id) {
			return
		}
	}
}
