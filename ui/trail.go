package ui

import (
	"bones/procwalk"
	"bones/ui/rows"
)

// place is where the user was: a view, and the process that was its subject.
type place struct {
	view int
	id   procwalk.ID
}

// trail is the history of jumps between places.
type trail struct {
	places []place
	at     int
}

const trailMax = 100

// add remembers a jump; what was ahead is forgotten.
func (t *trail) add(from, to place) {
	if len(t.places) == 0 || t.places[t.at] != from {
		t.places = append(t.places[:min(t.at+1, len(t.places))], from)
	} else {
		t.places = t.places[:t.at+1]
	}
	t.places = append(t.places, to)
	if n := len(t.places) - trailMax; n > 0 {
		t.places = append(t.places[:0], t.places[n:]...)
	}
	t.at = len(t.places) - 1
}

func (t *trail) back() (place, bool) { return t.step(-1) }

func (t *trail) forward() (place, bool) { return t.step(1) }

func (t *trail) step(by int) (place, bool) {
	if at := t.at + by; at >= 0 && at < len(t.places) {
		t.at = at
		return t.places[at], true
	}
	return place{}, false
}

// here is the present place.
func (u *UI) here() place {
	id, _ := u.view().Subject()
	return place{u.current, id}
}

// went is called after whatever the user did: another view, or a jump to a process, is a step of the trail.
func (u *UI) went(from place) {
	now := u.here()
	if now != from && (now.view != from.view || u.jumped) && !u.retracing {
		u.trail.add(from, now)
	}
	u.jumped, u.retracing = false, false
}

// jump goes along the trail, past processes that have ended.
func (u *UI) jump(step func() (place, bool)) {
	u.retracing = true
	start := u.current
	for {
		p, ok := step()
		if !ok {
			u.show(start)
			u.say(rows.Dim, "no further")
			return
		}
		if u.frame == nil || u.frame.Snap == nil || u.frame.Snap.FindID(p.id) == nil {
			continue
		}
		u.show(p.view)
		if u.view().SetSubject(p.id) {
			return
		}
	}
}
