package procwalk

import (
	"errors"
	"slices"

	"bones/procwalk/quick"
)

// A process that has not run since the snapshot before has changed nothing about itself. Its CPU clock tells that for
// 0.9 us, where reading its stat takes 4.6, and most processes of a host are idle at any time. What others change
// about it meanwhile is seen in its turn, every rereadEvery snapshots, and at once where Request.Fresh asks for it:
// priority, resident size, process group, control groups, and that it was woken while no processor is free for it.
// What it has read and written it counts while it runs, so that stands as well. What such a change has a
// sign of is looked at right away:
//
//   - A process with a terminal is always read: the foreground group of the terminal is somebody else's doing.
//   - So is one that was running or waiting for a processor, or whose parent was not the same any more: orphans get
//     another parent without running.

// idle reports whether a process that is remembered need not be read: it has not run, and nobody asks. It notes the
// clock before anything else of the row is read: whatever the process does after that moves it on.
func (p *pass) idle(i int, k *kept) bool {
	if p.clocks == nil {
		return false
	}
	pid := k.pid
	p.clocks[i] = quick.CPUClock(pid)
	was := &k.row.Stat
	return p.asleep(i, k) && p.want&^k.has == 0 && was.State != 'R' && was.TTYNr == 0 &&
		p.w.passes%rereadEvery != uint64(pid)%rereadEvery && p.w.fresh.Of(pid, p.want&^WantIO|freshStat) == 0 &&
		!triedInVain(k.known.IO)
}

// asleep reports whether a process that is remembered has not run since, by the clock that idle has noted.
func (p *pass) asleep(i int, k *kept) bool {
	return p.clocks != nil && p.clocks[i] != 0 && p.clocks[i] == k.clock && k.ino != 0 && k.ino == p.w.inos[i]
}

// triedInVain reports whether io could not be read for a reason that may be gone by now. What was read holds for one
// that has not run: its own system calls count there, and those of children for which it has waited.
//
// Source: fs/proc/base.c, do_io_accounting; kernel/exit.c, wait_task_zombie.
func triedInVain(io *IO) bool {
	return io != nil && (errors.Is(io.Err, ErrStuck) || errors.Is(io.Err, ErrNotTried))
}

// ownDoing is what of a process nobody but itself changes.
//
// Source: setns(2), unshare(2); fs/proc/base.c, proc_pid_attr_write; do_io_accounting.
const ownDoing = WantNS | WantIO | WantLabel

// ownKept is what of a remembered row stands even where the rest is read anew, because the process has not run.
func (p *pass) ownKept(i int, k *kept) Want {
	if !p.asleep(i, k) {
		return 0
	}
	own := k.has & ownDoing &^ p.w.fresh.All
	if triedInVain(k.known.IO) {
		own &^= WantIO
	}
	return own
}

// freshStat stands for what is always read of a process that is to be fresh, whatever else is wanted.
const freshStat Want = 1 << 31

// keepIdle takes the row over as it was.
func (wk *worker) keepIdle(i int, k *kept) {
	p := wk.pass
	p.rows[i], p.fds[i] = k.all(), k.statfd
	wk.countLine(&p.rows[i])
	p.skipped[i], p.has[i] = true, k.has
}

// readOrphans reads those rows after all that were taken over and whose parent has ended since: they have another one.
func (p *pass) readOrphans() {
	if p.clocks == nil {
		return
	}
	var wk *worker
	for i := range p.rows {
		if !p.skipped[i] || p.state[i] != rowRead || p.rows[i].PPID == 0 || p.stays(p.rows[i].PPID) {
			continue
		}
		if wk == nil {
			wk = &worker{pass: p, buf: make([]byte, 8<<10)}
		}
		row := p.rows[i]
		if wk.preadStat(p.fds[i], &row.Stat) != nil {
			p.state[i] = rowVanished
			p.fds[i] = -1
			continue
		}
		p.rows[i] = row
	}
}

// stays reports whether a process is in this pass what it was in the one before.
func (p *pass) stays(pid int) bool {
	k := p.w.keptRow(pid)
	at, ok := slices.BinarySearch(p.w.pids, pid)
	return ok && k != nil && p.state[at] == rowRead && p.rows[at].StartTime == k.row.StartTime
}

// countLine counts a command line that is taken over from the snapshot before; tell says it to the other workers.
func (wk *worker) countLine(row *Process) {
	if row.Cmdline == nil {
		return
	}
	wk.lines += int64(row.Cmdline.Raw.Len())
	if row.Cmdline.Truncated && row.Cmdline.Raw.Len() <= CmdlineCut && CmdlineCut < wk.pass.w.lineMax {
		wk.cut++
	}
}

func (wk *worker) tell() {
	wk.pass.lines.Add(wk.lines)
	wk.pass.cut.Add(wk.cut)
	wk.lines, wk.cut = 0, 0
}

// keptRow returns what is remembered of pid, or nil.
func (w *Walker) keptRow(pid int) *kept {
	i, ok := keptAt(w.kept, pid)
	if !ok || w.kept[i].statfd < 0 {
		return nil
	}
	return &w.kept[i]
}
