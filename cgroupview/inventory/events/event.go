// Package events says what an event is: something that happened on a host at one time, as the kernel told of it, or as
// comparing two moments shows it.
package events

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bones/procwalk/text"
)

// EventKind is what an event is about.
type EventKind string

// The kinds, in the order in which they are listed.
const (
	OOM       EventKind = "oom"       // a process was killed because memory ran out
	Container EventKind = "container" // a container began, ended, or has another main process
	Limit     EventKind = "limit"     // another limit binds than before
	Throttle  EventKind = "throttle"  // a quota has begun to keep processes from running
	Freeze    EventKind = "freeze"    // the processes of a container were frozen, or thawed
	Journal   EventKind = "journal"   // bones itself changed something
	Watch     EventKind = "watch"     // events began to be watched
	Exec      EventKind = "exec"      // a process runs another program
	Fork      EventKind = "fork"      // a process was made
	Exit      EventKind = "exit"      // a process has ended
	Missed    EventKind = "missed"    // how many events are not told
)

// kinds are all of them, with what a shell shows beside them.
var kinds = []struct {
	kind EventKind
	does string
}{
	{OOM, "killed because memory ran out"}, {Container, "began, ended, another main process"},
	{Limit, "another limit binds"}, {Throttle, "a quota keeps processes from running"}, {Freeze, "frozen or thawed"},
	{Journal, "what bones changed"}, {Watch, "since when events are watched"},
	{Exec, "runs another program"}, {Fork, "was made"}, {Exit, "has ended"},
	{Missed, "how many are left out or were lost"},
}

// Kinds are all kinds there are.
func Kinds() []EventKind {
	list := make([]EventKind, len(kinds))
	for i, k := range kinds {
		list[i] = k.kind
	}
	return list
}

// Does says in a few words what events of a kind tell.
func (k EventKind) Does() string {
	for _, x := range kinds {
		if x.kind == k {
			return x.does
		}
	}
	return ""
}

// Common reports whether events of the kind happen all the time on a host where all is well.
func (k EventKind) Common() bool { return k == Exec || k == Fork || k == Exit || k == Missed }

// Event is one thing that happened. It is written into recordings: its fields keep their names and meaning. What is
// not known is zero.
type Event struct {
	Time  time.Time
	Kind  EventKind
	PID   int
	Start uint64 // when the process started, in ticks since boot
	// Command is the command line of the process, or its name.
	Command text.Text
	// Key, Name and ID are Container.Key, Label and ID of the container that it happened to.
	Key      string
	Name, ID text.Text
	Group    text.Text // path of the control group that it is about
	What     text.Text // in words
	Evidence text.Text // how it is known
	Gone     bool      // who it happened to is not there any more after it
	Exit     *Ended    // of an Exit
	// Limit is the control group at whose limit a process was killed for want of memory, Asker who had asked for more:
	// "PID 12 (java)". Empty: the machine's memory ran out, or it is not known.
	Limit, Asker text.Text
}

// Ended is how a process ended.
type Ended struct {
	// Told: the kernel has told how; else the process was there in one moment and not in the next.
	Told   bool
	Status int  // 0 to 255, if no signal ended it
	Signal int  // that ended it; 0: none
	Core   bool // it left a core dump
	// CPU is the processor time that it used, if Counted: the kernel tells that only as long as nobody has waited for the
	// process.
	CPU     time.Duration
	Counted bool
}

// Serious reports whether the event is one that somebody who looks for a fault must not miss.
func (e *Event) Serious() bool { return e.Kind == OOM }

// About reports whether the event happened to a process, or to a container, told by its key or by its id.
func (e *Event) About(pid int, start uint64, key string, id text.Text) bool {
	if key != "" && e.Key == key || id.Len() > 0 && e.ID == id {
		return true
	}
	return pid > 0 && e.PID == pid && (start == 0 || e.Start == 0 || e.Start == start)
}

// Same reports whether two events tell of the same thing: they may come from two sources.
func (e *Event) Same(other *Event) bool {
	apart := e.Time.Sub(other.Time).Abs()
	return e.Kind == other.Kind && e.PID == other.PID && apart < 2*time.Second &&
		(e.PID != 0 || e.What == other.What) && (e.Kind == OOM || e.What == other.What)
}

// Batch are the events from one moment to the next. It is written into recordings.
type Batch struct {
	Since, Until time.Time
	Events       []Event // by time
	// LeftOut is how many events of a kind there were beyond those that are kept.
	LeftOut map[EventKind]int
	// Lost is how often the kernel had no room for what happened: how much that was, it does not tell.
	Lost int
}

// Empty reports whether it tells nothing.
func (b *Batch) Empty() bool { return len(b.Events) == 0 && len(b.LeftOut) == 0 && b.Lost == 0 }

// What a Batch keeps of each kind. A storm of thousands of processes a second fills neither memory nor disk.
const (
	maxCommon = 128
	maxOther  = 256
)

// Full reports whether a batch has as many events of a kind as it keeps.
func (b *Batch) Full(k EventKind, have int) bool {
	if k.Common() {
		return have >= maxCommon
	}
	return have >= maxOther
}

// All returns its events in the order of time, and with them events of the kind Missed, which say how many it left
// out and whether some were lost.
func (b *Batch) All() []Event {
	list := slices.Clone(b.Events)
	var more []string
	for _, k := range Kinds() {
		if n := b.LeftOut[k]; n > 0 {
			more = append(more, fmt.Sprintf("%d of %s", n, k))
		}
	}
	if len(more) > 0 {
		list = append(list, Event{Time: b.Until, Kind: Missed, What: text.New("left out: " + strings.Join(more, ", ")),
			Evidence: text.New("bones keeps at most so many of a kind from one moment to the next")})
	}
	if b.Lost > 0 {
		list = append(list, Event{Time: b.Until, Kind: Missed,
			What:     text.New("some were lost: more happened than the kernel had room for"),
			Evidence: text.New("ENOBUFS of the process events connector, or EPIPE of /dev/kmsg")})
	}
	Sort(list)
	return list
}

// Sort brings events into the order of time; those of one time stay as they are.
func Sort(list []Event) {
	slices.SortStableFunc(list, func(a, b Event) int { return a.Time.Compare(b.Time) })
}
