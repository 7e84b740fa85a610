package enter

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the child becomes. The rules of fork.go hold here too: nothing of the Go runtime works.

// joinEach joins namespaces one by one. The user namespace comes after those that its privileges are not needed for,
// which are lost with it, and before those that they are.
//
// Source: setns(2).
//
//go:norace
//go:nocheckptr
//go:nosplit
func joinEach(c *child) {
	for pass := 0; pass < 3; pass++ {
		for i := 0; i < c.nspaces && i < maxSpaces; i++ {
			if c.spaces[i].fd == none || (c.spaces[i].flag == unix.CLONE_NEWUSER) != (pass == 1) {
				continue
			}
			e := raw(unix.SYS_SETNS, c.spaces[i].fd, c.spaces[i].flag, 0)
			switch {
			case e == 0:
				c.spaces[i].fd = none
			case e != syscall.EPERM || pass > 0:
				fail(c, stepSetns, e)
			}
		}
	}
}

// enterDir goes to the working directory, and makes sure that it is below the root: a directory outside is a way out.
//
//go:norace
//go:nocheckptr
//go:nosplit
func enterDir(c *child) {
	var e syscall.Errno
	switch {
	case c.dir != nil:
		e = raw(unix.SYS_CHDIR, uintptr(unsafe.Pointer(c.dir)), 0, 0)
	case c.dirfd != none:
		e = raw(unix.SYS_FCHDIR, c.dirfd, 0, 0)
	default:
		return
	}
	if e != 0 {
		fail(c, stepDir, e)
	}
	e = raw(unix.SYS_GETCWD, uintptr(unsafe.Pointer(&c.buf)), uintptr(len(c.buf)), 0)
	if e == 0 && c.buf[0] == '/' {
		return
	}
	if c.dir != nil {
		if e == 0 {
			e = syscall.EXDEV
		}
		fail(c, stepDir, e)
	}
	if failed := raw(unix.SYS_CHDIR, uintptr(unsafe.Pointer(&c.slash)), 0, 0); failed != 0 {
		fail(c, stepDir, failed)
	}
	tell(c, tellDirOutside, uint64(e))
}

//go:norace
//go:nocheckptr
//go:nosplit
func setLabel(c *child) {
	fd, _, e := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(atFDCWD), uintptr(unsafe.Pointer(c.labelPath)),
		unix.O_WRONLY|unix.O_CLOEXEC, 0, 0, 0)
	if e == 0 {
		e = raw(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(c.label)), c.labelLen)
		raw(unix.SYS_CLOSE, fd, 0, 0)
	}
	if e != 0 {
		fail(c, stepLabel, e)
	}
}

// become takes the ids and limits on, in the order in which each step still has the privilege it needs.
//
//go:norace
//go:nocheckptr
//go:nosplit
func become(c *child) {
	var e syscall.Errno
	if c.limit {
		for i := uintptr(0); i <= c.lastCap; i++ {
			if c.bounding>>i&1 != 0 {
				continue
			}
			held, _, _ := syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAPBSET_READ, i, 0, 0, 0, 0)
			if held != 1 {
				continue
			}
			if e = raw(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, i, 0); e != 0 {
				fail(c, stepBounding, e)
			}
		}
		raw(unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1, 0)
	}
	if c.setgrps {
		if e = raw(unix.SYS_SETGROUPS, c.ngroups, uintptr(unsafe.Pointer(c.groups)), 0); e != 0 {
			fail(c, stepGroups, e)
		}
	}
	if c.creds {
		if e = raw(unix.SYS_SETRESGID, c.gid, c.gid, c.gid); e != 0 {
			fail(c, stepGID, e)
		}
		if e = raw(unix.SYS_SETRESUID, c.uid, c.uid, c.uid); e != 0 {
			fail(c, stepUID, e)
		}
	}
	if c.limit {
		setCaps(c)
	}
	if c.nnp {
		if _, _, e = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); e != 0 {
			fail(c, stepNoNewPrivs, e)
		}
	}
}

// setCaps leaves of our capabilities those that the target has.
//
// Source: capget(2), capabilities(7).
//
//go:norace
//go:nocheckptr
//go:nosplit
func setCaps(c *child) {
	c.capHdr[0], c.capHdr[1] = unix.LINUX_CAPABILITY_VERSION_3, 0
	e := raw(unix.SYS_CAPGET, uintptr(unsafe.Pointer(&c.capHdr)), uintptr(unsafe.Pointer(&c.caps)), 0)
	if e != 0 {
		fail(c, stepCaps, e)
	}
	// caps is effective, permitted, inheritable for capabilities 0 to 31, then the same for the rest.
	have := uint64(c.caps[1]) | uint64(c.caps[4])<<32
	prm := have & c.prm
	inh := have & c.inh
	c.caps[0], c.caps[1], c.caps[2] = uint32(prm), uint32(prm), uint32(inh)
	c.caps[3], c.caps[4], c.caps[5] = uint32(prm>>32), uint32(prm>>32), uint32(inh>>32)
	if e = raw(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&c.capHdr)), uintptr(unsafe.Pointer(&c.caps)), 0); e != 0 {
		fail(c, stepCaps, e)
	}
	_, _, e = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0, 0)
	if e != 0 && e != syscall.EINVAL { // EINVAL: before Linux 4.3, nothing to clear
		fail(c, stepCaps, e)
	}
	ambient := c.ambient & prm & inh
	for i := uintptr(0); i <= c.lastCap; i++ {
		if ambient>>i&1 == 0 {
			continue
		}
		if _, _, e = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, i, 0, 0,
			0); e != 0 {
			fail(c, stepCaps, e)
		}
	}
}

// mountProc makes the mounts private to this process and puts a /proc of the joined pid namespace over the host's.
//
//go:norace
//go:nocheckptr
//go:nosplit
func mountProc(c *child) {
	e := raw(unix.SYS_UNSHARE, unix.CLONE_NEWNS, 0, 0)
	if e == 0 {
		e = raw6x(unix.SYS_MOUNT, uintptr(unsafe.Pointer(&c.empty)), uintptr(unsafe.Pointer(&c.slash)), 0,
			unix.MS_REC|unix.MS_PRIVATE, 0)
	}
	if e == 0 {
		e = raw6x(unix.SYS_MOUNT, uintptr(unsafe.Pointer(&c.procFS)), uintptr(unsafe.Pointer(&c.procDir)),
			uintptr(unsafe.Pointer(&c.procFS)), unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, 0)
	}
	if e != 0 {
		fail(c, stepProc, e)
	}
}
