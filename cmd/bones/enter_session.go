package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"bones/cmd/bones/internal/terminal"
	"bones/nsview/enter"
	"bones/nsview/enter/environment"

	"golang.org/x/sys/unix"
)

// streamFlags say what the program is given to read and to write.
type streamFlags struct {
	tty, noTTY  bool
	interactive bool
	shell       bool // no program was asked for
}

// stdio decides whether the program gets a terminal of its own, and what of the input is handed on to it.
//
// With input and output on a terminal it gets one, as with nsenter it would see one; in the background only a shell
// does, because a program would only be stopped there. Without one, an input that is no terminal is the program's, and
// only what it reads is taken. Keys are not: somebody else may wait for them, as in `bones enter P -- CMD | less`.
func (f streamFlags) stdio(in io.Reader, out, errOut io.Writer) (enter.Stdio, *terminal.Own) {
	own := terminal.NewOwn(in, out)
	both := own != nil && terminal.IsTerminal(out)
	s := enter.Stdio{In: in, Out: out, Err: errOut}
	s.TTY = f.tty || !f.noTTY && both && (f.shell || own.InForeground())
	switch {
	case f.interactive:
	case s.TTY && own == nil, !s.TTY && own != nil && !f.shell:
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

// enter runs the program on the terminal of bones, if there is one, and hands its status on.
func (a *app) enter(ctx context.Context, e *enter.Enter, f streamFlags) error {
	stdio, own := f.stdio(a.in, a.out, a.err)
	r := newRelay(own, stdio.TTY, a.err)
	defer signal.Stop(r.signals)
	stdio.Started = func(s *enter.Session) func() {
		if s.Note() != "" {
			fmt.Fprintln(a.err, "bones: "+s.Note())
		}
		r.session = s
		return r.start()
	}
	mentions := environment.NewMentions(stdio.Err, e.Lacks())
	if stdio.Err = mentions; stdio.TTY && !stdio.Apart {
		mentions = environment.NewMentions(stdio.Out, e.Lacks())
		stdio.Out = mentions
	}
	outcome, err := a.host().Carry(ctx, e.With(stdio))
	if err != nil {
		return entering(err)
	}
	status, _ := outcome.Result.(enter.Status)
	if hint := e.Hint(status, mentions.Found()); hint != "" {
		fmt.Fprintln(a.err, "bones: "+hint)
	}
	if status.Code != 0 {
		return &statusError{status: status.Code}
	}
	return nil
}

// relay hands the signals that bones gets on to the program.
type relay struct {
	signals chan os.Signal
	session *enter.Session
	own     *terminal.Own // bones' terminal, or nil
	tty     bool          // the program has one of its own
	err     io.Writer
	hungUp  bool
}

// newRelay catches from now on what is for the program alone, so that nothing is lost before there is one.
func newRelay(own *terminal.Own, tty bool, errOut io.Writer) *relay {
	r := &relay{signals: make(chan os.Signal, 64), own: own, tty: tty, err: errOut}
	r.catch(toTheProgram...)
	for sig := firstRealTime; sig <= lastRealTime; sig++ {
		r.catch(sig)
	}
	return r
}

// catch asks for signals, but not for those that bones was started to ignore: as under nohup, the program is to
// outlive them too.
func (r *relay) catch(all ...os.Signal) {
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

// The signals without a name, but for those that the C library keeps for itself, and 34, which Go lets no program catch.
//
// Source: signal(7), "Real-time signals"; runtime/sigtab_linux_generic.go of Go.
const firstRealTime, lastRealTime = syscall.Signal(35), syscall.Signal(64)

// start sets the terminal to raw mode and begins. What it returns ends both.
func (r *relay) start() (stop func()) {
	r.catch(toTheJob...)
	signal.Notify(r.signals, unix.SIGTSTP, unix.SIGCONT)
	r.take()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case sig := <-r.signals:
				r.on(sig.(syscall.Signal))
			}
		}
	}()
	return func() {
		signal.Stop(r.signals)
		close(done)
		<-ended
		if r.own != nil {
			r.own.Restore()
		}
	}
}

// take makes bones' terminal the program's, unless it is another job's now.
func (r *relay) take() {
	if r.own != nil && r.tty && r.own.Raw() {
		r.session.Resize(sizeOf(r.own)) // it may have changed before anybody asked for the signal
	}
}

// on does what a signal to bones is for.
func (r *relay) on(sig syscall.Signal) {
	switch {
	case sig == unix.SIGTSTP:
		r.suspend()
	case sig == unix.SIGCONT:
		if r.take(); !r.tty {
			r.session.Signal(sig)
		}
	case sig == unix.SIGWINCH && r.tty:
		if r.own != nil {
			r.session.Resize(sizeOf(r.own))
		}
	case sig == unix.SIGHUP, sig == unix.SIGINT, sig == unix.SIGQUIT, sig == unix.SIGTERM:
		if r.tty { // Ctrl-C and the like are bytes that go to the program's terminal: a signal is for bones itself
			r.end()
		} else {
			r.session.Signal(sig)
		}
	default:
		r.session.SignalProgram(sig)
	}
}

// suspend stops bones, and without a terminal of its own the program with it, which nothing else would stop.
func (r *relay) suspend() {
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

// end hangs the program up. Shells at a terminal do not end at SIGTERM, but they do when they are hung up; whoever asks
// a second time gets SIGKILL.
func (r *relay) end() {
	if r.hungUp {
		r.session.Signal(unix.SIGKILL)
		return
	}
	r.hungUp = true
	r.session.Signal(unix.SIGHUP)
	r.session.Signal(unix.SIGCONT)
	// neither a program that ignores it nor a terminal that takes nothing holds us up
	time.AfterFunc(terminal.EndWithin, func() {
		r.session.Signal(unix.SIGKILL)
		r.session.Abandon()
	})
}

// sizeOf is the size of the terminal as the session takes it.
func sizeOf(t *terminal.Own) enter.Size {
	rows, cols := t.Size()
	return enter.Size{Rows: rows, Cols: cols}
}
