// Package openat2 calls openat2(2) and, where the kernel asks for it, calls it again.
package openat2

import (
	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// maxTries bounds how often a path is resolved anew because something on the way was renamed meanwhile.
const maxTries = 10000

// Open opens a path below the directory dir with the flags of open(2) and the limits RESOLVE_*. O_CLOEXEC is always
// among the flags. An error is an errno: EAGAIN means that somebody went on renaming what is on the way. ENOSYS comes
// from a kernel before Linux 5.6, and EPERM, too, from a filter of system calls that does not know this one.
//
// Source: openat2(2): EAGAIN, where a path with ".." cannot be kept below dir because something is just being moved.
func Open(dir int, path string, flags int, resolve uint64) (fd int, err error) {
	for range maxTries {
		fd, err = unix.Openat2(dir, path, &unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC), Resolve: resolve})
		if err != unix.EAGAIN && err != unix.EINTR {
			break
		}
	}
	return fd, err
}

// Missing is for who has no other way than openat2: where err means that it cannot be used at all, on an older kernel
// or below a filter of system calls, it says so. Any other error comes back as it is.
func Missing(err error) error {
	if err == unix.EPERM { // a file may be what is refused: the root directory is not
		fd, err := Open(unix.AT_FDCWD, "/", unix.O_PATH, 0)
		if err == nil {
			unix.Close(fd)
		}
		if err != unix.EPERM {
			return unix.EPERM
		}
	}
	return fault.NoCall("openat2", "5.6", err)
}
