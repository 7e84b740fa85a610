package enter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"bones/nsview/enter/environment"
	"bones/nsview/enter/streams"
	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/reexec"
	"bones/procwalk/text"
)

// Stdio are the files that the program reads and writes as its standard streams.
type Stdio = streams.Stdio

// Size is the size of a terminal, in cells.
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
	ended   func() // what WhenStarted's function returned; nil: nothing
}

// Note returns a line on what is otherwise than one would expect, safe to print, or empty: which program stands in
// for a missing shell, or that the working directory is another.
func (s *Session) Note() string { return s.note }

// Start runs the program. When ctx is done, it is killed.
func (e *Enter) Start(ctx context.Context, stdio Stdio) (*Session, error) {
	if err := e.stillSafe(); err != nil {
		return nil, e.failure(err)
	}
	s, err := e.start(ctx, stdio, &e.plan)
	var x *ExecError
	if errors.As(err, &x) && e.plan.InRoot {
		if len(e.req.Program) == 0 {
			err = e.noShell(x)
		} else {
			err = e.noProgram(x)
		}
	}
	if err != nil {
		return nil, e.failure(err)
	}
	return s, nil
}

// notes says what is otherwise than one would expect.
func (e *Enter) notes(p *plan, s *started) string {
	notes := slices.Clone(p.Notes)
	switch {
	case s.Busybox && len(p.Program) > 0:
		notes = append(notes, fmt.Sprintf("it has no %s: this is a copy of the host's busybox", text.Sanitise(p.Program[0])))
	case s.Busybox:
		notes = append(notes, "it has no shell that runs: this is a copy of the host's busybox")
	}
	switch {
	case s.DirDeleted:
		notes = append(notes, "its working directory has been deleted: this one is the root")
	case s.DirOutside:
		notes = append(notes, "its working directory is outside of its root directory: this one is the root")
	}
	if s.Outside != "" {
		notes = append(notes, "the program stays in the caller's cgroup, so the target's limits do not bind it: "+s.Outside)
	}
	return strings.Join(notes, "; ")
}

// Lacks returns the names of the variables that the target's environment has and the program's has not. They are of
// the target's choice.
func (e *Enter) Lacks() []string { return e.plan.Lacks }

// Hint returns which variables may have been missing when a program that was asked for ended with a status that is not
// 0, safe to print; empty without such. They are those that its arguments name, or that it named itself while it ran;
// with none, a program that did not start well, as 126 and 127 tell, gets a word too.
func (e *Enter) Hint(s Status, named []string) string {
	if s.Code == 0 || s.Signal != 0 || len(e.req.Program) == 0 || len(e.plan.Lacks) == 0 {
		return ""
	}
	for _, word := range e.req.Program {
		named = append(named, environment.Named(word, e.plan.Lacks)...)
	}
	if len(named) == 0 {
		if s.Code < 126 {
			return ""
		}
		named = e.plan.Lacks
	}
	slices.Sort(named)
	named = slices.Compact(named)
	const most = 3
	more := ""
	if len(named) > most {
		more = fmt.Sprintf(" and %d more", len(named)-most)
		named = named[:most]
	}
	list := make([]string, len(named))
	for i, name := range named {
		list[i] = text.Sanitise(name[:min(len(name), 24)])
	}
	return fmt.Sprintf("the target's environment has %s%s, which the program did not get: --env passes all variables, "+
		"-e one",
		strings.Join(list, ", "), more)
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
	if len(e.req.Spaces) > 0 {
		return e.spacesSafe(t)
	}
	return t.hostFilesSafe(e.joins(procwalk.User))
}

// noShell says what would help. The host's own shell is never a stand-in that nobody asked for: what was meant for the
// inside would be done to the host's files.
func (e *Enter) noShell(x *ExecError) error {
	lent := "bones would lend busybox-static, if installed"
	if e.busyboxPath() != "" {
		lent = "the host's busybox does not run there"
	}
	return fmt.Errorf("there is no shell in the target (%w); %s; --host-tools runs the host's, with its files", x,
		lent)
}

// noProgram says what would help where a program of the target's was asked for that is not there.
func (e *Enter) noProgram(x *ExecError) error {
	if x.Code != 127 || strings.Contains(x.Program, "/") {
		return x
	}
	switch {
	case e.plan.Beyond > 0:
		return fmt.Errorf("%w; %d directories of PATH are beyond the %d that are tried: give the path", x, e.plan.Beyond,
			environment.MaxPrograms)
	case e.busyboxPath() == "":
		return fmt.Errorf("%w; if busybox-static were on this host, bones would lend an applet of it; --host-tools runs "+
			"the host's programs", x)
	}
	return fmt.Errorf("%w, and no applet of the host's busybox; --host-tools runs the host's programs, with the "+
		"host's files",
		x)
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
	p.TTY, p.Apart = stdio.TTY, stdio.Apart
	p.Pause = e.hold != nil
	program := e.copied
	if program == nil {
		if program, err = sealedCopy(reexec.Self); err != nil {
			return nil, err
		}
		defer program.Close()
	}
	f, err := streams.Open(stdio, p.TTYOwner)
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
	if p.Lend || len(p.Program) == 0 && p.InRoot {
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
	spaces, err := e.openSpaces()
	if err != nil {
		ours.Close()
		theirs.Close()
		return nil, err
	}
	defer closeFiles(spaces)
	given = append(given, spaces...)
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
	stop := context.AfterFunc(ctx, crash.Guarded(func() { s.worker.Kill() }))
	err = s.begin(e, &p)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.control.Close()
		s.worker.Wait()
		return nil, err
	}
	if e.started != nil {
		// Before a byte of what the program writes reaches the caller's terminal, that is set up, and signals are heeded.
		s.ended = e.started(s)
	}
	f.Copy(s.hangUp)
	s.stop = context.AfterFunc(ctx, crash.Guarded(func() { s.Signal(syscall.SIGKILL) }))
	return s, nil
}

// begin hands the plan over and waits until the program runs.
func (s *Session) begin(e *Enter, p *plan) error {
	if err := s.control.Send(message{Plan: p}); err != nil {
		return fmt.Errorf("the worker: %w", err)
	}
	for {
		var m message
		files, err := s.control.Receive(&m)
		if err != nil {
			return fmt.Errorf("the worker ended before the program was started: %w", err)
		}
		switch {
		case m.Terminal && len(files) == 1 && p.TTY:
			if err := s.files.Exchange(files[0]); err != nil {
				return err
			}
			continue
		case len(files) > 0:
			closeFiles(files)
			return errors.New("the worker sent files that nobody asked for")
		case m.Failed != nil:
			return vocabulary.Unpack(m.Failed)
		case m.Held && e.hold != nil:
			e.hold()
			s.control.Send(message{Go: true})
		case m.Started != nil:
			s.note = e.notes(p, m.Started)
			crash.Go(func() {
				var last message
				s.control.Receive(&last)
				s.exit <- last
			})
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
	time.AfterFunc(killAfter, crash.Guarded(func() { s.Signal(syscall.SIGKILL) }))
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
