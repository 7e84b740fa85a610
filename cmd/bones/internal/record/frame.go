// Package record keeps moments on disk and gives them back: what the terminal UI and the commands show of the past.
//
// A recording is a directory of segments, or one stream in the form of a segment (segment.go). A segment is a row of
// frames. Every frame is one moment, either whole (a key frame) or against the key frame before it (package wire), and
// compressed. The reader needs two frames for any moment.
package record

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record/wire"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/virt/machines"
)

// Frame is an inventory.Moment as it is written down: plain values, with what all of them share taken apart. The names
// of its fields and of all below are part of the form on disk; a field of another meaning needs another name.
type Frame struct {
	Head      Head
	Processes []procwalk.Process
	Machine   *detail.HostFacts
	// Containers, Members and InventoryErrors are inventory.Data; they are there if Inventoried.
	Inventoried     bool
	Containers      []inventory.ContainerData
	Members         []inventory.MemberData
	InventoryErrors []string
	InventoryErr    error
	Usage           []Use
	UsageErr        error
	Trouble         *inventory.Trouble // nil where an older recorder wrote none
	// Guests are the processes that are virtual machines; nil where an older recorder looked for none.
	Guests     []machines.GuestProcess
	MoreGuests bool
	// Users and Groups are the names of the IDs that its processes have: on the host that shows the recording they may
	// be others'.
	Users, Groups map[uint32]string
}

// Names tell the names of users and groups; empty for none. Keys are those of the frames before; nil: there are none.
type Names struct {
	User, Group func(uint32) string
	Keys        *Keys
}

// Head is a procwalk.Snapshot without its processes.
type Head struct {
	Snapshot procwalk.Snapshot
	// Cut is how many command lines the recording has only the first CutTo bytes of. An older recorder wrote no CutTo:
	// it was CommandMax.
	Cut, CutTo int
}

// Use is an inventory.Usage: which container, which process backs it, and what it used.
type Use struct {
	Key    string
	ID     procwalk.ID
	Groups cgroupview.Groups
	Sample cgroupview.Sample
	// Counters are nil where an older recorder wrote none.
	Counters *counters.Counters
}

// known are the errors that a reader must know again, in the order in which recordings name them: a new one goes to
// the end.
var known = []error{procwalk.ErrGone, procwalk.ErrStuck, procwalk.ErrNotTried, procwalk.ErrUnsupported,
	procwalk.ErrNone, cgroupview.ErrNoHierarchies, cgroupview.ErrNotMounted, cgroupview.ErrOutside,
	cgroupview.ErrNotCgroup, cgroupview.ErrGone, cgroupview.ErrReadOnly, cgroupview.ErrUnsupported}

// FrameOf writes a moment down. The moment is not changed, and shares its values with the frame.
func FrameOf(m *inventory.Moment, names Names) *Frame {
	if names.Keys == nil {
		names.Keys = &Keys{}
	}
	f := &Frame{Machine: m.Machine, InventoryErr: m.InventoryErr, UsageErr: m.UsageErr, Trouble: m.Trouble,
		Guests:     m.Guests,
		MoreGuests: m.MoreGuests,
		Users:      map[uint32]string{}, Groups: map[uint32]string{}}
	f.name(m.Snapshot, names)
	f.Head.Snapshot = *m.Snapshot
	f.Head.Snapshot.Processes = nil
	f.Processes = m.Snapshot.Processes
	f.cutLines()
	if m.Inventory != nil {
		d := m.Inventory.Data(m.Snapshot)
		f.Inventoried, f.Containers, f.Members, f.InventoryErrors = true, d.Containers, d.Members, d.Errors
		f.nameKeys(names.Keys)
	}
	for _, u := range m.Usage {
		f.Usage = append(f.Usage, Use{Key: names.Keys.name(u.Key), ID: u.Process.ID(), Groups: u.Groups, Sample: u.Sample,
			Counters: u.Counters})
	}
	return f
}

// nameKeys calls the containers what frames call them.
func (f *Frame) nameKeys(k *Keys) {
	for i := range f.Containers {
		c := &f.Containers[i]
		c.Key, c.Keys = k.name(c.Key), k.names(c.Keys)
	}
	for i := range f.Members {
		m := &f.Members[i]
		m.Key, m.Keys = k.name(m.Key), k.names(m.Keys)
	}
}

// name notes the names of all IDs of a snapshot.
func (f *Frame) name(s *procwalk.Snapshot, names Names) {
	users, groups := IDs(s)
	note := func(to map[uint32]string, of func(uint32) string, ids []uint32) {
		for _, id := range ids {
			if of != nil {
				to[id] = of(id)
			}
		}
	}
	note(f.Users, names.User, users)
	note(f.Groups, names.Group, groups)
}

// IDs are the users and groups that the processes of a snapshot have, each once, in order.
func IDs(s *procwalk.Snapshot) (users, groups []uint32) {
	var before *procwalk.Status // most processes have the IDs of the one before
	for i := range s.Processes {
		st := s.Processes[i].Status
		if st == nil {
			continue
		}
		if before == nil || before.UID != st.UID || before.EUID != st.EUID || before.SUID != st.SUID ||
			before.FSUID != st.FSUID {
			users = append(users, st.UID, st.EUID, st.SUID, st.FSUID)
		}
		if before == nil || before.GID != st.GID || before.EGID != st.EGID || before.SGID != st.SGID ||
			before.FSGID != st.FSGID || !slices.Equal(before.Groups, st.Groups) {
			groups = append(groups, st.GID, st.EGID, st.SGID, st.FSGID)
			groups = append(groups, st.Groups...)
		}
		before = st
	}
	slices.Sort(users)
	slices.Sort(groups)
	return slices.Compact(users), slices.Compact(groups)
}

