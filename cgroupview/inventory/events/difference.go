package events

import (
	"fmt"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cgroupview/spec"
	"bones/procwalk"
	"bones/procwalk/text"
)

// Compare tells what happened from one moment to the next, as far as the two show it. Before may be nil: then nothing
// has. With processes, those that began or ended are told as well. What was asked of one moment only is compared with
// nothing.
func Compare(before, now *inventory.Moment, processes bool) []Event {
	if before == nil || now == nil {
		return nil
	}
	c := comparison{before: before, now: now}
	c.evidence = text.New(fmt.Sprintf("comparing the moments of %s and %s", clock(before.Snapshot.Taken),
		clock(now.Snapshot.Taken)))
	if processes {
		c.processes()
	}
	if before.Inventory != nil && now.Inventory != nil {
		c.containers()
	}
	if before.Usage != nil && now.Usage != nil {
		for i := range now.Usage {
			c.usage(before.UsageOf(now.Usage[i].Key), &now.Usage[i])
		}
	}
	Sort(c.list)
	return c.list
}

func clock(t time.Time) string { return t.Format("15:04:05.0") }

type comparison struct {
	before, now *inventory.Moment
	evidence    text.Text
	list        []Event
}

// add completes an event and takes it.
func (c *comparison) add(e Event, what string, args ...any) {
	if e.Time.IsZero() {
		e.Time = c.now.Snapshot.Taken
	}
	e.What, e.Evidence = text.New(fmt.Sprintf(what, args...)), c.evidence
	c.list = append(c.list, e)
}

// processes tells of those that are in one of the moments only.
func (c *comparison) processes() {
	notIn(c.before.Snapshot, c.now.Snapshot, func(p *procwalk.Process) {
		e := OfProcess(c.now, p)
		e.Kind, e.Time = Fork, began(c.now.Snapshot, p)
		c.add(e, "%s was started", e.Command.Raw())
	})
	notIn(c.now.Snapshot, c.before.Snapshot, func(p *procwalk.Process) {
		e := OfProcess(c.before, p)
		e.Kind, e.Exit, e.Gone = Exit, &Ended{}, true
		c.add(e, "%s has ended; bones did not see how", e.Command.Raw())
	})
}

// notIn calls f for each process of a snapshot that another one does not have. Both are in the order of the PIDs.
func notIn(other, s *procwalk.Snapshot, f func(*procwalk.Process)) {
	at := 0
	for i := range s.Processes {
		p := &s.Processes[i]
		for at < len(other.Processes) && other.Processes[at].PID < p.PID {
			at++
		}
		if at == len(other.Processes) || other.Processes[at].ID() != p.ID() {
			f(p)
		}
	}
}

// began is when a process started; not before the boot, whatever a recording says.
func began(s *procwalk.Snapshot, p *procwalk.Process) time.Time {
	if t := s.StartedAt(p); t.Before(s.Taken) {
		return t
	}
	return s.Taken
}

func (c *comparison) containers() {
	old := map[string]*inventory.Container{}
	for _, x := range c.before.Inventory.List {
		old[x.Key] = x
	}
	for _, x := range c.now.Inventory.List {
		was := old[x.Key]
		delete(old, x.Key)
		e := OfContainer(c.now, x)
		e.Kind = Container
		p := c.now.Snapshot.Find(x.PID)
		if p != nil {
			e.Time = began(c.now.Snapshot, p)
		}
		switch {
		case was == nil:
			image := ""
			if i := x.Info.Image; i.Len() > 0 {
				image = " of " + i.Raw()
			}
			c.add(e, "container %s has begun%s, PID %d backs it", x.Label().Raw(), image, x.PID)
		case p != nil && c.before.Snapshot.FindID(p.ID()) == nil:
			c.add(e, "container %s has another main process: PID %d in place of %d", x.Label().Raw(), x.PID, was.PID)
		}
	}
	for _, x := range c.before.Inventory.List {
		if old[x.Key] != nil {
			e := OfContainer(c.before, x)
			e.Kind, e.Gone = Container, true
			c.add(e, "container %s has ended", x.Label().Raw())
		}
	}
}

// usage compares what is known of the groups of a container. Another process behind it has other groups.
func (c *comparison) usage(before, now *inventory.Usage) {
	if before == nil || before.Process.ID() != now.Process.ID() {
		return
	}
	e := OfContainer(c.now, now.Container)
	for _, l := range []struct {
		name     string
		resource cgroupview.Resource
		old, now cgroupview.Limit
	}{
		{"memory", cgroupview.Memory, before.Sample.MemoryLimit, now.Sample.MemoryLimit},
		{"swap", cgroupview.Swap, before.Sample.SwapLimit, now.Sample.SwapLimit},
		{"tasks", cgroupview.Tasks, before.Sample.PIDsLimit, now.Sample.PIDsLimit},
		{"processors", cgroupview.CPU, before.Sample.CPULimit, now.Sample.CPULimit},
	} {
		if l.old.Known() != nil || l.now.Known() != nil ||
			l.old.Unlimited == l.now.Unlimited && l.old.Value == l.now.Value {
			continue
		}
		e.Kind = Limit
		e.Group = groupOf(l.now)
		if e.Group.Len() == 0 {
			e.Group = groupOf(l.old)
		}
		c.add(e, "limit on %s: %s, before it was %s", l.name, inWords(l.resource, l.now), inWords(l.resource, l.old))
	}
	e.Group = text.Text{}
	if a, b := &before.Sample, &now.Sample; a.FrozenErr == nil && b.FrozenErr == nil && a.Frozen != b.Frozen {
		e.Kind = Freeze
		words := "thawed"
		if b.Frozen {
			words = "frozen"
		}
		c.add(e, "container %s was %s", now.Label().Raw(), words)
	}
	if before.Counters == nil || now.Counters == nil {
		return
	}
	if n := risen(before.Counters.Killed, now.Counters.Killed); n > 0 {
		e.Kind, e.PID, e.Start, e.Command = OOM, 0, 0, text.Text{}
		c.add(e, "%d killed because memory ran out, according to %s, which does not say "+
			"whom", n, now.Counters.KilledFile.Raw())
	}
	c.throttled(e, before.Counters.CPU, now.Counters.CPU)
}

