package ui

import (
	"bones/procwalk"
	"bones/ui/rows"
)

// trail is the history of jumps between processes.
type trail struct {
	ids []procwalk.ID
	at  int
}

const trailMax = 100

// add remembers a jump; what was ahead is forgotten.
func (t *trail) add(from, to procwalk.ID) {
	if len(t.ids) == 0 || t.ids[t.at] != from {
		t.ids = append(t.ids[:min(t.at+1, len(t.ids))], from)
	} else {
		t.ids = t.ids[:t.at+1]
	}
	t.ids = append(t.ids, to)
	if n := len(t.ids) - trailMax; n > 0 {
		t.ids = append(t.ids[:0], t.ids[n:]...)
	}
	t.at = len(t.ids) - 1
}

func (t *trail) back() (procwalk.ID, bool) { return t.step(-1) }

func (t *trail) forward() (procwalk.ID, bool) { return t.step(1) }

func (t *trail) step(by int) (procwalk.ID, bool) {
	if at := t.at + by; at >= 0 && at < len(t.ids) {
		t.at = at
		return t.ids[at], true
	}
	return procwalk.ID{}, false
}

// jump goes along the trail, past processes that have ended.
func (u *UI) jump(step func() (procwalk.ID, bool)) {
	for {
		id, ok := step()
		if !ok {
			u.say(rows.Dim, "no further")
			return
		}
		if u.view().SetSubject(id) {
			return
		}
	}
}
