package procwalk

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The system calls below run once or more per process per snapshot, on files of /proc that answer at once whatever
// the process does. They are made without telling Go's scheduler, which would otherwise hand the processor on and take
// it back thousands of times a second, and without allocating a copy of each name. A file whose reading may hang
// (cmdline, environ) must never be read this way: it would stop the whole program.

// cname is a file name for the kernel: it ends in a NUL byte.
type cname []byte

func quickOpen(dirfd int, name cname, flags int) (int, error) {
	for {
		fd, _, errno := unix.RawSyscall6(unix.SYS_OPENAT, uintptr(dirfd), uintptr(unsafe.Pointer(&name[0])), uintptr(flags),
			0, 0, 0)
		switch errno {
		case 0:
			return int(fd), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}

func quickPread(fd int, buf []byte, offset int64) (int, error) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_PREAD64, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)),
			uintptr(offset), 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

func quickReadlink(dirfd int, name cname, buf []byte) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_READLINKAT, uintptr(dirfd), uintptr(unsafe.Pointer(&name[0])),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func quickClose(fd int) {
	unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
}
