package enter

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"bones/nsview"
	"bones/nsview/enter/child"
	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// run forks the child, puts it into the cgroups, lets it go, and waits for the program's end.
func (w *worker) run(c *child.Child) (int, error) {
	p := &w.plan
	goR, goW, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer goR.Close()
	defer goW.Close()
	reportR, reportW, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer reportR.Close()
	defer reportW.Close()
	ours, theirs, err := socketPair()
	if err != nil {
		return 0, err
	}
	defer unix.Close(ours)
	c.GoR, c.GoW, c.Socket, c.ReportW = goR.Fd(), goW.Fd(), uintptr(theirs), reportW.Fd()
	keepOpen(c)

	syscall.ForkLock.Lock()
	first, errno := child.Fork(c)
	syscall.ForkLock.Unlock()
	runtime.KeepAlive(p)
	unix.Close(theirs)
	if errno != 0 {
		return 0, fmt.Errorf("making a process: %w", errno)
	}
	defer reap(int(first))
	reportW.Close()
	goR.Close()
	outside, err := p.joinGroups(int(first))
	if err != nil {
		unix.Kill(int(first), unix.SIGKILL)
		return 0, err
	}
	goW.Write([]byte{1})

	s := started{Outside: outside}
	program, err := w.awaitSecond(ours, int(first), &s)
	if err != nil {
		return 0, err
	}
	defer unix.Close(program.pidfd)
	if err := w.listen(int(reportR.Fd()), program, &s); err != nil {
		// Whoever could write that it failed may have let it go on: it does not go on without us.
		unix.PidfdSendSignal(program.pidfd, unix.SIGKILL, nil, 0)
		w.ended(program, endPatience)
		return 0, err
	}
	s.Busybox = p.Busybox && s.Program == c.NPrograms-1
	letGo()
	w.control.Send(message{Started: &s})
	return w.ended(program, forever), nil
}

// keepOpen puts the descriptors that the second child needs in order.
func keepOpen(c *child.Child) {
	n := 0
	put := func(fd uintptr) {
		if fd == child.None {
			return
		}
		i := n
		for ; i > 0 && c.Keep[i-1] > fd; i-- {
			c.Keep[i] = c.Keep[i-1]
		}
		c.Keep[i] = fd
		n++
	}
	put(c.Socket)
	put(c.ReportW)
	put(c.PauseR)
	for i := range c.NPrograms {
		put(c.Programs[i].FD)
	}
}

// obey does what bones asks for while the program runs. When bones has ended, so must the program.
func (w *worker) obey() {
	for {
		var m message
		if _, err := w.control.Receive(&m); err != nil {
			w.signal(unix.SIGHUP, false)
			w.signal(unix.SIGCONT, false)
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
		if m.Go {
			w.pauseW.Write([]byte{1})
		}
		if m.Signal != 0 {
			w.signal(unix.Signal(m.Signal), m.Alone)
		}
	}
}

// signal sends to the program's process group, which has its PID while the program is not waited for, or to the
// program alone.
func (w *worker) signal(s unix.Signal, alone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.program == nil {
		return
	}
	if alone || unix.Kill(-w.program.pid, s) != nil {
		unix.PidfdSendSignal(w.program.pidfd, s, nil, 0) // before it has made its session
	}
}

// endPatience is how long the worker waits for a program that was killed because it could not be started; one that
// somebody inside traces may be kept from its end.
const endPatience = 3 * time.Second

// forever is no limit at all.
const forever = -1

// ended waits so long for the program's end and returns its wait status.
func (w *worker) ended(p *entered, patience time.Duration) int {
	over := pollUntil(patience, unix.PollFd{Fd: int32(p.pidfd), Events: unix.POLLIN})
	w.mu.Lock()
	w.program = nil
	w.mu.Unlock()
	if over == nil {
		return int(unix.SIGKILL)
	}
	return int(reap(p.pid))
}

func reap(pid int) unix.WaitStatus {
	var status unix.WaitStatus
	for {
		if _, err := unix.Wait4(pid, &status, 0, nil); err != unix.EINTR {
			return status
		}
	}
}

// letGo closes our copies of the program's files, so that their other ends see when nobody inside has them any more.
func letGo() {
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	for fd := range 3 {
		unix.Dup3(null, fd, 0)
	}
	unix.Close(null)
}

// whichDenied finds out which namespace it is that we may not join, by trying them one by one, with the user
// namespace where that is one of them: it gives the privilege for those that it owns.
func (w *worker) whichDenied(c *child.Child) error {
	order := append([]procwalk.NSType{procwalk.User, procwalk.PID}, AllTypes()...)
	for _, typ := range order {
		flag := nsview.CloneFlag(typ)
		if w.plan.Flags&flag == 0 {
			continue
		}
		alone := *c
		alone.Flags = uintptr(flag | w.plan.Flags&unix.CLONE_NEWUSER)
		alone.Probe = true
		w.plan.Groups = nil
		_, err := w.run(&alone)
		var failed *stepError
		if !errors.As(err, &failed) || failed.errno != unix.EPERM {
			continue
		}
		needs := "CAP_SYS_ADMIN in the user namespace that owns it"
		switch typ {
		case procwalk.Mnt:
			needs += ", and CAP_SYS_CHROOT in our own"
		case procwalk.User:
			needs = "CAP_SYS_ADMIN in it, which its owner has outside"
		}
		return lacking(fmt.Sprintf("joining its %s namespace", typ), needs, unix.EPERM)
	}
	return explain(child.StepSetns, unix.EPERM, &w.plan)
}
