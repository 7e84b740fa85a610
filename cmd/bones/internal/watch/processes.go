package watch

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"sync/atomic"
	"time"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/procwalk"
	"bones/procwalk/connector"
	"bones/procwalk/crash"
	"bones/procwalk/quick"
	"bones/procwalk/signals"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// member is which container something belongs to.
type member struct {
	Key      string
	Name, ID text.Text
}

// process is what is known of one process.
type process struct {
	member
	start   uint64
	command text.Text
}

// maxYoung is how many processes that began since the last moment are known by more than their number.
const maxYoung = 4096

// readProcesses reads what the kernel tells of processes, until the connection is closed.
func (w *Watcher) readProcesses() {
	args := argsReader{proc: w.config.Proc}
	for {
		m, err := w.proc.Read()
		if errors.Is(err, connector.ErrLost) {
			w.mu.Lock()
			w.batch.Lost++
			w.missed = true
			w.mu.Unlock()
			continue
		}
		if err != nil {
			return
		}
		w.message(&m, &args)
	}
}

// kindOf is the kind of event that a message tells of.
func kindOf(what connector.What) (kind events.EventKind, ok bool) {
	switch what {
	case connector.Fork:
		return events.Fork, true
	case connector.Exec:
		return events.Exec, true
	case connector.Exit:
		return events.Exit, true
	}
	return kind, false
}

