package procwalk

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// pass is one walk over the listed PIDs by several workers. Each takes the next PID until there are none.
//
// A worker may come to hang in a file that takes the process's memory lock. Such reads are announced (worker.slow);
// a watchdog that finds the same read under way for too long takes the row away from the worker, marks it stuck and
// starts another worker. The one left behind touches no row when it wakes up, tells the jail, and ends.
type pass struct {
	w            *Walker
	want         Want
	keptSuffices bool // the snapshot before was taken for at least this Want
	next         atomic.Int64
	stop         atomic.Bool
	rows         []Process
	has          []Want // what each of the rows holds; of a Walker that keeps
	state        []rowState
	fds          []int // stat descriptors to keep, -1 for none

	held    atomic.Int64 // descriptors that are kept, those of processes that have ended included until the pass is over
	narrow  bool         // what was starved is read again, one descriptor at a time
	starved []int        // which rows that is
	short   int          // how many processes could not be read, or not whole, for want of descriptors or memory
	why     error        // why not, of the first

	clocks  []int64 // of the CPU, of each row; nil where they are not looked at
	skipped []bool  // which rows were taken over because the process has not run

	batch   Batch    // gives most of the rows; nil: /proc alone does
	index   []int32  // where in batch each row is, -1 where it is not
	notes   []Given  // of the rows that batch has given
	groups  sync.Map // of Given.Groups in this batch: *Cgroups
	recheck bool     // files are read by path, and the identities looked at again at the end
	started []uint64 // of the rows of which that is so

	lines, cut atomic.Int64 // bytes of the command lines of this pass, and how many lines were cut because of it

	mu      sync.Mutex
	workers []*worker
	running sync.WaitGroup // workers that were not left behind
}

// rowState is what became of a listed PID.
type rowState uint8

const (
	rowUnread rowState = iota
	rowRead
	rowVanished
	rowRefused
	rowStarved // no descriptor, or no memory of the kernel, was to be had: it is read again
)

// slowDeadline is how long one read of a process's memory may take. It is many times what the largest command line
// needs, and short enough that a few such processes do not hold up a refresh.
const slowDeadline = 150 * time.Millisecond

// mostPatience is how many times slowDeadline is waited where the machine is busy: for a thread that could run and
// gets no processor, and that is not held up by the process it reads.
const mostPatience = 40

func newPass(w *Walker, want Want, batch Batch) *pass {
	w.jail.NewPass()
	p := &pass{w: w, want: want, keptSuffices: w.wanted&want == want}
	if batch != nil {
		p.useBatch(batch)
	}
	n := len(w.pids)
	p.rows, p.state = make([]Process, n), cleared(&w.scratch.state, n)
	if w.keep {
		if w.clocks && batch == nil && len(w.inos) == n {
			p.clocks, p.skipped = cleared(&w.scratch.clocks, n), cleared(&w.scratch.skipped, n)
		}
		p.fds, p.has = cleared(&w.scratch.fds, n), cleared(&w.scratch.has, n)
		for i := range p.fds {
			p.fds[i] = -1
		}
		p.held.Store(heldBy(w.kept))
	}
	return p
}

// scratch is what one pass after the other notes about its rows. A worker that was left behind touches none of it.
type scratch struct {
	state   []rowState
	skipped []bool
	has     []Want
	fds     []int
	index   []int32
	notes   []Given
	clocks  []int64
	started []uint64
}

// cleared returns n of what is kept to be used again.
func cleared[T any](s *[]T, n int) []T {
	if cap(*s) < n || cap(*s) > 4*n {
		*s = make([]T, n, n+n/8)
	}
	*s = (*s)[:n]
	clear(*s)
	return *s
}

// run reads all rows, or fails with the context's error.
func (p *pass) run(ctx context.Context) error {
	if err := p.readAll(ctx); err != nil {
		return err
	}
	for i, state := range p.state {
		if state == rowStarved {
			p.starved = append(p.starved, i)
		}
	}
	if len(p.starved) == 0 {
		return nil
	}
	p.narrow = true
	p.next.Store(0)
	p.shed(p.held.Load() / 2)
	return p.readAll(ctx)
}

// readAll has the workers read what there is to be read.
func (p *pass) readAll(ctx context.Context) error {
	// Before any worker: the first timer that runs has the Go runtime open descriptors, and it dies where there are none.
	// That of a channel only runs once somebody waits for it.
	time.AfterFunc(time.Hour, crash.Guarded(func() {})).Stop()
	tick := time.NewTicker(slowDeadline / 3)
	defer tick.Stop()
	n := p.w.workersFor(len(p.w.pids))
	if p.narrow {
		n = 1
	}
	for range n {
		p.start()
	}
	done := make(chan struct{})
	crash.Go(func() {
		p.running.Wait()
		close(done)
	})
	cancelled := ctx.Done()
	for {
		select {
		case <-done:
			return ctx.Err()
		case <-cancelled:
			p.stop.Store(true)
			cancelled = nil // those that hang are still to be left behind
		case now := <-tick.C:
			p.watch(now)
		}
	}
}

