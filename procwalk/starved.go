package procwalk

import (
	"errors"
	"strconv"

	"bones/procwalk/quick"

	"golang.org/x/sys/unix"
)

// A snapshot that runs out of descriptors must not lack rows because of it. What could not be read in the first round
// is read again in a second one, by one worker, which needs a single descriptor at a time; and what the Walker keeps
// between snapshots is given back for it.

// folder is the directory of a process: held open, or named below the root where no descriptor is to be had for it.
type folder struct {
	fd     int
	prefix string // of names in it, below fd; empty where fd is the directory itself
}

// name is the name of a file of the folder, below fd.
func (d folder) name(file quick.Name) quick.Name {
	if d.prefix == "" {
		return file
	}
	return append(append(make(quick.Name, 0, len(d.prefix)+len(file)), d.prefix...), file...)
}

func (d folder) stat(st *unix.Stat_t) error {
	if d.prefix == "" {
		return unix.Fstat(d.fd, st)
	}
	return unix.Fstatat(d.fd, d.prefix, st, 0)
}

// starved reports whether an error says that descriptors, or memory of the kernel, have run out. It says nothing about
// the process.
func starved(err error) bool {
	return err != nil && (errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) || errors.Is(err, unix.ENOMEM))
}

// starved reports whether a row is to be read again because of an error. In the second round it is not: the error then
// stands in the row like any other, and the snapshot says so.
func (wk *worker) starved(err error) bool { return starved(err) && !wk.pass.narrow }

// byName reads a row in the second round.
func (wk *worker) byName(i, pid int) (state rowState, mine bool) {
	p := wk.pass
	for {
		p.rows[i] = Process{}
		state, mine = wk.byNameOnce(i, pid)
		if !mine {
			return state, mine
		}
		err := p.rows[i].starvedBy()
		if state == rowStarved {
			err = unix.EMFILE
		}
		if err == nil {
			return state, true
		}
		if p.held.Load() > 0 {
			p.shed(0)
			continue
		}
		if p.short++; p.why == nil {
			p.why = err
		}
		if state == rowStarved {
			state = rowRefused
		}
		return state, true
	}
}

func (wk *worker) byNameOnce(i, pid int) (state rowState, mine bool) {
	dir := folder{fd: wk.pass.w.rootfd, prefix: strconv.Itoa(pid) + "/"}
	row := &wk.pass.rows[i]
	if err := wk.statOf(dir, &row.Stat); err != nil {
		return failure(err), true
	}
	if wk.pass.w.keep {
		wk.pass.has[i] = wk.pass.want.gives()
	}
	if state, mine = wk.files(dir, i, wk.pass.want); !mine || state != rowRead {
		return state, mine
	}
	// What was opened by number was this process's if it is still there.
	var check Stat
	if err := wk.statOf(dir, &check); err != nil || check.StartTime != row.StartTime {
		if starved(err) {
			return rowStarved, true
		}
		return rowVanished, true
	}
	return rowRead, true
}

func (wk *worker) statOf(dir folder, s *Stat) error {
	fd, err := quick.Open(dir.fd, dir.name(fileStat), unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return err
	}
	defer quick.Close(fd)
	return wk.preadStat(fd, s)
}

// starvedBy returns the error of a field that could not be read because descriptors or memory ran out.
func (p *Process) starvedBy() error {
	for _, err := range []error{p.Status.failure(), p.Cgroups.failure(), p.Label.failure(),
		p.Cmdline.failure()} {
		if starved(err) {
			return err
		}
	}
	if p.IO != nil && starved(p.IO.Err) {
		return p.IO.Err
	}
	return nil
}

func (s *Status) failure() error {
	if s == nil {
		return nil
	}
	return s.Err
}

func (c *Cgroups) failure() error {
	if c == nil {
		return nil
	}
	return c.Err
}

func (l *Label) failure() error {
	if l == nil {
		return nil
	}
	return l.Err
}

func (c *Cmdline) failure() error {
	if c == nil {
		return nil
	}
	return c.Err
}

// heldBy counts the descriptors that are kept.
func heldBy(list []kept) (n int64) {
	for i := range list {
		if list[i].statfd >= 0 {
			n++
		}
	}
	return n
}

// hold reports whether one more descriptor may be kept, and counts it.
func (p *pass) hold() bool {
	if p.held.Add(1) <= int64(p.w.fdRoom) {
		return true
	}
	p.held.Add(-1)
	return false
}

// letGo gives back what was to be kept of a row that could not be read; old is closed with the snapshot before.
func (p *pass) letGo(i, old int) {
	if !p.w.keep || p.fds[i] < 0 {
		return
	}
	if p.fds[i] != old {
		quick.Close(p.fds[i])
		p.held.Add(-1)
	}
	p.fds[i] = -1
}

// shed gives back all descriptors that are kept but so many, and has the Walker keep no more than that from now on. No
// worker may be at work beside the caller.
func (p *pass) shed(left int64) {
	p.w.fdRoom = int(min(int64(p.w.fdRoom), left))
	if !p.w.keep {
		return
	}
	held := make(map[int]bool)
	for i := range p.fds { // those of this pass first: what is only in the last one may have ended
		if p.fds[i] >= 0 && int64(len(held)) < left && p.state[i] == rowRead {
			held[p.fds[i]] = true
		}
	}
	drop := make(map[int]bool)
	for i := range p.fds {
		if fd := p.fds[i]; fd >= 0 && !held[fd] {
			drop[fd], p.fds[i] = true, -1
		}
	}
	for i := range p.w.kept {
		if fd := p.w.kept[i].statfd; fd >= 0 && !held[fd] {
			drop[fd], p.w.kept[i].statfd = true, -1
		}
	}
	for fd := range drop {
		unix.Close(fd)
	}
	p.held.Store(int64(len(held)))
}
