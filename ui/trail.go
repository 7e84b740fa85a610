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

// trail is the history of jumps between positions.
type trail struct {
	positions []position
	at        int
}

const trailMax = 100

// add remembers a jump; what was ahead is forgotten.
func (t *trail) add(from, to position) {
	if len(t.positions) == 0 || t.positions[t.at] != from {
		t.positions = append(t.positions[:min(t.at+1, len(t.positions))], from)
	} else {
		t.positions = t.positions[:t.at+1]
	}
	t.positions = append(t.positions, to)
	if n := len(t.positions) - trailMax; n > 0 {
		t.positions = append(t.positions[:0], t.positions[n:]...)
	}
	t.at = len(t.positions) - 1
}

func (t *trail) back() (position, bool) { return t.step(-1) }

func (t *trail) forward() (position, bool) { return t.step(1) }

func (t *trail) step(by int) (position, bool) {
	if at := t.at + by; at >= 0 && at < len(t.positions) {
		t.at = at
		return t.positions[at], true
	}
	return position{}, false
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
		u.trail.add(from, now)
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
