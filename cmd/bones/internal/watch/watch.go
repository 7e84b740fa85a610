// Package watch collects the events of this host as they happen: from the process events connector, from the kernel's
// log, from bones' own journal, and from comparing the moments that it is shown.
package watch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cgroupview/spec"
	"bones/procwalk/connector"
	"bones/procwalk/crash"
	"bones/procwalk/kmsg"
	"bones/procwalk/procroot"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Config says what is watched.
type Config struct {
	Proc string // the proc file system that the moments are of
	// Journal tells what bones changed since a time; nil: that is not watched. See JournalEventsFromNow.
	Journal func(since time.Time) []events.Event
	// History has the kernel's log told from its beginning, and not only what comes.
	History bool
}

// Watcher collects events. Its methods may be called by several goroutines.
type Watcher struct {
	config  Config
	proc    *connector.Conn
	log     *kmsg.Reader
	missing []string
	names   procroot.HostGroupNames // of the groups, as their host has them
	files   processFiles            // only the goroutine that takes messages uses it
	work    sync.WaitGroup

	mu      sync.Mutex
	told    events.Teller
	moment  *inventory.Moment // the last one with containers
	since   time.Time         // of the batch that is being filled
	journal time.Time         // up to when the journal was told
	first   bool
	batch   events.Batch
	have    map[events.EventKind]int
	young   map[int]*process // processes that began since the last moment; nil: it has ended
	groups  map[string]member
	killed  []events.Event    // by the last batch, as the kernel's log has it
	counted []events.Event    // by counters, which the log may still tell: a counter is ahead of the log
	brief   map[string]*brief // containers that began since the last moment, by id
	looked  int               // programs of which the groups were read for that
	unread  int               // programs whose command lines were not read in time
	// briefLeft is how many programs were run in containers that brief had no room for.
	briefLeft int
	// nameless is how many times since the last moment a process began or ran a program that young had no room for.
	nameless int
	missed   bool // the connector has lost something since the last moment
}

// Start begins to watch this host. What cannot be watched here is no error: Missing says it, and the first events do.
// Close the Watcher to end it.
func Start(c Config) *Watcher {
	w := &Watcher{config: c, first: true, since: time.Now(), have: map[events.EventKind]int{}, young: map[int]*process{}}
	w.journal, w.names = w.since, procroot.Groups(c.Proc)
	if err := procroot.Ours(c.Proc); err != nil {
		w.missing = append(w.missing, fmt.Sprintf("exec, fork and exit as they happen: %s is another host's or namespace's "+
			"table", text.Line(c.Proc)))
	} else if w.proc, err = connector.Open(); err != nil {
		w.missing = append(w.missing, "exec, fork and exit as they happen: "+err.Error())
	}
	var err error
	if w.log, err = kmsg.Open(kmsg.Path, c.History); err != nil {
		w.missing = append(w.missing, "who was killed when memory ran out: "+err.Error())
	}
	if c.History && w.log != nil {
		var old []events.Event
		w.readLog(false, func(e events.Event) { old = append(old, e) })
		if left := len(old) - maxHistory; left > 0 {
			old = old[left:]
			w.add(leftOut(old[0].Time, left, "earlier processes that were killed", "the kernel's log has them"))
		}
		for _, e := range old {
			w.add(e)
		}
	}
	if c.History { // where the kernel's log cannot be read, as in a container, the journal can
		w.journal = w.since.Add(-historyTime)
	}
	if w.proc != nil {
		w.work.Go(crash.Guarded(w.readProcesses))
	}
	if w.log != nil {
		w.work.Go(crash.Guarded(func() {
			w.readLog(true, func(e events.Event) {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.add(e)
			})
		}))
	}
	return w
}

// maxHistory is how many of the processes that were killed before are told, and historyTime how far back what bones
// changed is.
const (
	maxHistory  = 200
	historyTime = 24 * time.Hour
)

// leftOut says that there were more events before a time than bones tells.
func leftOut(before time.Time, n int, of, where string) events.Event {
	return events.Event{Time: before, Kind: events.Missed, What: text.New(fmt.Sprintf("left out: %d %s", n, of)),
		Evidence: text.New(where)}
}

