package fakehost

import (
	"time"

	"bones/cgroupview/inventory/events"
	"bones/procwalk/text"
)

// Events is a log of what happened before a time, one event a minute: a hostile name, a process that was killed for
// want of memory, and what happens all the time.
func Events(until time.Time) *events.Log {
	log := &events.Log{}
	at := func(minutes int) time.Time { return until.Add(-time.Duration(minutes) * time.Minute) }
	name, id := text.New("cache"), text.New("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
	log.Add(
		events.Event{Time: at(9), Kind: events.Container, PID: 970, Key: "a", Name: name, ID: id,
			What: text.New("container cache has begun, PID 970 backs it"), Evidence: text.New("comparing two moments")},
		events.Event{Time: at(8), Kind: events.Exec, PID: 3000, Command: text.New("ls \x1b[2J"),
			What: text.New("runs ls \x1b[2J"), Evidence: text.New("process events connector")},
		events.Event{Time: at(7), Kind: events.Exit, PID: 3000, Exit: &events.Ended{Told: true, Status: 2}, Gone: true,
			What: text.New("exit status 2: ls \x1b[2J"), Evidence: text.New("process events connector")},
		events.Event{Time: at(6), Kind: events.Container, PID: 1200, Name: text.New("\x1b[31mred\u202e"), Key: "h",
			What: text.New("container \x1b[31mred\u202e has begun"), Evidence: text.New("comparing two moments")},
		events.Event{Time: at(5), Kind: events.Limit, PID: 970, Key: "a", Name: name, ID: id,
			What:     text.New("limit on memory: 64M (memory.limit_in_bytes of /docker/0123), before it was none"),
			Evidence: text.New("comparing two moments")},
		events.Event{Time: at(4), Kind: events.OOM, PID: 3001, Key: "a", Name: name, ID: id, Gone: true,
			Command: text.New("hog"), Group: text.New("/docker/0123"),
			What: text.New("killed PID 3001 (hog, 60M) at the limit of 64M; PID 3001 (hog) asked for more; the limit is " +
				"that of /docker/0123"), Evidence: text.New("/dev/kmsg, line 12")},
	)
	return log
}
