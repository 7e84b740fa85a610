package watch

import (
	"fmt"
	"slices"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/procwalk/text"
)

// brief is a container in which a program was run and that the moment before did not have: if the next one does not
// have it either, it began and ended in between, and nothing else tells of it.
type brief struct {
	process
	pid         int       // of it
	first, last time.Time // when, and when the last process of it ended that is known to have; zero: none is
	latest      time.Time // when a program was run in it last
}

// Bounds of what is looked at from one moment to the next: so many containers, and the groups of so many programs run,
// beyond those of which an event is kept.
const (
	maxBrief  = 64
	maxLooked = 2048
)

// looks reports whether the groups of a program that was run are to be read although its event is not kept.
func (w *Watcher) looks() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked++
	return w.looked <= maxLooked
}

// sayUnread adds what bones did not read of the programs that were run since the moment before. w.mu is held.
func (w *Watcher) sayUnread(until time.Time) {
	if w.unread > 0 {
		w.add(leftOut(until, w.unread, "command lines of programs, of which the names are told",
			fmt.Sprintf("bones waits %v for each", argsPatience)))
	}
	w.unread = 0
}

// ran notes that a program was run in a container of which only the path of its group is known. w.mu is held.
func (w *Watcher) ran(e *events.Event, p *process) {
	id := p.ID.Raw()
	if b := w.brief[id]; b != nil && p.Key == "" {
		b.latest = e.Time
		return
	}
	if p.Key != "" || id == "" {
		return
	}
	if len(w.brief) >= maxBrief {
		w.briefLeft++
		return
	}
	if w.brief == nil {
		w.brief = map[string]*brief{}
	}
	w.brief[id] = &brief{process: *p, pid: e.PID, first: e.Time, latest: e.Time}
}

// left notes that a process of such a container has ended. w.mu is held.
func (w *Watcher) left(e *events.Event, p *process) {
	if b := w.brief[p.ID.Raw()]; b != nil && p.Key == "" {
		b.last = e.Time
		return
	}
	for _, b := range w.brief { // of a process that began before the last moment no more than the PID is known
		if b.pid == e.PID && p.ID.Len() == 0 {
			b.last = e.Time
		}
	}
}

// tellBrief tells of the containers that neither the moment before nor this one has. Messages go on arriving after a
// moment was taken: a container in which a program was run since is judged by the next moment, as this one could not
// have it. w.mu is held.
func (w *Watcher) tellBrief(before, now *inventory.Moment) {
	if left := w.looked - maxLooked; left > 0 {
		w.add(leftOut(now.Snapshot.Taken, left, "programs of which nobody looked in which container they were run",
			fmt.Sprintf("bones looks at %d between two moments, and at each that is an event", maxLooked)))
	}
	if w.briefLeft > 0 {
		w.add(leftOut(now.Snapshot.Taken, w.briefLeft, "programs run in containers that may have begun and ended between "+
			"two moments", fmt.Sprintf("bones keeps %d such containers", maxBrief)))
	}
	w.looked, w.briefLeft = 0, 0
	if now.Inventory == nil {
		return // the next moment that has containers tells
	}
	list := w.brief
	w.brief = nil
	has := func(m *inventory.Moment, id text.Text) bool {
		return m != nil && m.Inventory != nil && slices.ContainsFunc(m.Inventory.List,
			func(c *inventory.Container) bool { return c.ID == id })
	}
	for id, b := range list {
		if !has(now, b.ID) && b.latest.After(now.Snapshot.Taken) {
			if w.brief == nil {
				w.brief = map[string]*brief{}
			}
			w.brief[id] = b
			continue
		}
		if has(before, b.ID) || has(now, b.ID) {
			continue
		}
		e := events.Event{Time: b.first, Kind: events.Container, PID: b.pid, Start: b.start, Command: b.command,
			Name: b.Name, ID: b.ID, Evidence: text.New("process events connector, and the path of its group"),
			What: text.New(fmt.Sprintf("container %s has begun, PID %d ran the first program in it", b.Name.Raw(), b.pid))}
		w.add(e)
		if e.Time = b.last; e.Time.IsZero() {
			e.Time = now.Snapshot.Taken
		}
		e.Gone = true
		e.What = text.New(fmt.Sprintf("container %s has ended, before the next moment was taken", b.Name.Raw()))
		w.add(e)
	}
}
