package watch

import (
	"fmt"
	"sync"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/host"
	"bones/procwalk/crash"
	"bones/procwalk/text"
)

// JournalEvents returns what tells the changes that bones made on this host after a time. A journal that cannot be
// read is said once, as an event.
func JournalEvents(j *host.Journal) func(since time.Time) []events.Event {
	return journalEvents(j, j.History, host.Version{})
}

// JournalEventsFromNow is JournalEvents of what is changed from now on: what stands in the journal before that is not
// read.
func JournalEventsFromNow(j *host.Journal) func(since time.Time) []events.Event {
	read := j.Version()
	if j.SkipToEnd() != nil {
		read = host.Version{} // the first look says why
	}
	return journalEvents(j, j.Recent, read)
}

// journalEvents reads changes when the journal was written to; read is its version up to which it was told.
func journalEvents(j *host.Journal, changes func() (*host.History, error),
	read host.Version) func(since time.Time) []events.Event {
	var said sync.Once
	return func(since time.Time) (list []events.Event) {
		now := j.Version()
		if now.Same(read) {
			return nil
		}
		h, err := changes()
		if err != nil {
			said.Do(func() {
				list = append(list, events.Event{Time: time.Now(), Kind: events.Watch,
					What: text.New("bones cannot read what it changed: " + err.Error()), Evidence: text.New("bones' journal")})
			})
			return list
		}
		defer h.Close()
		read = now
		// The newest come last, and nobody asks for more than a few: reading goes back from there.
		for i := len(h.Changes) - 1; i >= 0; i-- {
			c, err := h.Entry(h.Changes[i])
			if err != nil || !c.Time.After(since) {
				break
			}
			if len(list) == maxChanges {
				list = append(list, leftOut(list[len(list)-1].Time, i+1, "earlier changes at most",
					"bones history lists them"))
				break
			}
			list = append(list, ofChange(&c))
		}
		events.Sort(list)
		return list
	}
}

// maxChanges is how many changes are told at once; that there are more is an event of its own.
const maxChanges = 1000

func ofChange(c *host.Entry) events.Event {
	what := c.What.Raw()
	switch {
	case c.Error.Len() > 0:
		what += ": " + c.Error.Raw()
	case c.Result != "done":
		what += " (" + c.Result + ")"
	}
	return events.Event{Time: c.Time, Kind: events.Journal, PID: c.PID(), Start: c.Start(), What: text.New(what),
		Evidence: text.New(fmt.Sprintf("bones' journal, change %d, by user %d", c.N, c.UID))}
}

// InBackground has tell work beside the others: each call returns what was found since the call before, and the first
// one, which what is shown first waits for, has nothing looked for yet. A journal may be long, and is read whole.
func InBackground(tell func(since time.Time) []events.Event) func(since time.Time) []events.Event {
	var under chan []events.Event // what is under way brings it here; nil: nothing is
	first := true
	return func(since time.Time) (list []events.Event) {
		if first {
			first = false
			return nil
		}
		if under != nil {
			select {
			case list = <-under:
			default:
				return nil
			}
		}
		if len(list) > 0 {
			since = list[len(list)-1].Time
		}
		found := make(chan []events.Event, 1)
		under = found
		crash.Go(func() { found <- tell(since) })
		return list
	}
}
