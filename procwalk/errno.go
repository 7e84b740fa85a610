package procwalk

import (
	"errors"

	"golang.org/x/sys/unix"
)

// ErrnoName returns the name of the kernel's error within err, "EACCES" for example, or "" if there is none.
func ErrnoName(err error) string {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return ""
	}
	return unix.ErrnoName(errno)
}
