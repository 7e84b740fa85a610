package object

import (
	"time"

	"bones/cgroupview/inventory/events"
	"bones/procwalk/text"
)

// Event is an event in JSON. What is not known is null.
type Event struct {
	Time       time.Time       `json:"time"`
	Kind       string          `json:"kind"`
	PID        *int            `json:"pid"`
	StartTicks *uint64         `json:"start_ticks"` // when the process started, since boot
	Command    *text.Text      `json:"command"`
	Container  *EventContainer `json:"container"`
	Cgroup     *text.Text      `json:"cgroup"` // path of the group that it is about
	What       text.Text       `json:"what"`
	Evidence   text.Text       `json:"evidence"`
	Exit       *EventExit      `json:"exit"`
}

// EventContainer is the container that an event happened to.
type EventContainer struct {
	Name text.Text  `json:"name"`
	ID   *text.Text `json:"id"`
}

// EventExit is how a process ended: one of status and signal, both null where that was not seen.
type EventExit struct {
	Status     *int     `json:"status"`
	Signal     *int     `json:"signal"`
	CoreDump   bool     `json:"core_dump"`
	CPUSeconds *float64 `json:"cpu_seconds"`
}

// NewEvent makes the object of an event.
func NewEvent(e *events.Event) *Event {
	o := &Event{Time: e.Time, Kind: string(e.Kind), PID: orNull(e.PID), StartTicks: orNull(e.Start),
		Command: OrNull(e.Command), Cgroup: OrNull(e.Group), What: e.What, Evidence: e.Evidence}
	if e.Name.Len() > 0 {
		o.Container = &EventContainer{e.Name, OrNull(e.ID)}
	}
	if x := e.Exit; x != nil {
		o.Exit = &EventExit{Signal: orNull(x.Signal), CoreDump: x.Core}
		if x.Told && x.Signal == 0 {
			o.Exit.Status = &x.Status
		}
		if x.Counted {
			seconds := x.CPU.Seconds()
			o.Exit.CPUSeconds = &seconds
		}
	}
	return o
}

// orNull is nil for a number that is zero where it is not known.
func orNull[T comparable](n T) *T {
	if n == *new(T) {
		return nil
	}
	return &n
}
