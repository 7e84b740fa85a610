package quick

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// openWaiting is Open for a file that may have to wait: Go's scheduler is told. unix.Openat would allocate the name.
func openWaiting(dirfd int, name Name, flags int) (int, error) {
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dirfd), uintptr(unsafe.Pointer(&name[0])), uintptr(flags),
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

// preadWaiting is Pread for a file that may have to wait.
func preadWaiting(fd int, buf []byte, offset int64) (int, error) {
	for {
		n, err := unix.Pread(fd, buf, offset)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}
