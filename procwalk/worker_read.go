package procwalk

import (
	"strconv"

	"golang.org/x/sys/unix"

	"bones/procwalk/bounded"
	"bones/procwalk/dirfile"
	"bones/procwalk/fields"
	"bones/procwalk/quick"
)

// fileMax bounds status and cgroup, whose length a process can drive up with supplementary groups and group names.
const fileMax = 1 << 20

func (wk *worker) preadStat(fd int, s *Stat) error {
	n, err := quick.Pread(fd, wk.buf, 0)
	if err != nil {
		return err
	}
	if n == 0 {
		return unix.ESRCH
	}
	return ParseStat(wk.buf[:n], s)
}

// readQuick reads a file below dir that always answers into the worker's buffer. Such a file gives all of itself to
// one read that is large enough. One that is longer than fileMax bytes is an error.
func (wk *worker) readQuick(dir folder, name quick.Name) ([]byte, error) {
	return wk.buffered(quick.Read(dir.fd, dir.name(name), &wk.buf, fileMax))
}

// readWaiting is readQuick for a file that others may keep waiting.
func (wk *worker) readWaiting(dir folder, name quick.Name) ([]byte, error) {
	return wk.buffered(quick.ReadWaiting(dir.fd, dir.name(name), &wk.buf, fileMax))
}

func (wk *worker) buffered(n int, err error) ([]byte, error) {
	if n > fileMax {
		return nil, bounded.ErrTooLong
	}
	return wk.buf[:n], err
}

// readCmdline reads at most so many bytes into the worker's buffer. This is the read that may hang.
func (wk *worker) readCmdline(dir folder, limit int) (line []byte, truncated bool, err error) {
	fd, err := dirfile.Open(dir.fd, dir.prefix+"cmdline", unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return nil, false, err
	}
	defer quick.Close(fd)
	n := 0
	for {
		window := wk.buf[:min(len(wk.buf), limit+1)]
		m, err := unix.Read(fd, window[n:])
		if err == unix.EINTR {
			continue
		}
		n += max(m, 0)
		switch {
		case n > limit:
			return wk.buf[:limit], true, nil
		case err != nil || m == 0:
			return wk.buf[:n], false, err
		case n == len(window):
			wk.buf = append(wk.buf, make([]byte, min(3*n, limit+1-n))...)
		case wk.buf[n-1] == 0:
			return wk.buf[:n], false, nil // short, and ends as arguments do: there is no more
		}
	}
}

// open returns the directory of pid, opened with O_PATH: whatever is read through it is of one process.
func (wk *worker) open(pid int) (folder, error) {
	name := append(strconv.AppendInt(wk.name[:0], int64(pid), 10), 0)
	fd, err := quick.Open(wk.pass.w.rootfd, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC)
	return folder{fd: fd}, err
}

// residentSize reads the resident size from statm: where the kernel counts it for each processor, only the files of
// /proc have the sum. A status that other snapshots share is not written to.
//
// Source: proc_pid_statm(5); fs/proc/task_mmu.c, task_statm.
func (wk *worker) residentSize(dir folder, row *Process, shared bool) error {
	if row.Status == nil || !row.Status.HasMemory {
		return nil
	}
	b, err := wk.readQuick(dir, fileStatm)
	if err != nil {
		return err
	}
	f := fields.Line{Rest: b}
	f.Uint() // size
	pages := f.Uint()
	if f.Bad {
		return unix.EINVAL
	}
	if rss := pages * wk.pass.w.host.PageSize; row.Status.VmRSS != rss {
		if shared {
			status := *row.Status
			row.Status = &status
		}
		row.Status.VmRSS = rss
	}
	return nil
}

var (
	fileStat            = quick.Name("stat\x00")
	fileStatus          = quick.Name("status\x00")
	fileCgroup          = quick.Name("cgroup\x00")
	fileTask            = quick.Name("task\x00")
	fileLabel           = quick.Name("attr/current\x00")
	linkPIDForChildren  = quick.Name("ns/pid_for_children\x00")
	linkTimeForChildren = quick.Name("ns/time_for_children\x00")
)
