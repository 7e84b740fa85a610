// Package quick has the system calls that run once or more per process per snapshot, on files of /proc that answer at
// once whatever the process does. They are made without telling Go's scheduler, which would otherwise hand the
// processor on and take it back thousands of times a second, and without allocating a copy of each name. A file whose
// reading may hang (cmdline, environ), or wait for a lock that others can hold for long (cgroup), must never be read
// this way: it would stop the whole program where that runs on one processor. stat, status, statm, comm, attr/current
// and the links of ns/ take spin locks alone.
package quick

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Name is a file name for the kernel: it ends in a NUL byte.
type Name []byte

// Open is openat(2). An error is an errno.
func Open(dirfd int, name Name, flags int) (int, error) {
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

// Pread is pread(2). An error is an errno.
func Pread(fd int, buf []byte, offset int64) (int, error) {
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

// Readlink is readlinkat(2): it fills buf, and cuts what is longer. An error is an errno.
func Readlink(dirfd int, name Name, buf []byte) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_READLINKAT, uintptr(dirfd), uintptr(unsafe.Pointer(&name[0])),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// Close is close(2) of a descriptor that was only read.
func Close(fd int) {
	unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
}
