// Package procwalk reads the process table from /proc: one pass gives an immutable Snapshot, over which trees,
// differences and rates are pure functions.
package procwalk

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"bones/procwalk/fault"
	"bones/procwalk/procroot"
	"bones/procwalk/taskio"
)

// Source gives snapshots of a process table. Walker is the one that reads /proc; another (a BPF task iterator, a
// recording) can stand in without a view noticing.
type Source interface {
	// Snapshot reads the table once. What is not in Want is not read, or may be left out.
	Snapshot(ctx context.Context, r Request) (*Snapshot, error)
}

// Request says what a snapshot must hold, and which of it must be as of now. A Source that keeps nothing reads
// everything anew as it is.
type Request struct {
	Want  Want
	Fresh Fresh
}

// Want says what a snapshot must hold for each process beside its stat.
type Want uint32

const (
	WantStatus  Want = 1 << iota // Process.Status: ids, capabilities, memory
	WantCmdline                  // Process.Cmdline
	WantCgroup                   // Process.Cgroups
	WantNS                       // Process.NS
	WantIO                       // Process.IO
	WantLabel                    // Process.Label: the LSM's label
	WantBrief                    // of Process.Status what Status.Brief says, at least
	WantRSS                      // Status.VmRSS, beside WantBrief
	WantStat                     // all of Process.Stat; without it, what Stat says may be missing
)

// whole is what the files of /proc give where this is wanted: each is read as a whole.
func (w Want) whole() Want {
	if w&(WantBrief|WantRSS) != 0 {
		w |= WantStatus
	}
	return w
}

// gives is what a row from the files of /proc holds where this is read.
func (w Want) gives() Want {
	if w.whole()&WantStatus != 0 {
		w |= WantStatus | WantBrief | WantRSS
	}
	return w | WantStat
}

// ID is the identity of a process: its PID, and when it started in clock ticks since boot (field 22 of stat). A PID
// alone comes back with another process behind it.
type ID struct {
	PID   int
	Start uint64
}

func (id ID) String() string { return fmt.Sprintf("%d@%d", id.PID, id.Start) }

// Process is one row of the table: what /proc/PID said. The pointers are nil where the snapshot was not asked for
// them, and never point to anything that is written again. Each carries its own Err where reading it failed.
type Process struct {
	Stat
	TID     int // of a row that stands for one thread, see detail.Reader.Expand; 0: the whole process
	Status  *Status
	Cmdline *Cmdline
	Cgroups *Cgroups
	NS      *Namespaces
	IO      *IO
	Label   *Label
}

// IO is what a process has read and written.
type IO = taskio.IO

// ID returns the identity.
func (p *Process) ID() ID { return ID{PID: p.PID, Start: p.StartTime} }

// KernelThreadFlag is PF_KTHREAD of include/linux/sched.h.
const KernelThreadFlag = 0x00200000

// KernelThread reports whether this is a thread of the kernel itself.
func (s *Stat) KernelThread() bool { return s.Flags&KernelThreadFlag != 0 }

// Snapshot is the process table as one pass over /proc found it. It is never changed after it is made. The pass is
// not atomic: processes come and go while it runs, so that parents may be missing, or even form a cycle.
type Snapshot struct {
	Host      Machine
	Taken     time.Time     // when the pass began, by the clock on the wall
	Uptime    time.Duration // since boot, when the pass began (CLOCK_BOOTTIME)
	Took      time.Duration // how long the pass lasted
	Processes []Process     // by ascending PID
	Vanished  int           // processes that ended between being listed and being read; no error
	Refused   int           // processes whose stat could not be read for another reason than having ended
	// processes that are missing, or of which fields are, for want of descriptors or memory of the kernel
	Short    int
	ShortErr error // the reason for the first of them
	// command lines of which only CmdlineCut bytes were read, because of the length of all together
	CutLines int
	// Origin says where the rows come from.
	Origin Origin
}

// Origin says where the rows of a snapshot come from: all from the files of /proc, unless Bulk is set.
type Origin struct {
	Bulk string // what gave most of the fields in one go, "BPF" for a task iterator; empty: nothing did
	Why  string // why Bulk is empty although it was asked for; empty if it was not
}

// Incomplete says how many processes the snapshot lacks, whole or in part, for want of descriptors or memory; nil if
// none.
func (s *Snapshot) Incomplete() error {
	if s.Short == 0 {
		return nil
	}
	return fault.Hinted(fmt.Sprintf("bones could not read %d of %d processes, or not all of them", s.Short,
		len(s.Processes)+s.Refused), s.ShortErr, fault.Remedy(s.ShortErr, ""))
}

// Cut says how many command lines were cut because all of them together are too long; nil if none was.
func (s *Snapshot) Cut() error {
	if s.CutLines == 0 {
		return nil
	}
	return fmt.Errorf("the command lines of all processes are longer than %d MiB together: %d are cut to %d KiB",
		CmdlinesMax>>20, s.CutLines, CmdlineCut>>10)
}

// Position returns where in Processes the one with this PID is. If there is none, ok is false, and the position is
// where it would be.
func (s *Snapshot) Position(pid int) (at int, ok bool) { return position(s.Processes, pid) }

// position finds a PID among rows that are in the order of their PIDs. slices.BinarySearchFunc would copy a row, of
// hundreds of bytes, for each look.
func position(rows []Process, pid int) (at int, ok bool) {
	at = sort.Search(len(rows), func(i int) bool { return rows[i].PID >= pid })
	return at, at < len(rows) && rows[at].PID == pid
}

// Find returns the process with this PID, or nil.
func (s *Snapshot) Find(pid int) *Process {
	at, ok := s.Position(pid)
	if !ok {
		return nil
	}
	return &s.Processes[at]
}

// Missing says why a process is not among the rows: that there is none, or that /proc hides it.
func (s *Snapshot) Missing(pid int) string {
	return procroot.Missing(s.Host.HidePID, s.Host.OwnPIDs, pid)
}

// FindID returns the process with this identity, or nil if it has ended, even if its PID is in use again.
func (s *Snapshot) FindID(id ID) *Process {
	if p := s.Find(id.PID); p != nil && p.StartTime == id.Start {
		return p
	}
	return nil
}

// StartedAt returns when a process of this snapshot started.
func (s *Snapshot) StartedAt(p *Process) time.Time {
	return s.Host.BootTime.Add(s.Host.Ticks(p.StartTime))
}

// ErrGone says that the process has ended. ErrStuck says that reading the file hung, because the process (or a file
// system of its making) holds a lock on its own memory; it is not tried again for this identity. ErrNotTried says that
// too many others of the same user and container hung so. ErrUnsupported says that this kernel has no such file.
var (
	ErrGone        = error(fault.New(fault.Gone, "the process has ended"))
	ErrStuck       = errors.New("the process does not let its memory be read (no answer in time)")
	ErrNotTried    = errors.New("not read: other processes of this user and container did not answer")
	ErrUnsupported = error(fault.New(fault.Unsupported, "this kernel does not have it"))
)
