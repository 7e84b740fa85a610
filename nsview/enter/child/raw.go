package child

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the child does with its descriptors and how it says how far it came. The rules of fork.go hold here too.

// closeRest closes every descriptor above 2 but those in keep, which close themselves at execve.
//
// Source: close_range(2).
//
//go:norace
//go:nocheckptr
//go:nosplit
func closeRest(c *Child) {
	from := uintptr(3)
	for i := 0; i < len(c.Keep); i++ {
		k := c.Keep[i]
		if k == None {
			continue
		}
		if from < k {
			if e := raw(unix.SYS_CLOSE_RANGE, from, k-1, 0); e != 0 {
				fail(c, StepClose, e)
			}
		}
		from = k + 1
	}
	if e := raw(unix.SYS_CLOSE_RANGE, from, 0xffffffff, 0); e != 0 {
		fail(c, StepClose, e)
	}
}

// defaultSignals undoes what the caller ignores (nohup) or blocks.
//
//go:norace
//go:nocheckptr
//go:nosplit
func defaultSignals(c *Child) {
	for s := uintptr(1); s <= 64; s++ {
		raw6(unix.SYS_RT_SIGACTION, s, uintptr(unsafe.Pointer(&c.sigact)), 0, 8)
	}
	raw6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&c.sigact)), 0, 8)
}

// waitByte waits until a byte comes. Without one, because whoever was to send it has ended, the child ends too.
//
//go:norace
//go:nocheckptr
//go:nosplit
func waitByte(c *Child, fd uintptr) syscall.Errno {
	for {
		n, _, e := syscall.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&c.buf)), 1)
		switch {
		case e == syscall.EINTR:
		case e != 0:
			return e
		case n == 0:
			exit()
		default:
			return 0
		}
	}
}

//go:norace
//go:nocheckptr
//go:nosplit
func tell(c *Child, s Stage, number uint64) {
	c.rec.Step, c.rec.Number = s, number
	raw(unix.SYS_WRITE, c.tellTo, uintptr(unsafe.Pointer(&c.rec)), uintptr(ReportSize))
}

// handOver sends the pidfd of the second child: a number could be anybody's. Source: unix(7), SCM_RIGHTS.
//
//go:norace
//go:nocheckptr
//go:nosplit
func handOver(c *Child) {
	c.rec.Step, c.rec.Number = TellSecond, 0
	c.rights.fd = c.second
	raw(unix.SYS_SENDMSG, c.Socket, uintptr(unsafe.Pointer(&c.handing)), 0)
}

//go:norace
//go:nosplit
func fail(c *Child, s Stage, e syscall.Errno) {
	tell(c, s, uint64(e))
	exit()
}

//go:norace
//go:nosplit
func exit() {
	for {
		raw(unix.SYS_EXIT_GROUP, 125, 0, 0)
	}
}

//go:norace
//go:nosplit
func raw(trap, a1, a2, a3 uintptr) syscall.Errno {
	_, _, e := syscall.RawSyscall(trap, a1, a2, a3)
	return e
}

//go:norace
//go:nosplit
func raw6(trap, a1, a2, a3, a4 uintptr) syscall.Errno {
	_, _, e := syscall.RawSyscall6(trap, a1, a2, a3, a4, 0, 0)
	return e
}

//go:norace
//go:nosplit
func raw6x(trap, a1, a2, a3, a4, a5 uintptr) syscall.Errno {
	_, _, e := syscall.RawSyscall6(trap, a1, a2, a3, a4, a5, 0)
	return e
}

// atFDCWD is AT_FDCWD as a register holds it.
const atFDCWD = ^uintptr(99)
