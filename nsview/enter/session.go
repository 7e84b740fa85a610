package enter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"bones/nsview/enter/streams"
	"bones/procwalk"
	"bones/procwalk/reexec"
)

// Stdio is what the program reads and writes. It never gets these files themselves, only pipes or a terminal made for
// it, from and to which bytes are copied.
type Stdio struct {
	In       io.Reader // nil: end of file at once. Of an *os.File is only taken what the program reads
	Out, Err io.Writer // nil: thrown away. With a terminal all goes to Out, unless Apart
	TTY      bool      // a terminal of its own instead of pipes. The caller sets its own to raw mode
	Apart    bool      // with TTY: what it writes as errors goes to Err all the same
	Size     Size      // of that terminal

	// Mine, if not nil, reports whether In, a terminal, may be read now: a job in the background may not.
	Mine func() bool

	// Started, if not nil, is called by Run and Apply when the program runs; what it returns is called at the end,
	// whatever the end is.
	Started func(*Session) func()
}

// Size is a terminal's.
type Size = streams.Size

// Status is how a program ended.
type Status struct {
	Code   int            // as a shell tells it: the exit status, or 128 plus the signal's number
	Signal syscall.Signal // that ended it, or 0
}

// Session is a program that runs inside.
type Session struct {
	note    string
	worker  *os.Process
	control *reexec.Conn
	files   *streams.Files
	exit    chan message // the worker's last word
	stop    func() bool
}

// Note returns a line on what is otherwise than one would expect, safe to print, or empty: which program stands in
// for a missing shell, or that the working directory is another.
func (s *Session) Note() string { return s.note }

// Start runs the program. When ctx is done, it is killed.
func (e *Enter) Start(ctx context.Context, stdio Stdio) (*Session, error) {
	if err := e.stillSafe(); err != nil {
		return nil, failure(e.req.Target.PID, err)
	}
	s, err := e.start(ctx, stdio, &e.plan)
	var x *ExecError
	if errors.As(err, &x) && len(e.req.Program) == 0 && e.plan.InRoot {
		err = e.noShell(x)
	}
	if err != nil {
		return nil, failure(e.req.Target.PID, err)
	}
	return s, nil
}

// stillSafe looks again at those who would see a program that has our files: a question may have been answered since
// they were looked at.
func (e *Enter) stillSafe() error {
	if !e.plan.ShowsHost {
		return nil
	}
	t, err := openTarget(e.plan.Root, e.req.Target)
	if err != nil {
		return err
	}
	defer t.close()
	return t.hostFilesSafe(e.joins(procwalk.User))
}

// noShell says what would help. The host's own shell is never a stand-in that nobody asked for: what was meant for the
// inside would be done to the host's files.
func (e *Enter) noShell(x *ExecError) error {
	lent := "a static busybox on this host (package busybox-static) would be lent to it"
	if e.busyboxPath() != "" {
		lent = "the host's static busybox, which was lent to it, does not run there either"
	}
	return fmt.Errorf("there is no shell in the target (%w); %s; `-- PROGRAM` runs a program of its own; "+
		"--host-tools runs the host's shell, with the host's files, in its other namespaces", x, lent)
}

// busyboxPath returns the busybox that may be lent, or empty.
func (e *Enter) busyboxPath() string {
	switch e.busybox {
	case "":
		return findBusybox()
	case "none":
		return ""
	}
	return e.busybox
}

