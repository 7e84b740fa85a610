package terminal

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"time"

	"bones/procwalk/crash"
	"bones/procwalk/reexec"
	"bones/procwalk/signals"

	"golang.org/x/sys/unix"
)

// The terminal UI runs in a child process, and this one, its guard, does nothing but keep the terminal's settings and
// see to it that the child ends. A panic in any goroutine, an abort of the runtime and SIGKILL cannot be caught by the
// process that they hit; the guard puts the terminal back whatever ends the child, and says in one line what did.

// Guard is what watches over the terminal UI.
type Guard struct {
	Args []string  // with which this program is started again as the terminal UI
	Err  io.Writer // where is said how that ended, if it did not end well
	// CreateReport makes the file for the report of a crash.
	CreateReport func(name string) (*os.File, error)
}

// Run runs the terminal UI as a child on this terminal, and returns the exit status.
func (g *Guard) Run() int {
	saved, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS)
	if err != nil {
		fmt.Fprintln(g.Err, "bones: the terminal's settings cannot be read:", err)
		return 1
	}
	// The child is told when the thread that started it ends: that must be the whole of the guard.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Asked for before the child is there, so that none is lost.
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, append(guardedSignals, unix.SIGTSTP)...)
	defer signal.Stop(signals)

	said, state := &pipeHead{limit: 256 << 10}, &pipeHead{limit: 1, last: true}
	child, err := startGuarded(g.Args, said, state)
	if err != nil {
		fmt.Fprintln(g.Err, "bones: starting the terminal UI:", err)
		return 1
	}
	w := &watch{child: child}
	over := make(chan struct{})
	crash.Go(func() { w.watch(signals, over) })
	status := waitThroughStops(child.Pid)
	close(over)

	reset := ""
	if status.Signaled() || status.ExitStatus() != 0 {
		s := Untouched
		if b := state.read(); len(b) > 0 {
			s = Ownership(b[0])
		}
		reset = Reset(os.Getenv("TERM"), s)
	}
	Restore(os.Stdout, saved, reset)
	message := said.read()
	if len(message) > 0 || status.Signaled() {
		// A terminal that takes no output does not hold up the guard either.
		line := "bones: " + g.epitaph(status, message, w.killedFor.Load())
		written := make(chan struct{})
		crash.Go(func() { fmt.Fprintln(g.Err, line); close(written) })
		select {
		case <-written:
		case <-time.After(time.Second):
		}
	}
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// guardedSignals are those that end a Go program, the ones for the guard's child with them. Caught by the guard, none
// of them leaves the terminal to itself.
var guardedSignals = []os.Signal{
	unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE,
	unix.SIGUSR1,
	unix.SIGSEGV, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM, unix.SIGSTKFLT, unix.SIGXCPU, unix.SIGXFSZ,
	unix.SIGVTALRM, unix.SIGIO, unix.SIGPWR, unix.SIGSYS,
}

// stateDescriptor is where the child tells the guard who has the terminal (State).
const stateDescriptor = 3

// startGuarded starts the child. What it writes on its error stream goes to said, who has the terminal to state.
func startGuarded(args []string, said, state *pipeHead) (*os.Process, error) {
	sayers, err := said.open()
	if err != nil {
		return nil, err
	}
	defer sayers.Close()
	tellers, err := state.open()
	if err != nil {
		return nil, err
	}
	defer tellers.Close()
	child := reexec.Command(args...)
	child.Stdin, child.Stdout, child.Stderr, child.ExtraFiles = os.Stdin, os.Stdout, sayers, []*os.File{tellers}
	child.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGTERM}
	err = child.Start()
	return child.Process, err
}

// watch hands signals on to the child, and sees to it that it ends when it is to.
type watch struct {
	child     *os.Process
	killedFor atomic.Pointer[string] // why it was killed
}

// EndWithin is how long a program on the terminal may take to end once it is to; then it is killed.
const EndWithin = 3 * time.Second

// lookEvery is how often the guard looks at the terminal: nothing wakes whoever waits for a hang-up alone. The child
// hears of it at once, by the signal and because it reads: this is for one that does not end at that, and each look
// takes as much processor time as a tenth of a refresh where there are few processes.
const lookEvery = 2 * time.Second

func (w *watch) watch(arrived <-chan os.Signal, over <-chan struct{}) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var kill <-chan time.Time
	var why string
	end := func(reason string) {
		if kill == nil {
			kill, why = time.After(EndWithin), reason
		}
	}
	gone := false
	for {
		select {
		case <-over:
			return
		case s := <-arrived:
			w.child.Signal(s)
			switch n := s.(unix.Signal); n {
			case unix.SIGTSTP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGXCPU, unix.SIGXFSZ,
				unix.SIGVTALRM, unix.SIGIO, unix.SIGPWR: // which a Go program does not end at
			default:
				end("SIG" + signals.Name(n))
			}
		case <-look.C:
			if !gone && Gone(int(os.Stdin.Fd())) {
				gone = true
				w.child.Signal(unix.SIGHUP)
				end("the terminal was closed")
			}
		case <-kill:
			w.killedFor.Store(&why)
			w.child.Kill()
		}
	}
}

// waitThroughStops waits for the child to end. When it stops (Ctrl-Z), the guard stops too, so that the shell sees
// its job stopped; when the shell lets the guard go on, the child does. Where there is no shell that would, the child
// goes on at once: stopped, neither of them would ever be again.
func waitThroughStops(pid int) unix.WaitStatus {
	for {
		var status unix.WaitStatus
		if _, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil); err == unix.EINTR {
			continue
		}
		if !status.Stopped() {
			return status
		}
		if CanStop() {
			StopHere()
		}
		unix.Kill(pid, unix.SIGCONT)
	}
}