// workersFor is in how many goroutines so many processes are read.
func (w *Walker) workersFor(processes int) int {
	return max(1, min(cmp.Or(w.workers, min(runtime.GOMAXPROCS(0), 8)), processes/16+1))
}

func (p *pass) start() {
	wk := &worker{pass: p, buf: make([]byte, 8<<10)}
	p.mu.Lock()
	p.workers = append(p.workers, wk)
	p.mu.Unlock()
	p.running.Add(1)
	crash.Go(wk.run)
}

// watch leaves behind each worker whose slow read has been under way for longer than the deadline.
func (p *pass) watch(now time.Time) {
	p.mu.Lock()
	workers := p.workers
	p.mu.Unlock()
	for _, wk := range workers {
		read := wk.slow.Load()
		if read == nil || now.Sub(read.since) < slowDeadline ||
			now.Sub(read.since) < mostPatience*slowDeadline && runnable(read.thread) {
			continue
		}
		who := prisonerAt(read.dir)
		if !wk.slow.CompareAndSwap(read, nil) {
			continue // it has just come back, and who may be anybody
		}
		p.w.jail.Put(read.id, who)
		p.giveUp(&p.rows[read.row])
		p.state[read.row] = rowRead
		if !p.stop.Load() {
			p.start() // before Done: the group must not come to rest in between
		}
		p.running.Done()
	}
}

// giveUp says of what was still to be read of a row that it could not be.
func (p *pass) giveUp(row *Process) {
	if p.want&WantIO != 0 && row.IO == nil {
		row.IO = &IO{Err: ErrStuck}
	}
	if p.want&WantCmdline != 0 {
		row.Cmdline = &Cmdline{Err: ErrStuck}
	}
}

// collect moves the rows that were read into the snapshot, and what is to be kept into the walker.
func (p *pass) collect(s *Snapshot) {
	p.readOrphans()
	p.w.unseen, p.w.refused = p.w.unseen[:0], p.w.refused[:0]
	out := p.rows[:0]
	var keep []kept
	if p.w.keep {
		if keep = p.w.spare[:0]; cap(keep) < len(p.rows) || cap(keep) > 4*len(p.rows) {
			keep = make([]kept, 0, len(p.rows))
		}
	}
	for i := range p.rows {
		switch p.state[i] {
		case rowRead:
			if p.batch != nil && p.index[i] < 0 {
				p.w.unseen = append(p.w.unseen, p.rows[i].PID)
			}
			var k kept
			if p.w.keep {
				k = kept{pid: p.rows[i].PID, known: p.rows[i].parts(), statfd: p.fds[i], has: p.has[i]}
			}
			p.want.only(&p.rows[i])
			if out = out[:len(out)+1]; len(out) <= i {
				out[len(out)-1] = p.rows[i] // one before it was left out
			}
			k.row = &out[len(out)-1]
			if p.w.keep {
				if p.batch != nil {
					k.given = p.notes[i]
				}
				if p.clocks != nil {
					k.ino, k.clock = p.w.inos[i], p.clocks[i]
				}
				keep = append(keep, k)
			}
		case rowRefused:
			s.Refused++
			p.w.refused = append(p.w.refused, p.w.pids[i])
		default:
			s.Vanished++
		}
	}
	s.Short, s.ShortErr, s.CutLines = p.short, p.why, int(p.cut.Load())
	p.dropKept(keep)
	clear(p.rows[len(out):])
	s.Processes = out
	if !p.w.jail.Empty() {
		p.w.jail.Forget(func(id ID) bool { return s.FindID(id) != nil })
	}
}

// only takes out of a row what was kept in it and is not wanted any more: it is of some time ago, and few other rows
// have it.
func (w Want) only(row *Process) {
	if w.whole()&WantStatus == 0 {
		row.Status = nil
	}
	if w&WantCgroup == 0 {
		row.Cgroups = nil
	}
	if w&WantNS == 0 {
		row.NS = nil
	}
	if w&WantLabel == 0 {
		row.Label = nil
	}
	if w&WantCmdline == 0 {
		row.Cmdline = nil
	}
	if w&WantIO == 0 {
		row.IO = nil
	}
}

// dropKept closes what was kept for identities that are no longer there, and keeps the new list.
func (p *pass) dropKept(keep []kept) {
	if !p.w.keep {
		return
	}
	j := 0
	for _, old := range p.w.kept {
		for j < len(keep) && keep[j].pid < old.pid {
			j++
		}
		if old.statfd >= 0 && (j == len(keep) || keep[j].statfd != old.statfd) {
			unix.Close(old.statfd)
		}
	}
	p.w.kept, p.w.spare = keep, p.w.kept
	clear(p.w.spare)
}

// abort gives back what an unfinished pass opened.
func (p *pass) abort() {
	held := make(map[int]bool, len(p.w.kept))
	for _, k := range p.w.kept {
		held[k.statfd] = true
	}
	for _, fd := range p.fds {
		if fd >= 0 && !held[fd] {
			unix.Close(fd)
		}
	}
}

// gone reports whether an error means that the process has ended.
func gone(err error) bool { return errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) }
