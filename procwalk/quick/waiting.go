package quick

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// What has to wait for a lock that others can hold for long, as /proc/PID/cgroup does for that of all control groups,
// is told to Go's scheduler: it lets the rest of the program run meanwhile, also where that has one processor alone.
//
// Source: kernel/cgroup/cgroup.c, proc_cgroup_show takes cgroup_mutex.

// OpenWaiting is Open for a file that may have to wait.
func OpenWaiting(dirfd int, name Name, flags int) (int, error) {
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

// PreadWaiting is Pread for a file that may have to wait.
func PreadWaiting(fd int, buf []byte, offset int64) (int, error) {
	for {
		n, err := unix.Pread(fd, buf, offset)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}