// message takes one message. What is read for it is read at once: the process may be gone the next moment.
func (w *Watcher) message(m *connector.Message, args *argsReader) {
	kind, ok := kindOf(m.What)
	if !ok {
		return
	}
	var stat procwalk.Stat
	read, inTime := false, true
	var command text.Text
	var lines []procwalk.CgroupLine
	room := w.room(kind)
	if room || m.What == connector.Exec && w.looks() {
		if m.What == connector.Exec {
			if room {
				command, inTime = args.read(m.PID)
			}
			lines = procwalk.ParseCgroup(w.files.cgroup(w.config.Proc, m.PID)).On(w.names).Lines
		}
		// Of a program that a known process runs the command line says all that is to be known.
		if m.What != connector.Exec || command.Len() == 0 || !w.knowsStart(m.PID) {
			read = procwalk.ParseStat(w.files.stat(w.config.Proc, m.PID), &stat) == nil
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !inTime {
		w.unread++
	}
	e := events.Event{Time: Boot().Add(m.Since), Kind: kind, PID: m.PID, Evidence: text.New("process events connector")}
	p := w.find(m.PID)
	switch m.What {
	case connector.Fork:
		p = &process{}
		if parent := w.find(m.Parent); parent != nil {
			*p = *parent
		}
		p.start = 0
		w.remember(m.PID, p)
	case connector.Exec:
		known := process{}
		if p != nil {
			known = *p
		}
		if in, ok := w.memberOf(lines); ok {
			known.member = in
		}
		known.command = command
		p = &known
		w.remember(m.PID, p)
	}
	if p == nil {
		p = &process{}
	}
	if m.What == connector.Exit {
		w.left(&e, p)
	}
	if read {
		p.start = stat.StartTime
		if p.command.Len() == 0 {
			p.command = stat.Comm
		}
	}
	e.Start, e.Command, e.Key, e.Name, e.ID = p.start, p.command, p.Key, p.Name, p.ID
	e.What = w.words(m, &e)
	if m.What == connector.Exec {
		w.ran(&e, p)
	}
	if m.What == connector.Exit {
		e.Exit, e.Gone = ended(m.Status), true
		if read {
			ticks := time.Duration(stat.UTime + stat.STime)
			e.Exit.CPU, e.Exit.Counted = ticks*time.Second/procwalk.UserHZ, true
		}
		e.What = exitWords(&e)
		w.forget(m.PID)
	}
	w.add(e)
}

func (w *Watcher) words(m *connector.Message, e *events.Event) text.Text {
	name := e.Command.Raw()
	if name == "" {
		name = "a program that ended before bones could look at it"
	}
	if m.What == connector.Fork {
		return text.New("PID " + strconv.Itoa(m.Parent) + " made it: " + name)
	}
	return text.New("runs " + name)
}

// exitWords say how a process ended: "exit status 1 after 0.02s of processor time: make".
func exitWords(e *events.Event) text.Text {
	x := e.Exit
	s := "exit status " + strconv.Itoa(x.Status)
	if x.Signal != 0 {
		s = "ended by " + signalName(x.Signal)
		if x.Core {
			s += ", with a core dump"
		}
	}
	if x.Counted {
		s += fmt.Sprintf(", %.2fs of processor time", x.CPU.Seconds())
	}
	if c := e.Command.Raw(); c != "" {
		s += ": " + c
	}
	return text.New(s)
}

func signalName(n int) string {
	if name := signals.Name(unix.Signal(n)); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", n)
}

func ended(s unix.WaitStatus) *events.Ended {
	x := &events.Ended{Told: true}
	if s.Signaled() {
		x.Signal, x.Core = int(s.Signal()), s.CoreDump()
	} else {
		x.Status = s.ExitStatus()
	}
	return x
}

// knowsStart reports whether it is known when a process began.
func (w *Watcher) knowsStart(pid int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.missed {
		return false // its end may be what the kernel has left out, and this is another one
	}
	p := w.find(pid)
	return p != nil && p.start != 0
}

// find returns what is known of a process, or nil.
func (w *Watcher) find(pid int) *process {
	if p, ok := w.young[pid]; ok {
		return p
	}
	if w.moment == nil {
		return nil
	}
	p := w.moment.Snapshot.Find(pid)
	if p == nil {
		return nil
	}
	e := events.OfProcess(w.moment, p)
	return &process{member: member{e.Key, e.Name, e.ID}, start: e.Start, command: e.Command}
}

func (w *Watcher) remember(pid int, p *process) {
	if _, known := w.young[pid]; !known && len(w.young) >= maxYoung {
		w.nameless++
		return
	}
	w.young[pid] = p
}

// forget notes that a PID is nobody's now.
func (w *Watcher) forget(pid int) {
	if _, known := w.young[pid]; known || len(w.young) < maxYoung {
		w.young[pid] = nil
	}
}

// groupsOf are the groups of the containers of a moment: by path, as one path is that of the same container in each
// hierarchy.
func groupsOf(m *inventory.Moment) map[string]member {
	groups := map[string]member{}
	for i := range m.Usage { // which has looked for the groups already
		u := &m.Usage[i]
		if u.Sandbox() {
			continue
		}
		name := func(path text.Text) {
			if path.Len() > 1 {
				groups[path.Raw()] = member{u.Key, u.Label(), u.ID}
			}
		}
		for _, g := range u.Groups.List {
			name(g.Path)
		}
		for _, e := range u.Groups.Errors {
			name(e.Line.Path)
		}
	}
	if m.Usage != nil && m.UsageErr == nil {
		return groups
	}
	for _, c := range m.Inventory.List {
		p := m.Snapshot.Find(c.PID)
		if p == nil || p.Cgroups == nil || c.Sandbox() {
			continue
		}
		for _, l := range p.Cgroups.Lines {
			if at, ok := m.Inventory.Group(c, l); ok && at.Len() > 1 {
				groups[at.Raw()] = member{c.Key, c.Label(), c.ID}
			}
		}
	}
	return groups
}

// memberAt is the container that has a group, or one around it.
func (w *Watcher) memberAt(group string) (member, bool) {
	for at := group; len(at) > 1; at = path.Dir(at) {
		if m, ok := w.groups[at]; ok {
			return m, true
		}
	}
	return member{}, false
}

// memberOf is the container that a process with these lines of /proc/PID/cgroup is in. One that has just begun is told
// by its path alone, which has the id.
func (w *Watcher) memberOf(lines []procwalk.CgroupLine) (member, bool) {
	for _, l := range lines {
		if m, ok := w.memberAt(l.Path.Raw()); ok {
			return m, true
		}
	}
	if c, ok := container.FromLines(lines).Container(); ok {
		return member{Name: inventory.ShortID(c.ID), ID: c.ID}, true
	}
	return member{}, false
}

// complete adds to an event what the moment after it tells: the whole command line, and the container's name.
func (w *Watcher) complete(e *events.Event, m *inventory.Moment) {
	if e.Key != "" || m.Inventory == nil {
		return
	}
	if e.ID.Len() > 0 {
		for _, c := range m.Inventory.List {
			if c.ID == e.ID {
				e.Key, e.Name = c.Key, c.Label()
				return
			}
		}
	}
	if p := m.Snapshot.Find(e.PID); p != nil && e.Start != 0 && p.StartTime == e.Start {
		of := events.OfProcess(m, p)
		e.Key, e.Name, e.ID = of.Key, of.Name, of.ID
	} else if in, ok := w.memberOf([]procwalk.CgroupLine{{Path: e.Group}}); ok && e.Group.Len() > 0 && e.ID.Len() == 0 {
		e.Key, e.Name, e.ID = in.Key, in.Name, in.ID // it may never have been in a moment
	}
}

// argsReader reads command lines. They stand in the memory of the process, and one that holds a lock on that makes its
// readers wait for as long as it likes: so each is read apart, and after a few that hang none are read any more.
type argsReader struct {
	proc string
	hang atomic.Int32
}

// argsRead is how much is read of a command line, in bytes: more than an event keeps of it, as a program that gave
// itself a title has NULs behind that.
const argsRead = 4 << 10

// argsUsual is what most command lines have room in, in bytes.
const argsUsual = 512

const (
	argsPatience = 50 * time.Millisecond
	maxHanging   = 4
)

// read reads one. It reports false if that was not possible in time.
func (a *argsReader) read(pid int) (line text.Text, inTime bool) {
	if a.hang.Load() >= maxHanging {
		return text.Text{}, false
	}
	got := make(chan []byte, 1)
	a.hang.Add(1)
	crash.Go(func() {
		b := make([]byte, argsUsual)
		n, _ := quick.ReadWaiting(unix.AT_FDCWD, processFile(nil, a.proc, pid, "cmdline"), &b, argsRead)
		a.hang.Add(-1)
		got <- b[:n]
	})
	late := time.NewTimer(argsPatience)
	defer late.Stop()
	select {
	case b := <-got:
		return events.Command(string(b[:min(len(b), argsRead)]), len(b) > argsRead), true
	case <-late.C:
		return text.Text{}, false
	}
}
