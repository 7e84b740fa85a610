package enter

import (
	"errors"
	"fmt"

	"bones/procwalk"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// denied is a lack of privilege. It is fs.ErrPermission.
type denied struct {
	doing string // what, and what it needs
	errno error
}

func (d *denied) Error() string { return "not permitted: " + d.doing + errnoName(d.errno) }
func (d *denied) Unwrap() error { return d.errno }

// errnoName is " (EPERM)".
func errnoName(err error) string {
	var e unix.Errno
	if errors.As(err, &e) && e != 0 {
		if name := unix.ErrnoName(e); name != "" {
			return " (" + name + ")"
		}
	}
	return ""
}

func failure(pid int, err error) error { return fmt.Errorf("enter %d: %w", pid, err) }

// ExecError says that everything was joined but the program could not be executed: Code is 127 if it is not there and
// 126 if it is.
type ExecError struct {
	Code    int
	Program string
	Errno   unix.Errno
}

func (e *ExecError) Error() string {
	why := "not found inside"
	switch {
	case e.Code == 127:
	case e.Errno == unix.ENOEXEC:
		why = "no program that this machine can execute, and no script with an interpreter in its first line"
	default:
		why = "cannot be executed: " + e.Errno.Error()
	}
	return text.Sanitise(e.Program) + ": " + why + errnoName(e.Errno)
}

func (e *ExecError) Unwrap() error { return e.Errno }

// remote is a failure in the worker as it told it. Sort keeps the kinds of error apart.
type remote struct {
	Text  string
	Errno unix.Errno
	Sort  sort
	Code  int
}

type sort int

const (
	sortFailed sort = iota
	sortDenied
	sortGone
	sortUnsupported
	sortExec
)

// toRemote flattens an error to send it.
func toRemote(err error) *remote {
	r := &remote{Text: err.Error()}
	errors.As(err, &r.Errno)
	var d *denied
	var x *ExecError
	switch {
	case errors.As(err, &x):
		*r = remote{Text: x.Program, Errno: x.Errno, Sort: sortExec, Code: x.Code}
	case errors.As(err, &d):
		r.Text, r.Sort = d.doing, sortDenied
	case errors.Is(err, procwalk.ErrGone):
		r.Sort = sortGone
	case errors.Is(err, procwalk.ErrUnsupported):
		r.Sort = sortUnsupported
	}
	return r
}

// error makes the error again.
func (r *remote) error() error {
	switch r.Sort {
	case sortExec:
		return &ExecError{Code: r.Code, Program: r.Text, Errno: r.Errno}
	case sortDenied:
		return &denied{doing: r.Text, errno: r.Errno}
	case sortGone:
		return &told{r.Text, procwalk.ErrGone}
	case sortUnsupported:
		return &told{r.Text, procwalk.ErrUnsupported}
	}
	if r.Errno != 0 {
		return &told{r.Text, r.Errno}
	}
	return errors.New(r.Text)
}

// told is an error with its own words and a cause.
type told struct {
	text  string
	cause error
}

func (t *told) Error() string { return t.text }
func (t *told) Unwrap() error { return t.cause }

// explain turns a failed step of the child into an error that says what would help.
func explain(s step, errno unix.Errno, p *plan) error {
	say := func(what string) error { return fmt.Errorf("%s: %w%s", what, errno, errnoName(errno)) }
	lack := func(what string) error {
		if errno == unix.EPERM || errno == unix.EACCES {
			return &denied{doing: what, errno: errno}
		}
		return say(what)
	}
	switch s {
	case stepSetns:
		switch errno {
		case unix.ESRCH:
			return procwalk.ErrGone
		case unix.ENOSYS, unix.EBADF, unix.EINVAL:
			return fmt.Errorf("%w: joining namespaces through a pidfd needs Linux 5.8, and a pid namespace below ours%s", procwalk.ErrUnsupported, errnoName(errno))
		case unix.EPERM:
			return lack("joining its namespaces needs CAP_SYS_ADMIN in the user namespaces that own them")
		}
		return say("joining its namespaces")
	case stepLabel:
		return lack("taking its security label on")
	case stepRoot:
		return lack("making its root directory ours needs CAP_SYS_CHROOT in our user namespace")
	case stepDir:
		if errno == unix.EXDEV {
			return errors.New("the working directory is not below its root directory")
		}
		dir := p.Dir
		if dir == "" {
			dir = "its own"
		}
		return lack("going to the working directory " + text.Sanitise(dir))
	case stepGroups, stepGID:
		return lack("taking its groups on needs CAP_SETGID in its user namespace")
	case stepUID:
		return lack("becoming its user needs CAP_SETUID in its user namespace")
	case stepBounding:
		return lack("taking its bounding set on needs CAP_SETPCAP in its user namespace")
	case stepCaps:
		return lack("taking its capabilities on")
	case stepNoNewPrivs:
		return say("setting no_new_privs")
	case stepClose:
		if errno == unix.ENOSYS {
			return fmt.Errorf("%w: closing every other descriptor needs close_range, Linux 5.9 (ENOSYS)", procwalk.ErrUnsupported)
		}
		return say("closing descriptors")
	case stepClone:
		switch errno {
		case unix.ENOMEM:
			return errors.New("its pid namespace takes no new process: the first process there has ended (ENOMEM)")
		case unix.EAGAIN:
			return errors.New("no new process: pids.max of its cgroup, or its user's limit of processes, is reached (EAGAIN); --no-cgroup goes without the first")
		}
		return say("making a process in its pid namespace")
	case stepSession:
		return say("making a session")
	case stepTTY:
		return say("making the terminal that of the session")
	case stepProc:
		return lack("mounting a private /proc needs CAP_SYS_ADMIN in its user namespace")
	}
	return say("entering")
}
