package filetree

import (
	"errors"
	"fmt"
	"strings"

	"bones/procwalk/capability"
	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// What an operation can end in. Each is found by errors.Is.
var (
	ErrGone         = error(fault.New(fault.Gone, "the process has ended"))
	ErrNotFound     = errors.New("there is no such file")
	ErrExists       = errors.New("it exists already")
	ErrNotPermitted = error(fault.New(fault.NotPermitted, "not permitted"))
	ErrSpecial      = errors.New("neither a regular file nor a directory; it is named and never opened")
	ErrLeased       = errors.New("another program holds a lease on it")
	ErrLoop         = errors.New("too many links, or a link of /proc that leads out of the root")
	ErrNotDirectory = errors.New("not a directory")
	ErrIsDirectory  = errors.New("it is a directory")
	ErrNotEmpty     = errors.New("the directory is not empty")
	ErrMoved        = errors.New("the root or the mount has changed since it was looked at")
	ErrNoSpace      = errors.New("no space is left there")
	ErrReadOnly     = error(fault.New(fault.NotPermitted, "the file system is mounted read-only"))
	ErrNoAnswer     = errors.New("the file system does not answer")
	ErrTooLarge     = errors.New("larger than may be")
	ErrGivenUp      = errors.New("given up")
	ErrUnclear      = errors.New("it did not end in time: the file may be changed all the same, or a half-written file " +
		".bones-* may be left beside it")
)

// ErrForeign is the answer of a file system that was mounted in a user namespace in which we have no number.
var ErrForeign = fmt.Errorf("%w (EOVERFLOW): its file system is of a user namespace in which we have no number; "+
	"bones enter --as root goes there", ErrNotPermitted)

// ErrNotMade is ErrForeign for something that was to be made, and was not.
var ErrNotMade = fmt.Errorf("%w", ErrForeign)

// NotMade is Explain for what makes something.
func NotMade(what string, err error) error {
	if err == unix.EOVERFLOW {
		return fmt.Errorf("%s: %w", text.Line(what), ErrNotMade)
	}
	return Explain(what, err)
}

// NotGiven explains why a file could not be given to its owner.
func NotGiven(what string, err error) error {
	if errors.Is(err, unix.EPERM) && !mayUse(unix.CAP_CHOWN) {
		return notPermitted(what, err, "giving a file to another user needs CAP_CHOWN")
	}
	return Explain(what, err)
}

func notPermitted(what string, err error, hint string) error {
	return &fault.Error{Kind: fault.NotPermitted, What: what, Why: ErrNotPermitted.Error(), Hint: hint,
		Err: errors.Join(ErrNotPermitted, err)}
}

// toChange is what would help against EACCES or EPERM for a file: a capability that we lack, or else what refuses even
// those who have it.
//
// Source: path_resolution(7), "Permissions"; capabilities(7); ioctl_iflags(2), FS_IMMUTABLE_FL.
func toChange(err error) string {
	switch {
	case errors.Is(err, unix.EACCES) && !mayUse(unix.CAP_DAC_OVERRIDE):
		return "needs CAP_DAC_OVERRIDE"
	case errors.Is(err, unix.EACCES):
		return "a security module may forbid it, or its owner has no number in our user namespace"
	case !mayUse(unix.CAP_FOWNER):
		return "needs CAP_FOWNER, or being its owner"
	}
	return "it may be immutable or append-only, which lsattr shows, or a security module may forbid it"
}

// mayUse reports whether we have a capability. What cannot be told is no reason.
func mayUse(number int) bool {
	sets, err := capability.Get()
	return err != nil || sets.Has(number)
}

// Explain turns an error of the kernel into one of ours, which begins with what, if that is not empty.
func Explain(what string, err error) error {
	if what = text.Line(what); what != "" {
		what += ": "
	}
	kind := error(nil)
	var said *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said) && said.What != "": // it is explained already
		return err
	case errors.Is(err, ErrGone), errors.Is(err, ErrMoved):
		return err
	case errors.Is(err, unix.ENOENT):
		kind = ErrNotFound
	case errors.Is(err, unix.ESRCH):
		kind = ErrGone
	case errors.Is(err, unix.EEXIST):
		kind = ErrExists
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return notPermitted(strings.TrimSuffix(what, ": "), err, toChange(err))
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EXDEV):
		kind = ErrLoop
	case errors.Is(err, unix.ENOTDIR):
		kind = ErrNotDirectory
	case errors.Is(err, unix.EISDIR):
		kind = ErrIsDirectory
	case errors.Is(err, unix.ENOTEMPTY):
		kind = ErrNotEmpty
	case errors.Is(err, unix.EAGAIN):
		kind = ErrLeased
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		kind = ErrNoSpace
	case errors.Is(err, unix.EROFS):
		kind = ErrReadOnly
	case errors.Is(err, unix.EOVERFLOW):
		return fmt.Errorf("%s%w", what, ErrForeign)
	default:
		if errno, ok := err.(unix.Errno); ok {
			return fmt.Errorf("%s%w (%s)", what, err, unix.ErrnoName(errno))
		}
		return fmt.Errorf("%s%w", what, err)
	}
	if errno, ok := err.(unix.Errno); ok {
		return fmt.Errorf("%s%w (%s)", what, kind, unix.ErrnoName(errno))
	}
	return fmt.Errorf("%s%w", what, kind)
}
