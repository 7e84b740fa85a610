package unshare

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/fault"
	"bones/procwalk/reexec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Stdio are the program's standard streams.
type Stdio struct{ In, Out, Err *os.File }

// ExitStatus is how the program ended.
type ExitStatus struct {
	Status int      // its exit status, or 128 and the number of the signal that ended it
	Notes  []string // where the kernel did not do what was asked for, and what could not be removed
}

// Child is a program that runs.
type Child struct {
	PID   int        // as we see it
	Dirs  []GroupDir // its cgroup
	Notes []string
	group *group
}

// Run starts the program, relays signals to it, waits for it and removes its cgroup. When ctx ends, the program is
// killed. The error is a *StatusError that says why the program did not start.
func (u Unshare) Run(ctx context.Context, stdio Stdio) (ExitStatus, error) {
	// A child is told when the thread that started it ends: that must be the whole of us.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	relay := newRelay(u.KillChild)
	defer relay.stop()
	c, err := u.start(stdio, false, relay.beforeStart)
	if err != nil {
		return ExitStatus{}, err
	}
	relay.to(c.PID)
	stopKilling := context.AfterFunc(ctx, crash.Guarded(func() { unix.Kill(c.PID, unix.SIGKILL) }))
	waitExited(c.PID) // it stays a zombie until no signal can be on its way to its number any more
	relay.stop()
	stopKilling()
	res := ExitStatus{Status: reap(c.PID), Notes: c.Notes}
	if err := c.group.remove(2 * time.Second); err != nil {
		res.Notes = append(res.Notes, err.Error())
	}
	return res, nil
}

// Start starts the program in a session of its own, with no descriptor but the standard streams, and leaves it and its
// cgroup to the caller. The program may outlive us.
func (u Unshare) Start(stdio Stdio) (*Child, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return u.start(stdio, true, func() {})
}

// Abandon kills a child whose start went wrong later on, and removes its cgroup.
func (c *Child) Abandon() error {
	unix.Kill(c.PID, unix.SIGKILL)
	reap(c.PID)
	return c.group.remove(2 * time.Second)
}

// start returns when the stage has become the program. It calls beforeStart right before there is a stage.
func (u Unshare) start(stdio Stdio, session bool, beforeStart func()) (_ *Child, err error) {
	defer func() {
		var s *StatusError
		if err != nil && !errors.As(err, &s) {
			err = &StatusError{Status: exitOurs, Err: err}
		}
	}()
	c := &Child{group: &group{}}
	if u.Group != "" {
		dirs, err := planGroup(u.Group, u.Limits, u.EveryHierarchy)
		if err != nil {
			return nil, groupError(err)
		}
		if c.group, c.Notes, err = makeGroup(dirs); err != nil {
			return nil, groupError(err)
		}
		for _, d := range c.group.dirs {
			c.Dirs = append(c.Dirs, GroupDir{d.path(), d.enable})
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.group.remove(2*time.Second))
		}
	}()
	beforeStart()
	orders, reports, pid, err := u.spawn(stdio, session)
	if err != nil {
		return nil, err
	}
	defer orders.Close()
	defer reports.Close()
	c.PID = pid
	if err := u.guide(pid, c.group, orders, reports, session); err != nil {
		unix.Kill(pid, unix.SIGKILL)
		reap(pid)
		return nil, err
	}
	return c, nil
}

// Exit statuses of a program that did not start.
const (
	exitOurs          = 125
	exitNotExecutable = 126
	exitNotFound      = 127
)

// guide does from outside what the stage needs, and sees it off.
func (u Unshare) guide(pid int, g *group, orders, reports *os.File, session bool) error {
	if u.Namespaces&User != 0 {
		if err := u.writeMaps(pid); err != nil {
			return err
		}
	}
	send, receive := reexec.NewEncoder(orders), reexec.NewDecoder(reports)
	for o := u.order(session); ; o = (order{}) {
		var r report
		err := receive.Decode(&r)
		switch {
		case err == io.EOF:
			return u.sawExec(pid)
		case err != nil:
			return fmt.Errorf("the report of the process that makes the namespaces: %w", err)
		case r.Failed != nil:
			return &StatusError{Status: r.Status, Err: vocabulary.Unpack(r.Failed)}
		case r.Unshared:
			err = u.persist(pid)
		default: // it has all its threads: a low limit of pids is no matter any more
			if err = g.join(pid); err != nil {
				err = groupError(err)
			}
		}
		if err != nil {
			return err
		}
		if err := send.Encode(o); err != nil {
			return fmt.Errorf("the process that makes the namespaces has ended: %w", err)
		}
	}
}

// sawExec tells a program that started from a stage that was killed before: both close the pipe.
func (u Unshare) sawExec(pid int) error {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err == nil && slices.Contains((&procwalk.Cmdline{Raw: text.New(string(b))}).Args(), text.New(StageCommand)) {
		return errors.New("something ended the process that makes the namespaces before the program started")
	}
	return nil
}