// Missing says what is not watched, and why. What frames tell is told all the same.
func (w *Watcher) Missing() []string { return w.missing }

// Lacking is Missing in one line; empty: nothing is missing.
func (w *Watcher) Lacking() string {
	if len(w.missing) == 0 {
		return ""
	}
	return "events: not seen here: " + strings.Join(w.missing, "; ") +
		"; comparing moments tells which containers and processes began and ended between them, and what was limited"
}

// Close stops watching, and waits until the goroutines have ended.
func (w *Watcher) Close() {
	if w.proc != nil {
		w.proc.Close()
	}
	if w.log != nil {
		w.log.Close()
	}
	w.work.Wait()
}

// Next takes the next moment, and returns what happened since the one before. Of m nothing is changed.
func (w *Watcher) Next(m *inventory.Moment) *events.Batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.Inventory != nil {
		w.groups = groupsOf(m)
	}
	// What the connector has not told, comparing process tables does.
	for _, e := range w.counted { // in the moment before
		if !w.isTold(&e) {
			w.add(e)
		}
	}
	w.counted = nil
	for _, e := range w.told.Next(m, w.proc == nil || w.missed) {
		switch {
		case w.isTold(&e):
		case e.Kind == events.OOM && w.log != nil && !w.first:
			w.counted = append(w.counted, e)
		default:
			w.add(e)
		}
	}
	w.missed = false
	if w.nameless > 0 {
		w.add(leftOut(m.Snapshot.Taken, w.nameless, "names and containers of processes that began",
			fmt.Sprintf("bones knows %d between two moments by more than their number", maxYoung)))
		w.nameless = 0
	}
	w.sayUnread(m.Snapshot.Taken)
	if w.config.Journal != nil {
		for _, e := range w.config.Journal(w.journal) {
			w.add(e)
			w.journal = e.Time
		}
	}
	if !w.first {
		w.tellBrief(w.moment, m)
	}
	if w.first {
		w.first = false
		w.add(w.begun(m))
	}
	if m.Inventory != nil {
		w.moment = m
	}
	b := w.batch
	b.Since, b.Until = w.since, m.Snapshot.Taken
	for i := range b.Events {
		w.complete(&b.Events[i], m)
	}
	events.Sort(b.Events)
	w.killed = slices.DeleteFunc(slices.Clone(b.Events), func(e events.Event) bool { return e.Kind != events.OOM })
	w.batch, w.have, w.since = events.Batch{}, map[events.EventKind]int{}, b.Until
	clear(w.young)
	return &b
}

// begun says what is watched from now on.
func (w *Watcher) begun(m *inventory.Moment) events.Event {
	what := "events are watched from here on"
	if s := w.Lacking(); s != "" {
		what += "; " + s
	}
	return events.Event{Time: m.Snapshot.Taken, Kind: events.Watch, What: text.New(what),
		Evidence: text.New("bones itself")}
}

// isTold reports whether an event of two moments was told already by the kernel: processes that it told of, and
// counters of what it told of.
func (w *Watcher) isTold(e *events.Event) bool {
	switch e.Kind {
	case events.Fork, events.Exit, events.OOM:
	default:
		return false
	}
	is := func(x events.Event) bool {
		if x.Kind != e.Kind {
			return false
		}
		if e.Kind == events.OOM {
			in, ok := w.memberAt(x.Group.Raw())
			return x.PID != 0 && (x.Key == e.Key || ok && in.Key == e.Key)
		}
		return x.PID == e.PID
	}
	return slices.ContainsFunc(w.killed, is) || slices.ContainsFunc(w.batch.Events, is)
}

// add takes an event, if there is room for one of its kind.
func (w *Watcher) add(e events.Event) {
	if w.batch.Full(e.Kind, w.have[e.Kind]) {
		if w.batch.LeftOut == nil {
			w.batch.LeftOut = map[events.EventKind]int{}
		}
		w.batch.LeftOut[e.Kind]++
		return
	}
	w.have[e.Kind]++
	w.batch.Events = append(w.batch.Events, e)
}

