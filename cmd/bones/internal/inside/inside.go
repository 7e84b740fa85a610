// Package inside connects a program that bones enters with to what bones itself was started on: it decides what of the
// terminal and of the input the program gets, and hands on signals.
package inside

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"bones/cmd/bones/internal/terminal"
	"bones/nsview/enter"
	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// Streams are the flags of enter that say what the program is given to read and to write.
type Streams struct {
	TTY, NoTTY  bool
	Interactive bool
	Shell       bool // no program was asked for
}

// Stdio decides whether the program gets a terminal of its own, and what of the input is handed on to it.
//
// With input and output on a terminal it gets one, as with nsenter it would see one; in the background only a shell
// does, because a program would only be stopped there. Without one, an input that is no terminal is the program's, and
// only what it reads is taken. Keys are not: somebody else may wait for them, as in `bones enter P -- CMD | less`.
func (f Streams) Stdio(in io.Reader, out, errOut io.Writer) (enter.Stdio, *terminal.Own) {
	own := terminal.NewOwn(in, out)
	both := own != nil && terminal.IsTerminal(out)
	s := enter.Stdio{In: in, Out: out, Err: errOut}
	s.TTY = f.TTY || !f.NoTTY && both && (f.Shell || own.InForeground())
	switch {
	case f.Interactive:
	case s.TTY && own == nil, !s.TTY && own != nil && !f.Shell:
		s.In = nil
	}
	s.Apart = s.TTY && !terminal.IsTerminal(errOut)
	if own == nil {
		return s, nil
	}
	s.Mine = own.InForeground
	if s.TTY {
		s.Size = sizeOf(own)
		s.Mine = own.Raw
	}
	return s, own
}

// Relay hands the signals that bones gets on to the program.
type Relay struct {
	signals chan os.Signal
	session *enter.Session
	own     *terminal.Own // bones' terminal, or nil
	tty     bool          // the program has one of its own
	err     io.Writer
	hungUp  bool
	mu      sync.Mutex
	stopped bool
	force   *time.Timer // ends bones, once it was told to end; nil: it was not
}

// NewRelay catches from now on what is for the program alone, so that nothing is lost before there is one.
func NewRelay(own *terminal.Own, tty bool, errOut io.Writer) *Relay {
	r := &Relay{signals: make(chan os.Signal, 64), own: own, tty: tty, err: errOut}
	r.catch(toTheProgram...)
	for sig := firstRealTime; sig <= lastRealTime; sig++ {
		r.catch(sig)
	}
	return r
}

// catch asks for signals, but not for those that bones was started to ignore: as under nohup, the program is to
// outlive them too.
func (r *Relay) catch(all ...os.Signal) {
	for _, sig := range all {
		if !signal.Ignored(sig) {
			signal.Notify(r.signals, sig)
		}
	}
}

// toTheJob are the signals that a terminal, or whoever ends a job, sends to all of it: to the program and to what it
// started. The others are for the program alone.
var toTheJob = []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM}

// toTheProgram are what programs are told by signals. What a fault of bones itself would raise is not among them.
var toTheProgram = []os.Signal{unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGWINCH, unix.SIGVTALRM, unix.SIGIO,
	unix.SIGPWR, unix.SIGXCPU}

// The signals without a name, but for those that the C library keeps for itself, and 34, which Go lets no program
// catch.
//
// Source: signal(7), "Real-time signals"; runtime/sigtab_linux_generic.go of Go.
const firstRealTime, lastRealTime = syscall.Signal(35), syscall.Signal(64)

// Stop lets signals do again what they do by themselves.
func (r *Relay) Stop() {
	signal.Stop(r.signals)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	if r.force != nil {
		r.force.Stop()
	}
}

// Start sets the terminal to raw mode and begins for a program that runs. What it returns ends both.
func (r *Relay) Start(s *enter.Session) (stop func()) {
	r.session = s
	r.catch(toTheJob...)
	signal.Notify(r.signals, unix.SIGTSTP, unix.SIGCONT)
	r.takeTerminal()
	done, ended := make(chan struct{}), make(chan struct{})
	crash.Go(func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case sig := <-r.signals:
				r.on(sig.(syscall.Signal))
			}
		}
	})
	return func() {
		signal.Stop(r.signals)
		close(done)
		<-ended
		if r.own != nil {
			r.own.Restore()
		}
	}
}

// takeTerminal makes bones' terminal the program's, unless it is another job's now.
func (r *Relay) takeTerminal() {
	if r.own != nil && r.tty && r.own.Raw() {
		r.session.Resize(sizeOf(r.own)) // it may have changed before anybody asked for the signal
	}
}

// on does what a signal to bones is for.
func (r *Relay) on(sig syscall.Signal) {
	switch {
	case sig == unix.SIGTSTP:
		r.suspend()
	case sig == unix.SIGCONT:
		if r.takeTerminal(); !r.tty {
			r.session.Signal(sig)
		}
	case sig == unix.SIGWINCH && r.tty:
		if r.own != nil {
			r.session.Resize(sizeOf(r.own))
		}
	case sig == unix.SIGHUP, sig == unix.SIGINT, sig == unix.SIGQUIT, sig == unix.SIGTERM:
		if r.tty { // Ctrl-C and the like are bytes that go to the program's terminal: a signal is for bones itself
			r.end(sig)
		} else {
			r.session.Signal(sig)
		}
	default:
		r.session.SignalProgram(sig)
	}
}

// suspend stops bones, and without a terminal of its own the program with it, which nothing else would stop.
func (r *Relay) suspend() {
	if !terminal.CanStop() {
		fmt.Fprintf(r.err, "bones: %s\r\n", terminal.NoShell)
		return
	}
	if r.own != nil {
		r.own.Restore()
	}
	if !r.tty {
		r.session.Signal(unix.SIGSTOP)
	}
	terminal.StopHere()
}

// end hangs the program up. Shells at a terminal do not end at SIGTERM, but they do when they are hung up; whoever
// asks a second time gets SIGKILL.
func (r *Relay) end(sig syscall.Signal) {
	if r.hungUp {
		r.session.Signal(unix.SIGKILL)
		return
	}
	r.hungUp = true
	r.session.Signal(unix.SIGHUP)
	r.session.Signal(unix.SIGCONT)
	// neither a program that ignores it nor a terminal that takes nothing holds us up
	time.AfterFunc(terminal.EndWithin, crash.Guarded(func() {
		r.session.Signal(unix.SIGKILL)
		r.session.Abandon()
	}))
	// Whatever still waits then, for a terminal that takes nothing or for a process that does not die: who told bones to
	// end is not kept.
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		r.force = time.AfterFunc(2*terminal.EndWithin, crash.Guarded(func() {
			if r.own != nil {
				crash.Go(r.own.Restore)
				time.Sleep(100 * time.Millisecond)
			}
			os.Exit(128 + int(sig))
		}))
	}
}

// sizeOf is the size of the terminal as the session takes it.
func sizeOf(t *terminal.Own) enter.Size {
	rows, cols := t.Size()
	return enter.Size{Rows: rows, Cols: cols}
}