// throttled tells of the first level whose quota kept the container from running.
func (c *comparison) throttled(e Event, before, now []cgroupview.Throttle) {
	for _, t := range now {
		for _, old := range before {
			if old.Group == nil || t.Group == nil || old.Group.Path != t.Group.Path || t.Times <= old.Times ||
				t.Periods <= old.Periods {
				continue
			}
			e.Kind, e.Group = Throttle, t.Group.Path
			c.add(e, "the quota of %s keeps container %s from running, in %d of %d periods", t.Group.Path.Raw(), e.Name.Raw(),
				t.Times-old.Times, t.Periods-old.Periods)
			return
		}
	}
}

// risen is by how much a counter rose; 0 if it did not, or that is not known.
func risen(old, now cgroupview.Reading) uint64 {
	if old.Err != nil || now.Err != nil || now.Value < old.Value {
		return 0
	}
	return now.Value - old.Value
}

func groupOf(l cgroupview.Limit) text.Text {
	if l.From == nil {
		return text.Text{}
	}
	return l.From.Path
}

// inWords says what a limit is and where it is set: "64M (memory.max of /docker/web)".
func inWords(r cgroupview.Resource, l cgroupview.Limit) string {
	if l.Unlimited {
		return "none"
	}
	value := fmt.Sprint(l.Value)
	switch r {
	case cgroupview.Memory, cgroupview.Swap:
		value = spec.ExactSize(l.Value)
	case cgroupview.CPU:
		value = fmt.Sprintf("%.3g", float64(l.Value)/1000)
	}
	if l.From == nil {
		return value
	}
	return fmt.Sprintf("%s (%s of %s)", value, l.File, l.From.Path.Raw())
}

// OfProcess is an event of a process of a moment, with all but what happened.
func OfProcess(m *inventory.Moment, p *procwalk.Process) Event {
	e := Event{PID: p.PID, Start: p.StartTime, Command: CommandOf(p)}
	if m.Inventory != nil {
		if c, ok := m.Inventory.Of(p); ok {
			e.Key, e.Name, e.ID = c.Key, c.Label(), c.ID
		}
	}
	return e
}

// OfContainer is an event of a container of a moment, with all but what happened.
func OfContainer(m *inventory.Moment, c *inventory.Container) Event {
	e := Event{PID: c.PID, Key: c.Key, Name: c.Label(), ID: c.ID}
	if p := m.Snapshot.Find(c.PID); p != nil {
		e.Start, e.Command = p.StartTime, CommandOf(p)
	}
	return e
}

// CommandMax is how much of a command line an event keeps, in bytes. Three points stand for the rest.
const CommandMax = 256

// CommandOf is the command line of a process, or its name, as an event keeps it.
func CommandOf(p *procwalk.Process) text.Text {
	if p.Cmdline == nil || p.Cmdline.Err != nil || p.Cmdline.Raw.Len() == 0 {
		return p.Comm
	}
	return Command(p.Cmdline.Raw.Raw(), p.Cmdline.Truncated)
}

// Command makes one line of the arguments of a command line, as the kernel has them. more says that it goes on behind
// raw: NULs at the end of raw are not its end then.
func Command(raw string, more bool) text.Text {
	raw = strings.TrimRight(raw, "\x00")
	b := []byte(raw[:min(len(raw), CommandMax)])
	for i := range b {
		if b[i] == 0 {
			b[i] = ' '
		}
	}
	if more || len(raw) > CommandMax {
		b = append(b, "..."...)
	}
	return text.New(string(b))
}

// Teller compares each moment with the one before. What goes on over several moments, such as throttling, it reports
// once, when it begins.
type Teller struct {
	last      *inventory.Moment // of the process table
	full      *inventory.Moment // the last in which containers and what they use were asked for
	throttled map[string]bool   // the containers that were, from the moment before last to the last
}

// Next returns what happened since the moment before; nothing for the first one. With processes, it also returns
// which processes began and ended.
func (t *Teller) Next(m *inventory.Moment, processes bool) []Event {
	var list []Event
	if processes {
		for _, e := range Compare(plain(t.last), plain(m), true) {
			list = append(list, t.named(m, e))
		}
	}
	t.last = m
	if m.Inventory == nil || m.Usage == nil {
		return list
	}
	now := map[string]bool{}
	for _, e := range Compare(t.full, m, false) {
		if e.Kind == Throttle {
			now[e.Key] = true
			if t.throttled[e.Key] {
				continue
			}
		}
		list = append(list, e)
	}
	t.full, t.throttled = m, now
	Sort(list)
	return list
}

// plain is a moment without containers.
func plain(m *inventory.Moment) *inventory.Moment {
	if m == nil {
		return nil
	}
	return &inventory.Moment{Snapshot: m.Snapshot}
}

// named adds the container to an event of a process.
func (t *Teller) named(m *inventory.Moment, e Event) Event {
	for _, from := range []*inventory.Moment{m, t.last, t.full} {
		if from == nil || from.Inventory == nil {
			continue
		}
		if p := from.Snapshot.FindID(procwalk.ID{PID: e.PID, Start: e.Start}); p != nil {
			with := OfProcess(from, p)
			e.Key, e.Name, e.ID = with.Key, with.Name, with.ID
			return e
		}
	}
	return e
}
