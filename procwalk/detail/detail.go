// Package detail reads what is to be known about one process beyond its row in the table, when somebody asks.
//
// All of it comes through one open directory of the process (procwalk.Folder), in bounded amounts: nothing here grows
// with what a process makes the kernel show of it.
package detail

import (
	"context"
	"errors"
	"sync"
	"time"

	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/idmap"
	"bones/procwalk/smaps"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Field is a value that was read, or why it could not be: procwalk.ErrGone, ErrNone, ErrUnsupported, ErrStuck, a
// permission (errors.Is os.ErrPermission), the context's error, or whatever else went wrong.
type Field[T any] struct {
	Value T
	Err   error
}

// Detail is everything about one process at one time. It is never changed after it is made. Status, Cmdline, Cgroups
// and IO are never nil; they carry errors of their own.
type Detail struct {
	ID      procwalk.ID
	Taken   time.Time
	Err     error // the process had ended, or its folder could not be opened: then nothing else is there
	Ended   bool  // it ended while it was read: what is there is its last
	Stat    procwalk.Stat
	Status  *procwalk.Status
	Cmdline *procwalk.Cmdline
	Cgroups *procwalk.Cgroups
	IO      *procwalk.IO

	Exe, Cwd, Root Field[Link]
	Limits         Field[[]ResourceLimit]
	Mounts         Field[Mounts]
	FDs            Field[FDs]
	Smaps          Field[smaps.Rollup] // bytes
	Environ        Field[Environ]
	Threads        Field[Threads]
	OOMScore       Field[int64]     // 0 to 2000: the more, the sooner it is killed when memory runs out
	OOMScoreAdj    Field[int64]     // -1000 (never) to 1000
	WChan          Field[text.Text] // the kernel function that it sleeps in; empty: none, or not told
	Personality    Field[uint64]    // personality(2)
	LoginUID       Field[uint32]    // who logged in; NoLogin if nobody did
	Label          Field[text.Text] // the label of the Linux security module
	Schedstat      Field[Schedstat]
	Net            Field[Net]
	UIDMap, GIDMap Field[idmap.Map]
}

// NoLogin is the LoginUID of a process that no login started.
const NoLogin = 1<<32 - 1

// readDeadline is how long a read may take that needs the process's memory, or an answer from a file server.
const readDeadline = 500 * time.Millisecond

// Reader reads details below one /proc. It remembers which processes do not let themselves be read, and is for use by
// several goroutines at once.
type Reader struct {
	root string
	// Each sort of slow read has its own: that a process is too large to be measured in time is no reason not to read
	// its environment. Together they leave ten threads behind at most.
	memory, smaps, mounts, io *Deadline
}

// NewReader returns a Reader of the proc file system mounted at root, "/proc" as a rule.
func NewReader(root string) *Reader {
	return &Reader{
		root:   root,
		memory: NewDeadline(readDeadline, 4),
		smaps:  NewDeadline(readDeadline, 2),
		mounts: NewDeadline(readDeadline, 2),
		io:     NewDeadline(readDeadline, 2),
	}
}

// open begins a Detail, and opens the process' folder, and that of a thread of it which still has what the threads
// share: the first one may have ended. With an error in the Detail nothing is open.
func (r *Reader) open(id procwalk.ID) (*Detail, *procwalk.Folder, *procwalk.Folder) {
	d := &Detail{ID: id, Taken: time.Now()}
	folder, err := procwalk.OpenFolder(r.root, id)
	if err != nil {
		d.Err = err
		return d, nil, nil
	}
	d.Stat = folder.Stat
	living, err := folder.Living()
	if err != nil {
		folder.Close()
		d.Err = err
		return d, nil, nil
	}
	return d, folder, living
}

// Read reads everything about the process with this identity. It returns soon after the deadline of the reads
// that may hang, whatever the process does.
func (r *Reader) Read(ctx context.Context, id procwalk.ID) *Detail {
	if err := ctx.Err(); err != nil {
		return &Detail{ID: id, Taken: time.Now(), Err: err}
	}
	d, folder, living := r.open(id)
	if d.Err != nil {
		return d
	}
	defer folder.Close()
	defer living.Close()
	slow := r.slow(ctx, living, id)
	d.Cmdline, d.Environ, d.Smaps = slow.cmdline, slow.environ, slow.smaps

	d.Status = folder.Status()
	d.Cgroups = folder.Cgroups()
	var err error
	if d.IO, err = guarded(ctx, r.io, folder, id, (*procwalk.Folder).IO); err != nil {
		d.IO = &procwalk.IO{Err: err} // it waits for an exec, and an exec for the lock on the memory
	}
	d.Exe, d.Cwd, d.Root = readLink(living, "exe"), readLink(living, "cwd"), readLink(living, "root")
	d.Limits = parsed(folder, "limits", ParseLimits)
	d.OOMScore = parsed(folder, "oom_score", parseInt)
	d.OOMScoreAdj = parsed(folder, "oom_score_adj", parseInt)
	d.WChan = parsed(folder, "wchan", parseWChan)
	d.Personality = parsed(folder, "personality", parseHex)
	d.LoginUID = parsed(folder, "loginuid", parseLoginUID)
	d.Label = readLabel(folder)
	d.Schedstat = parsed(folder, "schedstat", ParseSchedstat)
	d.UIDMap = parsed(folder, "uid_map", idmap.Parse)
	d.GIDMap = parsed(folder, "gid_map", idmap.Parse)
	d.Net = readNet(living)
	d.Mounts = readMounts(living, slow.rootMount, slow.cwdMount)
	d.FDs = readFDs(ctx, living)
	d.Threads = readThreads(ctx, folder, ThreadsListed)
	d.Ended = !folder.Alive()
	return d
}

// slow is what was read with a deadline.
type slow struct {
	cmdline             *procwalk.Cmdline
	environ             Field[Environ]
	smaps               Field[smaps.Rollup]
	rootMount, cwdMount Field[int] // mount IDs
}

// slow reads, side by side, what may hang.
func (r *Reader) slow(ctx context.Context, folder *procwalk.Folder, id procwalk.ID) *slow {
	s := &slow{}
	var wg sync.WaitGroup
	wg.Go(crash.Guarded(func() {
		type memory struct {
			cmdline *procwalk.Cmdline
			environ Field[Environ]
		}
		m, err := guarded(ctx, r.memory, folder, id, func(own *procwalk.Folder) memory {
			return memory{own.Cmdline(), readEnviron(own)}
		})
		if err != nil {
			m.cmdline, m.environ.Err = &procwalk.Cmdline{Err: err}, err
		}
		s.cmdline, s.environ = m.cmdline, m.environ
	}))
	wg.Go(crash.Guarded(func() {
		var err error
		if s.smaps, err = guarded(ctx, r.smaps, folder, id, readSmaps); err != nil {
			s.smaps.Err = err
		}
	}))
	wg.Go(crash.Guarded(func() {
		ids, err := guarded(ctx, r.mounts, folder, id, func(own *procwalk.Folder) [2]Field[int] {
			return [2]Field[int]{mountID(own, "root"), mountID(own, "cwd")}
		})
		if err != nil {
			ids[0].Err, ids[1].Err = err, err
		}
		s.rootMount, s.cwdMount = ids[0], ids[1]
	}))
	wg.Wait()
	return s
}

// guarded runs a read within a deadline, with a directory of its own that it can keep if it is left behind.
func guarded[T any](ctx context.Context, d *Deadline, folder *procwalk.Folder, id procwalk.ID,
	read func(own *procwalk.Folder) T) (T, error) {
	own, err := folder.Clone()
	if err != nil {
		var none T
		return none, err
	}
	return Within(ctx, d, id, func() T { return read(own) }, func() { own.Close() })
}

// parsed reads a small file of the kernel's own making.
func parsed[T any](folder *procwalk.Folder, name string, parse func([]byte) (T, error)) Field[T] {
	b, truncated, err := folder.Read(name, 64<<10)
	if err != nil {
		return Field[T]{Err: err}
	}
	if truncated {
		return Field[T]{Err: errors.New(name + " is longer than it can be")}
	}
	v, err := parse(b)
	if err != nil {
		return Field[T]{Err: err}
	}
	return Field[T]{Value: v}
}

// readLabel tells a kernel without labels (EINVAL) from a process that may not be asked.
//
// Source: proc_pid_attr(5); security/security.c, security_getprocattr.
func readLabel(folder *procwalk.Folder) Field[text.Text] {
	f := parsed(folder, "attr/current", func(b []byte) (text.Text, error) { return text.New(trimEnd(b)), nil })
	if errors.Is(f.Err, unix.EINVAL) {
		f.Err = procwalk.ErrUnsupported
	}
	return f
}