// room reports whether an event of a kind would be kept: else nothing is read for it.
func (w *Watcher) room(k events.EventKind) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.batch.Full(k, w.have[k])
}

// readLog reads the kernel's log to its end, or for ever, and gives each that was killed to take.
func (w *Watcher) readLog(waits bool, add func(events.Event)) {
	var p kmsg.Parser
	for {
		r, err := w.log.Next(waits)
		switch {
		case errors.Is(err, kmsg.ErrLost):
			w.mu.Lock()
			w.batch.Lost++
			w.mu.Unlock()
			p = kmsg.Parser{}
			continue
		case err != nil:
			return // closed, or its end
		}
		if o, ok := p.Feed(r); ok {
			w.mu.Lock()
			e := w.ofLog(&o)
			w.mu.Unlock()
			add(e)
		}
	}
}

// ofLog makes an event of what the kernel's log says.
func (w *Watcher) ofLog(o *kmsg.OOM) events.Event {
	e := OfOOM(o, Boot())
	if o.TaskGroup != "" {
		e.Group = text.New(o.TaskGroup)
	}
	if p := w.find(o.PID); p != nil {
		e.Start, e.Key, e.Name, e.ID = p.start, p.Key, p.Name, p.ID
	} else if m, ok := w.memberAt(o.TaskGroup); ok {
		e.Key, e.Name, e.ID = m.Key, m.Name, m.ID
	}
	return e
}

// Killed are the processes that the kernel's log says were killed because memory ran out, up to its end. m tells which
// containers there are.
func Killed(log *kmsg.Reader, m *inventory.Moment) []events.Event {
	w := &Watcher{moment: m, have: map[events.EventKind]int{}, log: log}
	if m.Inventory != nil {
		w.groups = groupsOf(m)
	}
	var list []events.Event
	w.readLog(false, func(e events.Event) { list = append(list, e) })
	// That a PID is somebody's now says nothing about whose it was then.
	for i := range list {
		e := &list[i]
		e.Start, e.Key, e.Name, e.ID = 0, "", text.Text{}, text.Text{}
		w.complete(e, m)
	}
	return list
}

// OfOOM makes an event of what the kernel's log says, without the container. boot is the time of Boot.
func OfOOM(o *kmsg.OOM, boot time.Time) events.Event {
	e := events.Event{Time: boot.Add(o.Since), Kind: events.OOM, PID: o.PID, Gone: true,
		Command: text.New(o.Comm), Group: text.New(o.TaskGroup),
		Evidence: text.New(fmt.Sprintf("%s, line %d", kmsg.Path, o.Seq))}
	what := fmt.Sprintf("killed PID %d (%s)", o.PID, o.Comm)
	if o.RSS > 0 {
		what = fmt.Sprintf("killed PID %d (%s, %s)", o.PID, o.Comm, spec.ExactSize(o.RSS))
	}
	switch {
	case o.Machine:
		what += ": the machine was out of memory"
	case o.Limit > 0:
		what += " at the limit of " + spec.ExactSize(o.Limit)
	default:
		what += " at the limit of its control group"
	}
	if o.Asker != 0 {
		what += fmt.Sprintf("; PID %d (%s) asked for more", o.Asker, o.AskerComm)
	}
	if o.Asker != 0 {
		e.Asker = text.New(fmt.Sprintf("PID %d (%s)", o.Asker, o.AskerComm))
	}
	if o.Group != "" && !o.Machine {
		e.Limit = text.New(o.Group)
		what += "; the limit is that of " + o.Group // which is long: it comes last
	}
	e.What = text.New(what)
	return e
}

// Boot is when the clock that kernel messages are stamped with was zero, by the clock on the wall as it is now. Time
// in suspension is not counted by it: what was before a suspension seems to be later by that.
func Boot() time.Time {
	var ts unix.Timespec
	now := time.Now()
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return now
	}
	return now.Add(-time.Duration(ts.Nano())).Round(0)
}
