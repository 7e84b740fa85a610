package child

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
func joinEach(c *Child) {
	for pass := 0; pass < 3; pass++ {
		for i := 0; i < c.NSpaces && i < MaxSpaces; i++ {
			if c.Spaces[i].FD == None || (c.Spaces[i].Flag == unix.CLONE_NEWUSER) != (pass == 1) {
				continue
			}
			e := raw(unix.SYS_SETNS, c.Spaces[i].FD, c.Spaces[i].Flag, 0)
			switch {
			case e == 0:
				c.Spaces[i].FD = None
			case e != syscall.EPERM || pass > 0:
				fail(c, StepSetns, e)
			}
		}
	}
}

// enterDir goes to the working directory, and makes sure that it is below the root: a directory outside is a way out.
//
//go:norace
//go:nocheckptr
//go:nosplit
func enterDir(c *Child) {
	var e syscall.Errno
	switch {
	case c.Dir != nil:
		e = raw(unix.SYS_CHDIR, uintptr(unsafe.Pointer(c.Dir)), 0, 0)
	case c.DirFD != None:
		e = raw(unix.SYS_FCHDIR, c.DirFD, 0, 0)
	default:
		return
	}
	if e != 0 {
		fail(c, StepDir, e)
	}
	e = raw(unix.SYS_GETCWD, uintptr(unsafe.Pointer(&c.buf)), uintptr(len(c.buf)), 0)
	if e == 0 && c.buf[0] == '/' {
		return
	}
	if c.Dir != nil {
		if e == 0 {
			e = syscall.EXDEV
		}
		fail(c, StepDir, e)
	}
	if failed := raw(unix.SYS_CHDIR, uintptr(unsafe.Pointer(&c.slash)), 0, 0); failed != 0 {
		fail(c, StepDir, failed)
	}
	tell(c, TellDirOutside, uint64(e))
}

//go:norace
//go:nocheckptr
//go:nosplit
func setLabel(c *Child) {
	fd, _, e := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(atFDCWD), uintptr(unsafe.Pointer(c.LabelPath)),
		unix.O_WRONLY|unix.O_CLOEXEC, 0, 0, 0)
	if e == 0 {
		e = raw(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(c.Label)), c.LabelLen)
		raw(unix.SYS_CLOSE, fd, 0, 0)
	}
	if e != 0 {
		fail(c, StepLabel, e)
	}
}

// become takes the ids and limits on, in the order in which each step still has the privilege it needs.
//
//go:norace
//go:nocheckptr
//go:nosplit
func become(c *Child) {
	var e syscall.Errno
	if c.Limit {
		for i := uintptr(0); i <= c.LastCap; i++ {
			if c.Bounding>>i&1 != 0 {
				continue
			}
			held, _, _ := syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAPBSET_READ, i, 0, 0, 0, 0)
			if held != 1 {
				continue
			}
			if e = raw(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, i, 0); e != 0 {
				fail(c, StepBounding, e)
			}
		}
		raw(unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1, 0)
	}
	if c.SetGroups {
		if e = raw(unix.SYS_SETGROUPS, c.NGroups, uintptr(unsafe.Pointer(c.Groups)), 0); e != 0 {
			fail(c, StepGroups, e)
		}
	}
	if c.SetIDs {
		if e = raw(unix.SYS_SETRESGID, c.GID, c.GID, c.GID); e != 0 {
			fail(c, StepGID, e)
		}
		if e = raw(unix.SYS_SETRESUID, c.UID, c.UID, c.UID); e != 0 {
			fail(c, StepUID, e)
		}
	}
	if c.Limit {
		setCaps(c)
	}
	if c.NoNewPrivs {
		if _, _, e = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); e != 0 {
			fail(c, StepNoNewPrivs, e)
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
func setCaps(c *Child) {
	c.capHdr[0], c.capHdr[1] = unix.LINUX_CAPABILITY_VERSION_3, 0
	e := raw(unix.SYS_CAPGET, uintptr(unsafe.Pointer(&c.capHdr)), uintptr(unsafe.Pointer(&c.caps)), 0)
	if e != 0 {
		fail(c, StepCaps, e)
	}
	// caps is effective, permitted, inheritable for capabilities 0 to 31, then the same for the rest.
	have := uint64(c.caps[1]) | uint64(c.caps[4])<<32
	prm := have & c.Permitted
	inh := have & c.Inheritable
	c.caps[0], c.caps[1], c.caps[2] = uint32(prm), uint32(prm), uint32(inh)
	c.caps[3], c.caps[4], c.caps[5] = uint32(prm>>32), uint32(prm>>32), uint32(inh>>32)
	if e = raw(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&c.capHdr)), uintptr(unsafe.Pointer(&c.caps)), 0); e != 0 {
		fail(c, StepCaps, e)
	}
	_, _, e = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0, 0)
	if e != 0 && e != syscall.EINVAL { // EINVAL: before Linux 4.3, nothing to clear
		fail(c, StepCaps, e)
	}
	ambient := c.Ambient & prm & inh
	for i := uintptr(0); i <= c.LastCap; i++ {
		if ambient>>i&1 == 0 {
			continue
		}
		if _, _, e = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, i, 0, 0,
			0); e != 0 {
			fail(c, StepCaps, e)
		}
	}
}

// mountProc makes the mounts private to this process and puts a /proc of the joined pid namespace over the host's.
//
//go:norace
//go:nocheckptr
//go:nosplit
func mountProc(c *Child) {
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
		fail(c, StepProc, e)
	}
}
