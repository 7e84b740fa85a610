package procwalk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bones/procwalk/fault"
	"bones/procwalk/hangs"
	"bones/procwalk/procroot"

	"golang.org/x/sys/unix"
)

// Walker reads a /proc. It is not for use by two goroutines at once; the snapshots that it gives are.
//
// A Walker that keeps (see Keep) holds one descriptor for each process between snapshots, open on its stat: reading
// it again is one system call, and when the process ends it answers ESRCH even if the number is used again. What is
// constant for an identity as a rule is read again after an exec, where Request.Fresh asks, and otherwise once in
// rereadEvery snapshots, in turn.
type Walker struct {
	root    string
	rootfd  int
	keep    bool
	workers int // 0: as many as there are processors now, 8 at most
	lineMax int // see Lines
	host    Machine
	passes  uint64
	wanted  Want
	fresh   Fresh
	fdRoom  int // how many descriptors may be held
	kept    []kept
	spare   []kept // room for the next ones
	scratch scratch
	pids    []int
	only    []int // nil: all
	dents   []byte
	inos    []uint64 // of pids; empty where they are not known
	listed  int      // the number that had been given to a task last when kept was listed without a batch; 0: not known
	listing int      // likewise pids
	tasks   int      // how many there were then
	refused []int    // those of pids of which nothing could be read in the last pass
	clocks  bool     // CPU clocks tell which processes have not run
	jail    *hangs.Jail[ID]
	groups  procroot.HostGroupNames
	bulk    *bulkState      // nil: /proc alone is read
	unseen  []int           // processes that the last batch did not have
	lacking func(*Snapshot) // told of a snapshot that lacks something; may be nil
}

// rereadEvery is in how many snapshots everything about a process is read anew, although nothing about it suggests
// that it changed: user, command line, namespaces and cgroup can all be changed without an exec.
const rereadEvery = 16

// kept is what a Walker remembers of a process.
type kept struct {
	pid    int
	row    *Process // of the last snapshot, which may not want all that is known:
	known  parts
	statfd int    // of its stat, or of its directory if has says dirHeld
	ino    uint64 // of the directory, and
	clock  int64  // its CPU clock before it was read; 0 where that is not known
	given  Given  // what a Bulk said of it; zero where /proc alone was read
	has    Want   // what row holds, which may be more than was asked for last
}

// parts are what a row has beside its stat.
type parts struct {
	Status  *Status
	Cmdline *Cmdline
	Cgroups *Cgroups
	NS      *Namespaces
	IO      *IO
	Label   *Label
}

func (row *Process) parts() parts {
	return parts{row.Status, row.Cmdline, row.Cgroups, row.NS, row.IO, row.Label}
}

// all is the row with all that is known.
func (k *kept) all() Process {
	row, all := *k.row, &k.known
	row.Status, row.Cmdline, row.Cgroups, row.NS, row.IO, row.Label = all.Status, all.Cmdline, all.Cgroups, all.NS,
		all.IO, all.Label
	return row
}

// Option changes what NewWalker makes.
type Option func(*Walker)

// Keep makes a Walker for repeated snapshots.
func Keep() Option { return func(w *Walker) { w.keep = true } }

// Workers sets in how many goroutines a snapshot is read; by default as many as GOMAXPROCS says then, 8 at most.
func Workers(n int) Option { return func(w *Walker) { w.workers = max(n, 1) } }

// Lines sets how much of each command line is read, in bytes; by default CmdlineMax.
func Lines(max int) Option { return func(w *Walker) { w.lineMax = max } }

// Only makes a Walker that reads these processes and no others, for a closer look at a few rows of a table.
func Only(pids []int) Option {
	return func(w *Walker) {
		w.only = append([]int{}, pids...) // not nil
		slices.Sort(w.only)
		w.only = slices.Compact(w.only)
	}
}

// OnLacking has f told about each snapshot that lacks something, see Snapshot.Incomplete and Snapshot.Cut.
func OnLacking(f func(*Snapshot)) Option { return func(w *Walker) { w.lacking = f } }

// NewWalker returns a Walker over the proc file system mounted at root, "/proc" as a rule.
func NewWalker(root string, options ...Option) (*Walker, error) {
	fd, err := unix.Open(root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fault.Hinted("reading the process table: "+root, err, fault.Remedy(err, procroot.Wanted(root)))
	}
	w := &Walker{
		root:    root,
		rootfd:  fd,
		lineMax: CmdlineMax,
		dents:   make([]byte, 32<<10),
		jail:    hangs.New[ID](procroot.MountNS(root)),
		groups:  procroot.Groups(root),
	}
	for _, o := range options {
		o(w)
	}
	if w.host, err = readHost(root, fd); err != nil {
		unix.Close(fd)
		return nil, fault.Hinted("reading the process table: "+root, err, fault.Remedy(err, procroot.Wanted(root)))
	}
	if w.keep {
		w.clocks = procroot.Numbers(root)
		// Leave room for whatever else the program opens; beyond it processes are opened anew each time.
		var limit unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err == nil {
			w.fdRoom = int(min(limit.Cur, 1<<20)) - 256
		}
	}
	return w, nil
}

// Close gives back the descriptors that the Walker holds.
func (w *Walker) Close() error {
	for i := range w.kept {
		if w.kept[i].statfd >= 0 {
			unix.Close(w.kept[i].statfd)
		}
	}
	w.kept = nil
	if w.bulk != nil && w.bulk.bulk != nil {
		w.bulk.bulk.Close()
		w.bulk.bulk = nil
	}
	return unix.Close(w.rootfd)
}

// Snapshot implements Source. It fails only where the table as a whole cannot be read; what cannot be read of one
// process is an error on that field.
func (w *Walker) Snapshot(ctx context.Context, r Request) (*Snapshot, error) {
	began, want := time.Now(), r.Want
	w.fresh = r.Fresh
	s := &Snapshot{Taken: began}
	var err error
	if s.Uptime, err = readUptime(w.rootfd, &w.host); err != nil {
		return nil, fmt.Errorf("reading the process table: %s/uptime: %w", w.root, err)
	}
	if w.passes%rereadEvery == 0 && w.passes > 0 {
		// The clock may have been set, processors come and go.
		if h, err := readHost(w.root, w.rootfd); err == nil {
			w.host = h
		}
	}
	s.Host = w.host
	batch, err := w.list(want)
	if err != nil {
		return nil, err
	}
	p := newPass(w, want, batch)
	if err := p.run(ctx); err != nil {
		p.abort()
		return nil, err
	}
	if err := p.recheckIdentities(); err != nil {
		p.abort()
		if w.bulk.must {
			return nil, fmt.Errorf("reading the process table by %s: %w", w.bulk.bulk.Name(), err)
		}
		w.giveUpBulk(err)
		return w.Snapshot(ctx, r) // by /proc
	}
	p.collect(s)
	w.passes++
	w.wanted, w.listed = want, w.listing
	if batch != nil && !p.recheck {
		w.bulk.base = &want
	}
	s.Origin = w.origin(batch, want)
	s.Took = time.Since(began)
	if w.lacking != nil && (s.Short > 0 || s.CutLines > 0) {
		w.lacking(s)
	}
	return s, nil
}