// Want is what a recorder asks for of each process.
const Want = inventory.Want | procwalk.WantStatus | procwalk.WantCmdline | procwalk.WantCgroup | procwalk.WantNS |
	procwalk.WantIO

// errNotRecorded stands where a frame does not tell of a file.
var errNotRecorded = errors.New("the recording does not have it")

// Moment makes the moment again. A frame that somebody else wrote may say anything: one that no host can have been in
// is an error, and what is used by a container that the frame has not is left out.
func (f *Frame) Moment() (*inventory.Moment, error) {
	s := f.Head.Snapshot
	s.Processes = f.Processes
	if err := check(&s); err != nil {
		return nil, err
	}
	m := &inventory.Moment{Machine: f.Machine, Snapshot: &s, InventoryErr: f.InventoryErr, UsageErr: f.UsageErr,
		Trouble: f.Trouble, Guests: f.Guests, MoreGuests: f.MoreGuests}
	if !f.Inventoried {
		if m.InventoryErr == nil {
			m.InventoryErr = errNotRecorded // whoever finds no inventory finds out why
		}
		return m, nil
	}
	containers := slices.Clone(f.Containers) // rows may be shared with other frames
	for i := range containers {              // an error that is none says nothing
		info := &containers[i].Info
		info.Errors = slices.DeleteFunc(slices.Clone(info.Errors), func(err error) bool { return err == nil })
	}
	m.Inventory = inventory.New(
		&inventory.Data{Containers: containers, Members: f.Members, Errors: f.InventoryErrors},
		&s,
	)
	m.Usage = make([]inventory.Usage, 0, len(f.Usage)) // nil would say that nobody asked
	byKey := map[string]*inventory.Container{}
	for _, c := range m.Inventory.List {
		byKey[c.Key] = c
	}
	for _, u := range f.Usage {
		c, p := byKey[u.Key], s.FindID(u.ID)
		if c != nil && p != nil && u.possible() {
			m.Usage = append(m.Usage, inventory.Usage{Container: c, Process: p, Groups: u.Groups, Sample: u.Sample,
				Counters: whole(u.Counters)})
		}
	}
	return m, nil
}

// possible reports whether groups and limits are such as a host can have: every group is in a hierarchy, and there is
// a reason why one could not be told.
func (u *Use) possible() bool {
	groups := slices.Concat(u.Groups.List, u.Groups.Inner)
	for _, l := range []cgroupview.Limit{u.Sample.MemoryLimit, u.Sample.SwapLimit, u.Sample.PIDsLimit,
		u.Sample.CPULimit} {
		if l.From != nil {
			groups = append(groups, l.From)
		}
	}
	return !slices.ContainsFunc(groups, func(g *cgroupview.Group) bool { return g == nil || g.Hierarchy == nil }) &&
		!slices.ContainsFunc(u.Groups.Errors, func(e cgroupview.LineError) bool { return e.Err == nil })
}

// check looks at what code that shows a snapshot stands on, and puts an error in the place of what is not there.
func check(s *procwalk.Snapshot) error {
	h := &s.Host
	if h.TicksPerSec == 0 || h.TicksPerSec > 1e6 || h.PageSize == 0 || h.PageSize > 1<<30 || h.CPUs < 0 {
		return fmt.Errorf("%w: no machine has such clocks and pages", wire.ErrDamaged)
	}
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.PID <= 0 || i > 0 && p.PID <= s.Processes[i-1].PID {
			return fmt.Errorf("%w: its processes are not in the order of their PIDs", wire.ErrDamaged)
		}
	}
	missing := func(p *procwalk.Process) bool {
		return p.Status == nil || p.Cmdline == nil || p.Cgroups == nil || p.NS == nil || p.IO == nil
	}
	if !slices.ContainsFunc(s.Processes, func(p procwalk.Process) bool { return missing(&p) }) {
		return nil
	}
	s.Processes = slices.Clone(s.Processes) // the rows may be shared with other moments
	none := unrecorded()
	for i := range s.Processes {
		p := &s.Processes[i]
		p.Status, p.Cmdline, p.Cgroups = cmp.Or(p.Status, none.Status), cmp.Or(p.Cmdline, none.Cmdline), cmp.Or(p.Cgroups,
			none.Cgroups)
		p.NS, p.IO = cmp.Or(p.NS, none.NS), cmp.Or(p.IO, none.IO)
	}
	return nil
}

// unrecorded returns what stands for what a frame does not tell of a process. All rows share it: a frame can have
// hundreds of thousands of them in a few bytes.
func unrecorded() *procwalk.Process {
	p := &procwalk.Process{Status: &procwalk.Status{Err: errNotRecorded}, Cmdline: &procwalk.Cmdline{Err: errNotRecorded},
		Cgroups: &procwalk.Cgroups{Err: errNotRecorded}, NS: &procwalk.Namespaces{}, IO: &procwalk.IO{Err: errNotRecorded}}
	for t := range p.NS.Err {
		p.NS.Err[t] = errNotRecorded
	}
	return p
}

// whole are counters as code that shows them may take them: each level has a group. A frame that somebody else wrote
// may lack one.
func whole(c *counters.Counters) *counters.Counters {
	lost := func(g *cgroupview.Group) bool { return g == nil || g.Hierarchy == nil }
	if c == nil || slices.ContainsFunc(c.Memory, func(l counters.MemoryLevel) bool { return lost(l.Group) }) ||
		slices.ContainsFunc(c.CPU, func(l cgroupview.Throttle) bool { return lost(l.Group) }) ||
		slices.ContainsFunc(c.Tasks, func(l counters.TaskLevel) bool { return lost(l.Group) }) {
		return nil
	}
	return c
}
