package procwalk

import (
	"strconv"

	"bones/procwalk/fields"
	"bones/procwalk/quick"

	"golang.org/x/sys/unix"
)

// namespaces reads the links of ns/. A process whose leader has ended while threads live has none of them but pid:
// the first thread that answers stands in for it. Threads of the kernel are in the same namespaces, except that
// kdevtmpfs has a mount namespace of its own: of all but the first that link alone is read.
// Source: kernel/kthread.c, kthreadd; drivers/base/devtmpfs.c, devtmpfs_setup, the only one of them to call unshare.
func (wk *worker) namespaces(dir folder, row *Process) Namespaces {
	if known := wk.kernelSpaces; known != nil && row.KernelThread() {
		ns, was := *known, known.Err[Mnt]
		if ns.Inode[Mnt], ns.Err[Mnt] = wk.nsLink(dir, nsLinks[Mnt]); ns.Err[Mnt] == was {
			return ns
		}
	}
	ns := Namespaces{}
	ended := false
	for t := range NSTypes {
		ns.Inode[t], ns.Err[t] = wk.nsLink(dir, nsLinks[t])
		ended = ended || ns.Err[t] == ErrGone
	}
	if ended && row.NumThreads > 1 {
		wk.threadNamespaces(dir, row.PID, &ns)
	}
	// The two links for children follow the process's own unless it called unshare or setns: a refusal shows in
	// Err of the type itself.
	if ns.PIDForChildren, _ = wk.nsLink(dir, linkPIDForChildren); ns.PIDForChildren == 0 {
		ns.PIDForChildren = ns.Inode[PID]
	}
	if ns.TimeForChildren, _ = wk.nsLink(dir, linkTimeForChildren); ns.TimeForChildren == 0 {
		ns.TimeForChildren = ns.Inode[Time]
	}
	if row.KernelThread() && !ended {
		wk.kernelSpaces = new(ns)
	}
	return ns
}

func (wk *worker) nsLink(dir folder, link quick.Name) (uint64, error) {
	n, err := quick.Readlink(dir.fd, dir.name(link), wk.buf)
	switch {
	case err == unix.ESRCH, err == unix.ENOENT && !wk.hasNS(dir):
		return 0, ErrGone
	case err == unix.ENOENT:
		return 0, ErrUnsupported
	case err != nil:
		return 0, err
	}
	_, inode, ok := fields.InodeLink(wk.buf[:n])
	if !ok {
		return 0, unix.EINVAL
	}
	return inode, nil
}

// hasNS tells a link that the kernel does not know from one that a zombie no longer has: the directory lists the
// names of what the kernel knows either way, but a zombie answers for pid at most.
func (wk *worker) hasNS(dir folder) bool {
	var b [32]byte
	_, err := quick.Readlink(dir.fd, dir.name(nsLinks[Mnt]), b[:])
	return err == nil || err == unix.EACCES || err == unix.EPERM
}

// threadNamespaces fills in the links that the ended leader no longer has from one of its threads.
func (wk *worker) threadNamespaces(dir folder, leader int, ns *Namespaces) {
	task, err := quick.Open(dir.fd, dir.name(fileTask), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC)
	if err != nil {
		return
	}
	tids, err := quick.List(task, nil, nil, make([]byte, 4<<10))
	quick.Close(task)
	if err != nil {
		return
	}
	for _, tid := range tids {
		if tid == leader {
			continue
		}
		thread := folder{fd: dir.fd, prefix: dir.prefix + "task/" + strconv.Itoa(tid) + "/"}
		missing := false
		for t := range NSTypes {
			if ns.Err[t] != nil {
				ns.Inode[t], ns.Err[t] = wk.nsLink(thread, nsLinks[t])
				missing = missing || ns.Err[t] == ErrGone
			}
		}
		if !missing {
			return
		}
	}
}
