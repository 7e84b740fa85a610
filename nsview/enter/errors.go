package enter

import (
	"errors"
	"fmt"

	"bones/nsview/enter/child"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/reexec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// lacking is a lack of privilege: what was to be done, the capability that it needs and where, and what the kernel
// answered, EACCES or EPERM. needs may be empty: no capability would help.
func lacking(what, needs string, err error) error {
	errno := unix.EPERM
	errors.As(err, &errno)
	e := &fault.Error{Kind: fault.NotPermitted, What: what, Why: fault.NotPermitted.Error(), Err: errno}
	if needs != "" {
		e.Hint = "needs " + needs
	}
	return e
}

// errnoName is " (EPERM)".
func errnoName(err error) string {
	if name := fault.ErrnoName(err); name != "" {
		return " (" + name + ")"
	}
	return ""
}

func failure(pid int, err error) error { return fmt.Errorf("enter %d: %w", pid, err) }

// failure says what could not be entered.
func (e *Enter) failure(err error) error {
	if len(e.req.Spaces) > 0 {
		return fmt.Errorf("enter %s: %w", e.who(), err)
	}
	return failure(e.req.Target.PID, err)
}

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
	case e.Errno == unix.E2BIG:
		why = "its arguments and environment are larger than the kernel takes: a quarter of the stack's limit (ulimit " +
			"-s), and 128 KiB each"
	case e.Errno == unix.ENOEXEC:
		why = "no program that this machine can execute, and no script with an interpreter in its first line"
	default:
		why = "cannot be executed: " + e.Errno.Error()
	}
	return text.Sanitise(e.Program) + ": " + why + errnoName(e.Errno)
}

func (e *ExecError) Unwrap() error { return e.Errno }

// vocabulary are the errors that stay what they are on their way from the worker.
var vocabulary = reexec.NewErrors([]error{procwalk.ErrGone, procwalk.ErrUnsupported}, (*ExecError)(nil))

// explain turns a failed step of the child into an error that says what would help.
func explain(s child.Stage, errno unix.Errno, p *plan) error {
	say := func(what string) error { return fmt.Errorf("%s: %w%s", what, errno, errnoName(errno)) }
	lack := func(what, needs string) error {
		if errno == unix.EPERM || errno == unix.EACCES {
			return lacking(what, needs, errno)
		}
		return say(what)
	}
	switch s {
	case child.StepSetns:
		switch errno {
		case unix.ESRCH:
			return procwalk.ErrGone
		case unix.ENOSYS, unix.EBADF, unix.EINVAL:
			return fmt.Errorf("%w: joining namespaces through a pidfd needs Linux 5.8, and a pid namespace below ours%s",
				procwalk.ErrUnsupported, errnoName(errno))
		case unix.EPERM:
			return lack("joining its namespaces", "CAP_SYS_ADMIN in the user namespaces that own them")
		}
		return say("joining its namespaces")
	case child.StepLabel:
		return lack("taking on its security label", "")
	case child.StepRoot:
		return lack("making its root directory ours", "CAP_SYS_CHROOT in our user namespace")
	case child.StepDir:
		if errno == unix.EXDEV {
			return errors.New("the working directory is not below its root directory")
		}
		dir := p.Dir
		if dir == "" {
			dir = "its own"
		}
		return lack("going to the working directory "+text.Sanitise(dir), "")
	case child.StepGroups, child.StepGID:
		return lack("taking on its groups", "CAP_SETGID in its user namespace")
	case child.StepUID:
		return lack("becoming its user", "CAP_SETUID in its user namespace")
	case child.StepBounding:
		return lack("taking on its bounding set", "CAP_SETPCAP in its user namespace")
	case child.StepCaps:
		return lack("taking on its capabilities", "")
	case child.StepNoNewPrivs:
		return say("setting no_new_privs")
	case child.StepClose:
		if errno == unix.ENOSYS || errno == unix.EPERM {
			return fmt.Errorf("closing every other descriptor: %w", fault.NoCall("close_range", "5.9", errno))
		}
		return say("closing descriptors")
	case child.StepClone:
		switch errno {
		case unix.ENOMEM:
			return errors.New("its pid namespace takes no new process: the first process there has ended (ENOMEM)")
		case unix.EAGAIN:
			return errors.New("no new process: pids.max of its cgroup, or its user's limit of processes, is reached " +
				"(EAGAIN); --no-cgroup goes without the first")
		}
		return say("making a process in its pid namespace")
	case child.StepSession:
		return say("making a session")
	case child.StepTTY:
		return say("making the terminal that of the session")
	case child.StepProc:
		return lack("mounting a private /proc", "CAP_SYS_ADMIN in its user namespace")
	}
	return say("entering")
}
