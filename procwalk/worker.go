package procwalk

import (
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"bones/procwalk/dirfile"
	"bones/procwalk/hangs"
	"bones/procwalk/quick"
	"bones/procwalk/taskio"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// worker reads rows of a pass, one after the other, into a buffer of its own.
type worker struct {
	pass         *pass
	buf          []byte
	name         [24]byte
	alike        alike
	kernel       *Status                  // of a thread of the kernel that was read, see kernelStatus; nil: none was
	kernelSpaces *Namespaces              // of such a thread; nil: none was read
	inKernel     bool                     // the row before was such a thread
	old          *Process                 // the row that given looks at, of the snapshot before
	whole        Process                  // where old is, if that snapshot did not want all that is known
	shift        int                      // see keptNear
	lines        int64                    // bytes of command lines, and
	cut          int64                    // how many of them are cut, that the pass has not been told of
	slow         atomic.Pointer[slowRead] // the read under way that may hang; whoever takes it away owns the row
}

type slowRead struct {
	row    int
	id     ID
	dir    folder // stays open for as long as the read is under way
	since  time.Time
	thread int // that reads; the runtime may move the worker to another one before the read begins, never during it
}

func (wk *worker) run() {
	p := wk.pass
	for !p.stop.Load() {
		i := int(p.next.Add(1)) - 1
		if p.narrow {
			if i >= len(p.starved) {
				break
			}
			i = p.starved[i]
		} else if i >= len(p.w.pids) {
			break
		}
		state, mine := wk.row(i)
		if !mine {
			return // left behind: the watchdog has already said Done for us
		}
		p.state[i] = state
	}
	wk.tell()
	p.running.Done()
}

// row reads one row. mine is false if the watchdog took the row away meanwhile.
func (wk *worker) row(i int) (state rowState, mine bool) {
	p := wk.pass
	pid := p.w.pids[i]
	if p.narrow {
		return wk.byName(i, pid)
	}
	if p.batch != nil {
		if state, mine, ok := wk.given(i, pid); ok {
			return state, mine
		}
	}
	if p.w.keep {
		if k := wk.keptNear(i, pid); k != nil {
			if p.idle(i, k) {
				wk.keepIdle(i, k)
				return rowRead, true
			}
			if state, mine, ok := wk.refresh(i, k); ok {
				return state, mine
			}
		}
	}
	if p.clocks != nil {
		p.clocks[i] = quick.CPUClock(pid)
	}
	return wk.fresh(i, pid)
}

// keptNear is keptRow for row i of the pass: few processes come and go between two snapshots, so most are as far from
// where they were as the one before.
func (wk *worker) keptNear(i, pid int) *kept {
	at, ok := wk.find(i, pid)
	if !ok || wk.pass.w.kept[at].statfd < 0 || wk.pass.w.kept[at].has&dirHeld != 0 {
		return nil
	}
	return &wk.pass.w.kept[at]
}

// find returns where in the list of what is kept the process of row i is.
func (wk *worker) find(i, pid int) (at int, ok bool) {
	list := wk.pass.w.kept
	if at = i + wk.shift; at >= 0 && at < len(list) && list[at].pid == pid {
		return at, true
	}
	if at, ok = keptAt(list, pid); ok {
		wk.shift = at - i
	}
	return at, ok
}

// refresh reads the row of a process that is already known. ok is false if that process has ended: the number may be
// another's by now.
func (wk *worker) refresh(i int, k *kept) (state rowState, mine, ok bool) {
	p := wk.pass
	row := &p.rows[i]
	row.Comm = k.row.Comm // lets ParseStat keep its memory
	if wk.preadStat(k.statfd, &row.Stat) != nil {
		*row = Process{}
		return 0, false, false
	}
	all := &k.known
	row.Status, row.Cmdline, row.Cgroups, row.NS, row.Label = all.Status, all.Cmdline, all.Cgroups, all.NS, all.Label
	p.fds[i] = k.statfd
	own := p.ownKept(i, k)
	if own&WantIO != 0 {
		row.IO = all.IO
	}
	want := p.w.fresh.Of(row.PID, p.want)&^own | p.want&^k.has
	has := k.has&^WantIO | own
	turn, asleep := p.w.passes%rereadEvery == uint64(row.PID)%rereadEvery, p.asleep(i, k)
	switch {
	case changed(&k.row.Stat, &row.Stat), turn && !asleep, asleep && p.w.passes%seldom == uint64(row.PID)%seldom:
		want, has = p.want&^own, own // what else is not wanted now is forgotten: nothing is kept for longer
		(p.want | own).only(row)
	case turn: // it has not run: only what others change can be new
		others := WantCgroup | WantStatus
		if k.row.Stat != row.Stat {
			others |= WantBrief | WantRSS
		}
		want, has = want|p.want&others, has&^others
		(has | p.want).only(row)
	}
	p.has[i] = has | want.gives()
	if want&WantCmdline == 0 {
		wk.countLine(row)
	}
	if want == 0 {
		return rowRead, true, true
	}
	dir := folder{fd: p.w.rootfd}
	if want == WantIO || want == WantCgroup {
		dir.prefix = strconv.Itoa(row.PID) + "/" // one file by its path: a descriptor for the directory costs as much again
	} else {
		var err error
		if dir, err = wk.open(row.PID); starved(err) {
			return rowStarved, true, true
		} else if err != nil {
			p.fds[i] = -1
			*row = Process{}
			return 0, false, false
		}
	}
	state, mine = wk.files(dir, i, want)
	if dir.fd != p.w.rootfd {
		quick.Close(dir.fd)
	}
	if !mine {
		return state, false, true
	}
	// What was read was found by number. If the process that we hold is still there now, the number was its.
	var check Stat
	if wk.preadStat(k.statfd, &check) != nil {
		p.fds[i] = -1
		*row = Process{}
		return 0, false, false
	}
	return state, true, true
}

// changed reports whether what stat says suggests an exec, or the loss of the memory, since.
func changed(old, now *Stat) bool {
	return old.Comm != now.Comm || old.StartCode != now.StartCode || old.StartStack != now.StartStack ||
		old.EndCode != now.EndCode || (old.State == 'Z') != (now.State == 'Z') || (old.VSize == 0) != (now.VSize == 0)
}

// fresh reads the row of a process that is not known, all through one descriptor of its directory.
func (wk *worker) fresh(i, pid int) (state rowState, mine bool) {
	p := wk.pass
	row := &p.rows[i]
	if wk.kernelThread(i, pid) {
		return rowRead, true
	}
	dir, err := wk.open(pid)
	if err != nil {
		return failure(err), true
	}
	defer quick.Close(dir.fd)
	fd, err := quick.Open(dir.fd, fileStat, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return failure(err), true
	}
	if err := wk.preadStat(fd, &row.Stat); err != nil {
		quick.Close(fd)
		return failure(err), true
	}
	if p.w.keep {
		p.has[i] = p.want.gives()
	}
	if p.w.keep && p.hold() {
		p.fds[i] = fd
	} else {
		quick.Close(fd)
	}
	state, mine = wk.files(dir, i, p.want)
	if mine && state != rowRead {
		p.letGo(i, -1)
	}
	return state, mine
}

func failure(err error) rowState {
	switch {
	case gone(err):
		return rowVanished
	case starved(err):
		return rowStarved
	}
	return rowRefused
}

// files reads what is wanted beside stat. Every file that a dead process no longer answers makes the row vanish.
func (wk *worker) files(dir folder, i int, want Want) (state rowState, mine bool) {
	row := &wk.pass.rows[i]
	brief := want&WantStatus == 0 && !wk.pass.w.keep // a Walker that keeps takes what it has read for the whole
	if known := wk.kernelStatus(row); brief && known != nil && want.whole()&WantStatus != 0 {
		row.Status, wk.inKernel = known, true
	} else if want.whole()&WantStatus != 0 {
		b, err := wk.readQuick(dir, fileStatus)
		if gone(err) {
			return rowVanished, true
		}
		if wk.starved(err) {
			return rowStarved, true
		}
		if err != nil {
			row.Status = &Status{Err: err}
		} else if now := parseStatus(b, brief); row.Status == nil || !row.Status.sameProcess(now) {
			row.Status = now
		}
		if brief {
			wk.remember(row)
		}
	}
	if want&WantCgroup != 0 {
		b, err := wk.readWaiting(dir, fileCgroup)
		switch {
		case gone(err) && !wk.alive(dir):
			return rowVanished, true
		case wk.starved(err):
			return rowStarved, true
		case err != nil:
			row.Cgroups = &Cgroups{Err: unsupportedIfAbsent(err)}
		default:
			was := row.Cgroups
			if was == nil && wk.old != nil {
				was = wk.old.Cgroups
			}
			// What is the same is the same pointer, in one snapshot after the other: comparing them costs nothing then.
			row.Cgroups = wk.alike.ofGroups(b, wk.pass.w.groups)
			if was != nil && was.Err == nil && row.Cgroups.Err == nil && slices.Equal(was.Lines, row.Cgroups.Lines) {
				row.Cgroups = was
			}
		}
	}
	if want&WantNS != 0 {
		row.NS = wk.alike.ofNamespaces(wk.namespaces(dir, row))
	}
	if want&WantLabel != 0 {
		b, err := wk.readQuick(dir, fileLabel)
		if wk.starved(err) {
			return rowStarved, true
		}
		if err != nil {
			row.Label = &Label{Err: err}
		} else {
			row.Label = &Label{Name: text.New(trimLabel(b))}
		}
	}
	if want&(WantIO|WantCmdline) != 0 {
		return wk.memory(dir, i, want)
	}
	return rowRead, true
}

// alive reports whether the process behind dir still has its stat.
func (wk *worker) alive(dir folder) bool {
	fd, err := quick.Open(dir.fd, dir.name(fileStat), unix.O_RDONLY|unix.O_CLOEXEC)
	if err == nil {
		quick.Close(fd)
	}
	return err == nil
}

// unsupportedIfAbsent is for files that every process has if the kernel knows them at all.
func unsupportedIfAbsent(err error) error {
	if err == unix.ENOENT {
		return ErrUnsupported
	}
	return err
}

// memory reads the files that may hang: the read is announced to the watchdog, and only what is still ours after it is
// written down. cmdline takes the lock on the process's memory, io the one that an exec holds while it waits for that.
func (wk *worker) memory(dir folder, i int, want Want) (state rowState, mine bool) {
	p := wk.pass
	row := &p.rows[i]
	if row.KernelThread() || row.State == 'Z' || row.VSize == 0 && row.NumThreads <= 1 {
		if want&WantCmdline != 0 {
			row.Cmdline = noCmdline // without memory there is none
			want &^= WantCmdline
		}
		if want&WantIO == 0 {
			return rowRead, true
		}
	}
	if !p.w.jail.Empty() {
		switch p.w.jail.Judge(row.ID(), prisonerAt(dir)) {
		case hangs.NeverMore:
			p.giveUp(row)
			return rowRead, true
		case hangs.NotNow:
			if want&WantIO != 0 {
				row.IO = &IO{Err: ErrNotTried}
			}
			if want&WantCmdline != 0 && row.Cmdline == nil {
				row.Cmdline = &Cmdline{Err: ErrNotTried}
			}
			return rowRead, true
		}
	}
	read := &slowRead{row: i, id: row.ID(), dir: dir, since: time.Now(), thread: unix.Gettid()}
	wk.slow.Store(read)
	var io *IO
	short := false // of descriptors or of memory
	if want&WantIO != 0 {
		if b, err := dirfile.Read(dir.fd, dir.prefix+"io", wk.buf); err != nil {
			short = wk.starved(err)
			io = &IO{Err: unsupportedIfAbsent(err)}
		} else {
			io = taskio.Parse(b)
		}
	}
	var line []byte
	var truncated bool
	var err error
	if want&WantCmdline != 0 {
		limit := p.w.lineMax
		if wk.tell(); p.lines.Load() > CmdlinesMax {
			limit = min(limit, CmdlineCut)
		}
		line, truncated, err = wk.readCmdline(dir, limit)
		if p.lines.Add(int64(len(line))); truncated && limit < p.w.lineMax {
			p.cut.Add(1)
		}
	}
	if !wk.slow.CompareAndSwap(read, nil) {
		p.w.jail.Release(read.id)
		return 0, false
	}
	if io != nil {
		row.IO = io
	}
	switch {
	case short || wk.starved(err):
		return rowStarved, true
	case want&WantCmdline == 0:
	case gone(err):
		return rowVanished, true
	case err != nil:
		row.Cmdline = &Cmdline{Err: err}
	case len(line) == 0:
		row.Cmdline = noCmdline
	case row.Cmdline == nil || row.Cmdline.Raw.Raw() != string(line):
		row.Cmdline = &Cmdline{Raw: text.New(string(line)), Truncated: truncated}
	}
	return rowRead, true
}

var noCmdline = &Cmdline{}