// persist binds the new namespaces to their files, each in our own mount namespace. The stage, a child of ours that
// was not waited for, has unshared on its first thread.
func (u Unshare) persist(stage int) error {
	for _, t := range Types() {
		file, ok := u.Persist[t.Bit]
		if !ok {
			continue
		}
		ns := fmt.Sprintf("/proc/%d/ns/%s", stage, t.File)
		if err := unix.Mount(ns, file, "", unix.MS_BIND, ""); err != nil {
			return fault.Hinted("keeping the "+t.Flag+" namespace", &os.PathError{Op: "bind", Path: file, Err: err},
				"the file must be there, and for mount on a mount that is not shared")
		}
	}
	return nil
}

func (u Unshare) order(session bool) order {
	o := order{
		Unshare: u.Namespaces &^ User, User: u.Namespaces&User != 0, KeepCaps: u.KeepCaps, OnlyStdio: session,
		Wait:        len(u.Persist) > 0,
		Propagation: u.Propagation, MountProc: u.MountProc, KillChild: int(u.KillChild), UID: u.SetUID, GID: u.SetGID,
		Root: u.Root, Dir: u.Dir, Monotonic: u.Monotonic, Boottime: u.Boottime,
		Hostname: u.Hostname, Command: u.command(), Login: len(u.Command) == 0,
	}
	if u.Fork {
		o.Unshare &^= PID // it is the first process of it from the start
	} else if !session {
		o.KillChild = int(unix.SIGKILL) // where unshare(1) is the program, to kill the one is to kill the other
	}
	return o
}

// spawn starts the stage: our own binary, in the new user namespace and, with Fork, the new pid namespace.
func (u Unshare) spawn(stdio Stdio, session bool) (orders, reports *os.File, pid int, err error) {
	orderIn, orders, err := os.Pipe()
	if err != nil {
		return nil, nil, 0, err
	}
	defer orderIn.Close()
	reports, reportOut, err := os.Pipe()
	if err != nil {
		orders.Close()
		return nil, nil, 0, err
	}
	defer reportOut.Close()

	// Whatever we were started with beyond the standard streams goes on to the program under its old number, as with
	// unshare(1): "bones unshare -m cat <(date)". Our own descriptors are close-on-exec. The two pipes come after.
	files := append([]uintptr{stdio.In.Fd(), stdio.Out.Fd(), stdio.Err.Fd()}, inherited()...)
	args := []string{StageCommand, strconv.Itoa(len(files)), strconv.Itoa(len(files) + 1)}
	files = append(files, orderIn.Fd(), reportOut.Fd())
	attr := &syscall.ProcAttr{Files: files, Env: u.Env, Sys: &syscall.SysProcAttr{Setsid: session}}
	if u.Env == nil {
		attr.Env = os.Environ()
	}
	if u.Namespaces&User != 0 {
		attr.Sys.Cloneflags |= unix.CLONE_NEWUSER
		// The first process of a user namespace has all capabilities in it, and loses them by exec as no id is mapped yet.
		if attr.Sys.AmbientCaps, err = allCaps(); err != nil {
			return nil, nil, 0, err
		}
	}
	if u.Namespaces&PID != 0 && u.Fork {
		attr.Sys.Cloneflags |= unix.CLONE_NEWPID
	}
	pid, err = reexec.Start(args, attr)
	if err != nil {
		orders.Close()
		reports.Close()
		return nil, nil, 0, u.unstarted(err)
	}
	return orders, reports, pid, nil
}

// inherited lists the descriptors from 3 on that we were started with, each at its place, and closed ones between.
func inherited() []uintptr {
	const most = 1 << 12 // numbers beyond are left alone: they stay open by themselves
	names, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return nil
	}
	var fds []uintptr
	for _, name := range names {
		fd, err := strconv.Atoi(filepath.Base(name))
		if err != nil || fd < 3 || fd >= most {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue
		}
		for len(fds) <= fd-3 {
			fds = append(fds, ^uintptr(0))
		}
		fds[fd-3] = uintptr(fd)
	}
	return fds
}

// allCaps lists the capabilities that this kernel knows. Source: capabilities(7), /proc/sys/kernel/cap_last_cap.
func allCaps() ([]uintptr, error) {
	b, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		return nil, err
	}
	last, err := parseDecimal(strings.TrimSpace(string(b)))
	if err != nil || last > 63 {
		return nil, fmt.Errorf("/proc/sys/kernel/cap_last_cap: %q is not a number of a capability", b)
	}
	var caps []uintptr
	for c := range last + 1 {
		caps = append(caps, uintptr(c))
	}
	return caps, nil
}

// waitExited waits until the process has ended and leaves it to be reaped.
func waitExited(pid int) {
	for {
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != unix.EINTR {
			return
		}
	}
}

// reap waits for the process and returns its status as a shell would.
func reap(pid int) int {
	for {
		var s unix.WaitStatus
		_, err := unix.Wait4(pid, &s, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return exitOurs
		case s.Signaled():
			return 128 + int(s.Signal())
		default:
			return s.ExitStatus()
		}
	}
}

// Ended reports whether the child has ended. It stays to be reaped.
func (c *Child) Ended() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, c.PID, &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
	return err != nil || info.Signo != 0
}
