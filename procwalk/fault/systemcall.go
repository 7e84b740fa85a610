package fault

import (
	"errors"

	"golang.org/x/sys/unix"
)

// NoCall is for a system call that there is no other way than: where err means that it cannot be used at all, because
// the kernel is older than the release since which it is there ("5.6"), or because a filter of system calls refuses
// it, it says so. Any other error comes back as it is. Who can get EPERM for another reason asks only about ENOSYS.
//
// Source: syscalls(2); seccomp(2): older filters of container engines answer EPERM for what they do not know.
func NoCall(name, since string, err error) error {
	switch {
	case errors.Is(err, unix.ENOSYS):
		return &Error{Kind: Unsupported, What: name, Why: "this kernel does not have it (ENOSYS)",
			Hint: "needs Linux " + since}
	case errors.Is(err, unix.EPERM):
		return &Error{Kind: Unsupported, What: name, Why: "a filter of system calls refuses it (EPERM)",
			Hint: "a newer container engine would allow it"}
	}
	return err
}