// start starts a worker with one plan.
func (e *Enter) start(ctx context.Context, stdio Stdio, plan *plan) (_ *Session, err error) {
	p := *plan
	p.TTY = stdio.TTY
	p.Pause = e.hold != nil
	program, err := sealedCopy(reexec.Self)
	if err != nil {
		return nil, err
	}
	defer program.Close()
	f, err := streams.Open(streams.Stdio{In: stdio.In, Out: stdio.Out, Err: stdio.Err, TTY: stdio.TTY,
		Apart: stdio.Apart, Size: stdio.Size, Mine: stdio.Mine}, p.TTYOwner)
	if err != nil {
		return nil, err
	}
	defer func() {
		f.CloseInside()
		if err != nil {
			f.Close()
		}
	}()
	ours, theirs, err := reexec.Pair()
	if err != nil {
		return nil, err
	}
	given := []*os.File{theirs}
	if len(p.Program) == 0 && p.InRoot {
		if busybox := e.busyboxPath(); busybox != "" {
			// A copy, because what runs inside can be overwritten from there.
			b, err := sealedCopy(busybox)
			if err != nil {
				ours.Close()
				theirs.Close()
				return nil, err
			}
			defer b.Close()
			given, p.Busybox = append(given, b), true
		}
	}
	worker := reexec.Command(workerWord)
	worker.Path = reexec.Path(program)
	worker.Env = []string{}
	worker.Stdin, worker.Stdout, worker.Stderr, worker.ExtraFiles = f.Inside[0], f.Inside[1], f.Inside[2], given
	worker.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // so that nothing inside has our terminal as its own
	err = worker.Start()
	theirs.Close() // so that ours sees the worker's end
	if err != nil {
		ours.Close()
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	ours.Only(worker.Process.Pid)
	s := &Session{worker: worker.Process, control: ours, files: f, exit: make(chan message, 1)}
	// Until the program runs, giving up is ending the worker: the child in a frozen cgroup could wait for ever.
	stop := context.AfterFunc(ctx, func() { s.worker.Kill() })
	err = s.begin(e, &p)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.control.Close()
		s.worker.Wait()
		return nil, err
	}
	f.Copy(s.hangUp)
	s.stop = context.AfterFunc(ctx, func() { s.Signal(syscall.SIGKILL) })
	return s, nil
}

// begin hands the plan over and waits until the program runs.
func (s *Session) begin(e *Enter, p *plan) error {
	if err := s.control.Send(message{Plan: p}); err != nil {
		return fmt.Errorf("the worker: %w", err)
	}
	for {
		var m message
		if _, err := s.control.Receive(&m); err != nil {
			return fmt.Errorf("the worker ended before the program was started: %w", err)
		}
		switch {
		case m.Failed != nil:
			return vocabulary.Unpack(m.Failed)
		case m.Held && e.hold != nil:
			e.hold()
			s.control.Send(message{Go: true})
		case m.Started != nil:
			if m.Started.Busybox {
				s.note = "it has no shell that runs: this is a copy of the host's busybox"
			} else if m.Started.DirOutside {
				s.note = "its working directory is outside of its root directory: this one is the root"
			}
			go func() {
				var last message
				s.control.Receive(&last)
				s.exit <- last
			}()
			return nil
		}
	}
}

// Signal sends a signal to the program's process group. After its end nothing happens.
func (s *Session) Signal(sig syscall.Signal) { s.control.Send(message{Signal: int(sig)}) }

// SignalProgram sends a signal to the program alone. After its end nothing happens.
func (s *Session) SignalProgram(sig syscall.Signal) {
	s.control.Send(message{Signal: int(sig), Alone: true})
}

// Resize tells the program's terminal its new size; the kernel then sends SIGWINCH. With pipes nothing happens.
func (s *Session) Resize(size Size) error { return s.files.Resize(size) }

// killAfter is how long a program may take to end whose terminal or whose output is gone.
const killAfter = 3 * time.Second

// hangUp ends the program, politely at first.
func (s *Session) hangUp(sig syscall.Signal) {
	s.Signal(sig)
	s.Signal(syscall.SIGCONT) // a stopped program would not see it
	time.AfterFunc(killAfter, func() { s.Signal(syscall.SIGKILL) })
}

// Abandon makes Wait return when the program has ended, although what it wrote could not be handed on yet: the reader
// takes nothing, and who waits does not want to any more.
func (s *Session) Abandon() { s.files.Abandon() }

// Wait waits for the program's end and until everything that it wrote is copied. It must be called once.
// When that could not be written, the program was ended for it, and the error says why.
func (s *Session) Wait() (Status, error) {
	last := <-s.exit
	s.stop()
	s.files.Finish()
	s.control.Close()
	s.worker.Wait()
	if last.Exit == nil {
		return Status{Code: 125}, errors.New("enter: the worker was ended; what ran inside has lost its terminal and was " +
			"hung up")
	}
	ws := syscall.WaitStatus(*last.Exit)
	status := Status{Code: ws.ExitStatus()}
	if ws.Signaled() {
		status = Status{Code: 128 + int(ws.Signal()), Signal: ws.Signal()}
	}
	if err := s.files.OutputError(); err != nil {
		return status, fmt.Errorf("enter: the output of the program cannot be written, so it was ended: %w", err)
	}
	return status, nil
}
