package enter

import (
	"errors"
	"fmt"
	"os"
	"path"
	"runtime"
	"sync"

	"bones/nsview"
	"bones/nsview/enter/child"
	"bones/nsview/enter/environment"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// workerWord starts the program as a worker.
const workerWord = "__enter"

// Descriptors that a worker is started with, beside the program's own 0 to 2.
const (
	controlFD = 3
	givenFD   = 4 // the copy of busybox if there is one, and then the namespaces
)

// init is here and not in main, because the tests of this package and of cmd start workers too, and because it should
// happen before other packages do anything.
func init() {
	reexec.Register(workerWord, func([]string) int {
		runtime.LockOSThread() // the child is told when the thread that made it ends
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
		control, err := reexec.NewConn(controlFD)
		if err != nil {
			return reexec.Report(fmt.Errorf("%s is started by bones itself: %w", workerWord, err))
		}
		w := &worker{control: control}
		w.work()
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		return 0
	})
}

// message is what bones and its worker say to each other: one of these.
type message struct {
	Plan   *plan // bones: do this
	Signal int   // bones: send this signal to the program's process group; 0: child.None
	Alone  bool  // bones: to the program alone
	Go     bool  // bones: go on (tests)

	Terminal bool            // worker: our end of a terminal comes along, which takes the place of the other one
	Held     bool            // worker: the program waits for Go (tests)
	Started  *started        // worker: the program runs
	Failed   *reexec.Failure // worker: it does not
	Exit     *int            // worker: it has ended with this wait status
}

type started struct {
	Program    int    // which of the candidates it was
	Busybox    bool   // it was the copy of the host's busybox
	DirOutside bool   // the target's working directory is outside of its root; this is the root
	DirDeleted bool   // it has been deleted; this is the root
	Outside    string // why it is not in the target's cgroups, or empty
}

type worker struct {
	control *reexec.Conn
	plan    plan
	pauseW  *os.File

	mu      sync.Mutex
	program *entered // while it may be sent signals, else nil
}

func (w *worker) work() {
	var m message
	if _, err := w.control.Receive(&m); err != nil || m.Plan == nil {
		return
	}
	w.plan = *m.Plan
	status, err := w.enter()
	if err != nil {
		w.control.Send(message{Failed: vocabulary.Pack(err)})
		return
	}
	w.control.Send(message{Exit: &status})
}

// enter does everything, and returns the program's wait status.
func (w *worker) enter() (int, error) {
	p := &w.plan
	// The pidfd first: if the PID goes to somebody else after it was opened, joining through it fails, and if that
	// happened before, the start time does not match.
	pidfd, err := unix.PidfdOpen(p.Target.PID, 0)
	// A thread that does not lead its process, or nobody: that shows below. Since Linux 6.16 it is ENOENT.
	alone := err == unix.EINVAL || err == unix.ENOENT
	switch {
	case alone:
	case err == unix.ESRCH:
		return 0, procwalk.ErrGone
	case err != nil:
		return 0, fault.NoCall("pidfd_open", "5.3", err)
	}
	if !alone {
		defer unix.Close(pidfd)
	}
	t, err := openTarget(p.Root, p.Target)
	if err != nil {
		return 0, err
	}
	defer t.close()
	if p.TTY && p.InRoot {
		w.terminalInside(t)
	}
	c, err := w.prepare(t)
	if err != nil {
		return 0, err
	}
	c.PIDFD = uintptr(pidfd)
	if alone || t.thread != 0 {
		if err := joinThrough(c, t, p.Flags); err != nil {
			return 0, err
		}
		defer closeSpaces(c)
	}
	if p.Pause {
		r, pw, err := os.Pipe()
		if err != nil {
			return 0, err
		}
		w.pauseW = pw
		c.PauseR = r.Fd()
		defer r.Close()
	}
	status, err := w.run(c)
	var failed *stepError
	if errors.As(err, &failed) {
		if failed.step == child.StepSetns && failed.errno == unix.EPERM && c.NSpaces == 0 {
			return 0, w.whichDenied(c)
		}
		if failed.step == child.StepExec {
			return 0, w.execError(failed.errno)
		}
		return 0, explain(failed.step, failed.errno, p)
	}
	return status, err
}

// stepError is a step of the child that failed.
type stepError struct {
	step  child.Stage
	errno unix.Errno
}

func (e *stepError) Error() string { return e.errno.Error() }

func (w *worker) execError(errno unix.Errno) error {
	code, name := 126, w.plan.Shells[0]
	if errno == unix.ENOENT || errno == unix.ENOTDIR {
		code = 127
	}
	if len(w.plan.Program) > 0 {
		name = w.plan.Program[0]
	}
	return &ExecError{Code: code, Program: name, Errno: errno}
}

// prepare opens and lays out what the child needs.
func (w *worker) prepare(t *target) (*child.Child, error) {
	p := &w.plan
	c := child.New()
	c.Flags = uintptr(p.Flags)
	c.FreshProc = p.FreshProc
	c.TTY = p.TTY
	open := func(name string) (uintptr, error) {
		fd, err := unix.Openat(t.dir, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		switch {
		case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
			return child.None, lacking("opening its "+name+" directory", "CAP_SYS_PTRACE in its user namespace", err)
		case err != nil:
			return child.None, goneOr(err)
		}
		return uintptr(fd), nil
	}
	var err error
	if p.InRoot {
		if c.Root, err = open("root"); err != nil {
			return nil, err
		}
		if p.Dir == "" {
			if c.DirFD, err = open("cwd"); err != nil {
				return nil, err
			}
		}
	}
	if p.Dir != "" {
		c.Dir = cstring(p.Dir)
	}
	c.SetIDs, c.UID, c.GID = p.SetIDs, uintptr(p.UID), uintptr(p.GID)
	c.SetGroups, c.NGroups = p.SetGroups, uintptr(len(p.GIDs))
	if len(p.GIDs) > 0 {
		c.Groups = &p.GIDs[0]
	}
	c.Limit, c.NoNewPrivs = p.Limit, p.Limit && p.Creds.NoNewPrivs
	c.Bounding, c.Permitted, c.Inheritable, c.Ambient = p.Creds.Bnd, p.Creds.Prm|p.Creds.Eff, p.Creds.Inh, p.Creds.Amb
	c.LastCap = lastCap()
	if p.Label.File != "" {
		c.LabelPath, c.Label, c.LabelLen = cstring(p.Label.File), cstring(p.Label.Text), uintptr(len(p.Label.Text))
	}
	next := givenFD
	if p.Busybox {
		next++
	}
	for i, flag := range p.Spaces {
		if i < child.MaxSpaces {
			unix.CloseOnExec(next + i)
			c.Spaces[i] = child.OpenNamespace{FD: uintptr(next + i), Flag: uintptr(flag)}
			c.NSpaces++
		}
	}
	w.programs(c)
	return c, nil
}

// joinThrough has the child join the namespaces of a thread one by one: no pidfd stands for them.
func joinThrough(c *child.Child, t *target, flags int) error {
	for _, typ := range AllTypes() {
		if flags&nsview.CloneFlag(typ) == 0 {
			continue
		}
		fd, err := unix.Openat(t.dir, "ns/"+typ.String(), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		switch {
		case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
			closeSpaces(c)
			return lacking("opening its "+typ.String()+" namespace", "CAP_SYS_PTRACE in its user namespace", err)
		case err != nil:
			closeSpaces(c)
			return goneOr(err)
		}
		c.Spaces[c.NSpaces] = child.OpenNamespace{FD: uintptr(fd), Flag: uintptr(nsview.CloneFlag(typ))}
		c.NSpaces++
	}
	c.Flags = 0
	return nil
}

func closeSpaces(c *child.Child) {
	for i := range c.NSpaces {
		unix.Close(int(c.Spaces[i].FD))
	}
}

// lastCap is the highest capability that the kernel knows.
func lastCap() uintptr {
	for i := uintptr(0); i < 64; i++ {
		if _, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, i, 0, 0, 0); err != nil {
			return i - 1
		}
	}
	return 63
}

func (w *worker) programs(c *child.Child) {
	p := &w.plan
	add := func(path string, fd uintptr, argv []string) {
		if c.NPrograms < child.MaxPrograms {
			c.Programs[c.NPrograms] = child.Program{Path: cstring(path), FD: fd, Argv: cstrings(argv)}
			c.NPrograms++
		}
	}
	if len(p.Program) > 0 {
		paths, _ := environment.Candidates(p.Program[0], p.Env)
		for _, path := range paths {
			add(path, child.None, p.Program)
		}
		if p.Busybox {
			unix.CloseOnExec(givenFD)
			add("", givenFD, p.Program)
		}
	} else {
		for _, shell := range p.Shells {
			add(shell, child.None, []string{path.Base(shell)})
		}
		if p.Busybox {
			unix.CloseOnExec(givenFD)
			add("", givenFD, []string{"sh"})
		}
	}
	c.Env = cstrings(p.Env)
}

// cstring returns the bytes with a NUL behind. Texts with a NUL inside were refused before.
func cstring(s string) *byte {
	b := make([]byte, len(s)+1)
	copy(b, s)
	return &b[0]
}

func cstrings(list []string) **byte {
	v := make([]*byte, len(list)+1)
	for i, s := range list {
		v[i] = cstring(s)
	}
	return &v[0]
}
