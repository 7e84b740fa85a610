package procwalk

import (
	"strconv"

	"bones/procwalk/quick"

	"golang.org/x/sys/unix"
)

// brief reports whether Status.Brief will do for the status of this pass. A Walker that keeps takes what it has read
// for the whole.
func (p *pass) brief(want Want) bool { return want&WantStatus == 0 && !p.w.keep }

// kernelThread reads the row of a process that is taken for a thread of the kernel because the one before it was such
// a thread: they stand side by side, and outnumber the processes of a small host. Where stat is all that is wanted, it
// is read by its path, without a descriptor of the directory. ok is false if it is no such thread, or cannot be read:
// nothing is known of the row then.
func (wk *worker) kernelThread(i, pid int) (ok bool) {
	p := wk.pass
	if !wk.inKernel || wk.kernel == nil || p.w.keep || p.want&^(WantBrief|WantRSS|WantCmdline) != 0 {
		return false
	}
	row := &p.rows[i]
	name := append(strconv.AppendInt(wk.name[:0], int64(pid), 10), "/stat\x00"...)
	fd, err := quick.Open(p.w.rootfd, name, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return false
	}
	err = wk.preadStat(fd, &row.Stat)
	quick.Close(fd)
	if err != nil || !row.KernelThread() {
		*row, wk.inKernel = Process{}, false
		return false
	}
	if p.want.whole()&WantStatus != 0 {
		row.Status = wk.kernelStatus(row)
	}
	if p.want&WantCmdline != 0 {
		row.Cmdline = noCmdline
	}
	return true
}

// kernelStatus is what the status of a thread of the kernel says in brief; nil: it is to be read. They have no memory,
// and the kernel's own ids, in the first pid namespace: so the status of one of them tells that of all.
//
// Source: kernel/kthread.c, kthreadd; fs/proc/base.c, task_dump_owner, which takes the same for granted.
func (wk *worker) kernelStatus(row *Process) *Status {
	if wk.kernel == nil || !row.KernelThread() {
		return nil
	}
	s := *wk.kernel
	s.NSpid, s.Threads, s.Brief = []int{row.PID}, row.NumThreads, true
	return &s
}

// remember keeps the status of a thread of the kernel that was read, for those that come after it.
func (wk *worker) remember(row *Process) {
	s := row.Status
	if wk.inKernel = row.KernelThread(); wk.inKernel && s.Err == nil && !s.HasMemory && len(s.NSpid) == 1 {
		wk.kernel = s
	}
}
