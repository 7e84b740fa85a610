package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk"
	"bones/procwalk/reexec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// The terminal UI runs in a child process, and this one, its guard, does nothing but keep the terminal's settings and
// see to it that the child ends. A panic in any goroutine, an abort of the runtime and SIGKILL cannot be caught by the
// process that they hit; the guard puts the terminal back whatever ends the child, and says in one line what did.

// guard runs the same program with args as a child on this terminal, and returns the exit status.
func (a *app) guard(args []string) int {
	saved, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS)
	if err != nil {
		fmt.Fprintln(a.err, "bones: the terminal's settings cannot be read:", err)
		return exitFailed
	}
	// The child is told when the thread that started it ends: that must be the whole of the guard.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Asked for before the child is there, so that none is lost.
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, append(guardedSignals, unix.SIGTSTP)...)
	defer signal.Stop(signals)

	said, state := &pipeHead{limit: 256 << 10}, &pipeHead{limit: 1, last: true}
	child, err := startGuarded(args, said, state)
	if err != nil {
		fmt.Fprintln(a.err, "bones: starting the terminal UI:", err)
		return exitFailed
	}
	w := &watch{child: child}
	over := make(chan struct{})
	go w.watch(signals, over)
	status := waitThroughStops(child.Pid)
	close(over)

	reset := ""
	if status.Signaled() || status.ExitStatus() != 0 {
		s := terminal.Untouched
		if b := state.read(); len(b) > 0 {
			s = terminal.State(b[0])
		}
		reset = terminal.Reset(os.Getenv("TERM"), s)
	}
	terminal.Restore(os.Stdout, saved, reset)
	message := said.read()
	if len(message) > 0 || status.Signaled() {
		// A terminal that takes no output does not hold up the guard either.
		line := "bones: " + a.epitaph(status, message, w.killedFor.Load())
		written := make(chan struct{})
		go func() { fmt.Fprintln(a.err, line); close(written) }()
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

// guardedSignals are those that end a Go program, the ones for the guard's child with them. Caught by the guard, none of
// them leaves the terminal to itself.
var guardedSignals = []os.Signal{
	unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGUSR1,
	unix.SIGSEGV, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM, unix.SIGSTKFLT, unix.SIGXCPU, unix.SIGXFSZ,
	unix.SIGVTALRM, unix.SIGIO, unix.SIGPWR, unix.SIGSYS,
}

// stateDescriptor is where the child tells the guard who has the terminal (terminal.State).
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
	again := reexec.Command(args...)
	again.Stdin, again.Stdout, again.Stderr, again.ExtraFiles = os.Stdin, os.Stdout, sayers, []*os.File{tellers}
	again.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGTERM}
	err = again.Start()
	return again.Process, err
}

// watch hands signals on to the child, and sees to it that it ends when it is to.
type watch struct {
	child     *os.Process
	killedFor atomic.Pointer[string] // why it was killed
}

const (
	endWithin = 3 * time.Second        // after which a child that is to end is killed
	lookEvery = 500 * time.Millisecond // at the terminal: nothing wakes whoever waits for a hang-up alone
)

func (w *watch) watch(signals <-chan os.Signal, over <-chan struct{}) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var kill <-chan time.Time
	var why string
	end := func(reason string) {
		if kill == nil {
			kill, why = time.After(endWithin), reason
		}
	}
	gone := false
	for {
		select {
		case <-over:
			return
		case s := <-signals:
			w.child.Signal(s)
			switch n := s.(unix.Signal); n {
			case unix.SIGTSTP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGXCPU, unix.SIGXFSZ,
				unix.SIGVTALRM, unix.SIGIO, unix.SIGPWR: // which a Go program does not end at
			default:
				end("SIG" + procwalk.SignalName(n))
			}
		case <-look.C:
			if !gone && terminal.Gone(int(os.Stdin.Fd())) {
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
// its job stopped; when the shell lets the guard go on, the child does.
func waitThroughStops(pid int) unix.WaitStatus {
	for {
		var status unix.WaitStatus
		if _, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil); err == unix.EINTR {
			continue
		}
		if !status.Stopped() {
			return status
		}
		stopHere()
		unix.Kill(pid, unix.SIGCONT)
	}
}

// stopHere stops the process, and returns when it is continued. The signal goes to this very thread: sent to the process
// it may reach another one first, and what comes after would run before the stop takes hold.
func stopHere() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP)
}

// pipeHead reads a pipe to its end and keeps the first bytes of it, or with last the last ones.
type pipeHead struct {
	limit int
	last  bool
	mu    sync.Mutex
	kept  []byte
	done  chan struct{}
}

// open makes the pipe and returns the end to write to.
func (p *pipeHead) open() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		defer r.Close()
		io.Copy(p, r)
	}()
	return w, nil
}

func (p *pipeHead) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(p.kept, b...)
	switch extra := len(p.kept) - p.limit; {
	case extra > 0 && p.last:
		p.kept = append(p.kept[:0], p.kept[extra:]...)
	case extra > 0:
		p.kept = p.kept[:p.limit]
	}
	return len(b), nil
}

// read returns what came, once the writer is dead. Something that the writer left behind may hold the pipe open.
func (p *pipeHead) read() []byte {
	select {
	case <-p.done:
	case <-time.After(500 * time.Millisecond):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.kept)
}

// epitaph says in one line how the child ended. A stack trace goes to a file.
func (a *app) epitaph(status unix.WaitStatus, said []byte, killedFor *string) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(said), []byte{'\n'})
	first := strings.TrimPrefix(text.Line(string(line)), "bones: ")
	crashed := bytes.Contains(said, []byte("goroutine ")) || strings.HasPrefix(first, "panic:") || strings.HasPrefix(first, "fatal error:")
	switch {
	case crashed:
		return "internal error: " + first + "; " + a.saveCrash(said)
	case status.Signaled() && killedFor != nil:
		return fmt.Sprintf("the terminal UI did not end within %v after %s, and was killed", endWithin, *killedFor)
	case status.Signaled():
		return fmt.Sprintf("the terminal UI was ended by signal %d (%s)", status.Signal(), unix.SignalName(status.Signal()))
	}
	return first
}

// saveCrash writes a crash report beside the journal and says where.
func (a *app) saveCrash(report []byte) string {
	dir, err := filepath.Dir(a.journal), error(nil)
	if a.journal == "" {
		dir, err = host.StateDir()
	}
	if err != nil {
		return "the report could not be kept: " + text.Line(err.Error())
	}
	path := filepath.Join(dir, "crash-"+time.Now().UTC().Format("20060102T150405Z")+".txt")
	f, err := host.CreateBeside(path)
	if err != nil {
		return "the report could not be kept: " + text.Line(err.Error())
	}
	defer f.Close()
	if _, err := f.Write(report); err != nil {
		return "the report could not be kept: " + text.Line(err.Error())
	}
	return "the report is in " + path
}
