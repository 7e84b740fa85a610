package nsview

import (
	"errors"

	"golang.org/x/sys/unix"
)

// ErrOutside says that a parent or owner is not to be seen from here: there is none, or it is an ancestor of the
// namespaces that we are in ourselves.
var ErrOutside = errors.New("not visible from here: it is the first one, or an ancestor of ours")

// ErrNoWay says that nothing through which the namespace could be opened is left or was found.
var ErrNoWay = errors.New("nothing through which it could be opened is left")

// ErrDeadline says that something did not answer in time and was left behind.
var ErrDeadline = errors.New("no answer in time")

func errorIs(err error, any ...error) bool {
	for _, e := range any {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// gone reports whether an error means that the process or thread has ended.
func gone(err error) bool { return errorIs(err, unix.ESRCH, unix.ENOENT) }
