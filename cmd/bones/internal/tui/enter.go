package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/spaces"
	"bones/cmd/bones/internal/terminal"
	"bones/nsview"
	"bones/nsview/enter"
	"bones/nsview/unshare"
	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/effect"
	"bones/procwalk/reexec"
	"bones/ui"

	"golang.org/x/sys/unix"
)

// namespaceBackend fills in what the terminal UI needs for namespaces. What is returned is to be called at the end.
func (p *program) namespaceBackend(b *ui.Backend) (stop func()) {
	b.Stepping = ui.Stepping{
		Differs: func(_ context.Context, id procwalk.ID) (differs [procwalk.NSTypes]bool, err error) {
			// It does not matter here as whom, only that one of the ways is open.
			for _, as := range []enter.As{enter.AsContainer, enter.AsRoot} {
				var e *enter.Enter
				if e, err = enter.New(p.Targets.Proc, enter.Request{Target: id, NoCgroup: true, As: as}); err == nil {
					for _, t := range e.Joined() {
						differs[t] = true
					}
					break
				}
			}
			return differs, err
		},
		Enter: func(c ui.EnterChoice) (effect.Effect, error) {
			if c.Space != 0 {
				return p.enterSpace(c)
			}
			as, err := enter.ParseAs(c.As)
			if err != nil {
				return nil, err
			}
			r := enter.Request{Target: c.Target, Name: c.Name, Types: c.Types, As: as, HostTools: c.HostTools,
				Term: os.Getenv("TERM")}
			if len(c.Program) > 0 {
				r.Program = c.Program
			}
			return enter.New(p.Targets.Proc, r)
		},
		Unshare: func(c ui.UnshareChoice) (effect.Effect, error) { return newUnshareJob(c) },
		Session: p.session,
	}
	b.Namespaces.Named = namedIn(p.Targets.Proc)
	reader, err := nsview.NewReader(p.Targets.Proc)
	if err != nil {
		return func() {} // relations and insides are greyed
	}
	// A read may still be under way when the UI ends: the descriptor is closed after it.
	var reading sync.RWMutex
	b.Namespaces.Relate = func(ctx context.Context, v *nsview.View, all bool) (*nsview.View, error) {
		reading.RLock()
		defer reading.RUnlock()
		if all {
			return reader.Discover(ctx, v)
		}
		return reader.Relate(ctx, v)
	}
	b.Namespaces.Inside = func(ctx context.Context, v *nsview.View, k nsview.Key) nsview.Details {
		reading.RLock()
		defer reading.RUnlock()
		return reader.Details(ctx, v, nsview.HostOf(v.Snapshot), k)
	}
	return func() {
		if reading.TryLock() { // what hangs in the kernel keeps its descriptor until we exit
			reader.Close()
			reading.Unlock()
		}
	}
}

// namedIn finds the namespaces that words name, with files as they are mounted here; proc is "" where there are none.
func namedIn(proc string) func(string) (func(context.Context) (nsview.Key, error), bool) {
	return func(word string) (func(context.Context) (nsview.Key, error), bool) {
		ref, ok, err := spaces.Parse(word)
		return func(context.Context) (nsview.Key, error) {
			switch {
			case err != nil || ref.File == "":
				return ref.Key, err
			case proc == "":
				return nsview.Key{}, errors.New("a recording has no files; name the namespace by its inode")
			}
			reader, err := nsview.NewReader(proc)
			if err != nil {
				return nsview.Key{}, err
			}
			defer reader.Close()
			file, key, err := spaces.Open(reader, ref)
			if err == nil {
				file.Close()
			}
			return key, err
		}, ok
	}
}

// enterSpace makes the effect of a program in a namespace that no process need be in.
func (p *program) enterSpace(c ui.EnterChoice) (effect.Effect, error) {
	ref, _, err := spaces.Parse(fmt.Sprintf("ns:%d", c.Space))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), findPatience)
	defer cancel()
	space, err := spaces.Find(ctx, p.Targets, ref)
	if err != nil {
		return nil, err
	}
	self, err := enter.Identify(p.Targets.Proc, os.Getpid())
	if err != nil {
		return nil, err
	}
	r := enter.Request{Target: self, Spaces: []enter.Space{space}, Term: os.Getenv("TERM")}
	if len(c.Program) > 0 {
		r.Program = c.Program
	}
	return enter.New(p.Targets.Proc, r)
}

// findPatience is how long looking for whatever keeps a namespace may take.
const findPatience = 30 * time.Second

// session runs a program on the terminal that the UI has given back, and takes the terminal back whatever became of
// it.
func (p *program) session(ctx context.Context, e effect.Effect) (ui.ProgramExit, error) {
	if p.Readonly {
		return ui.ProgramExit{}, fmt.Errorf("%s: %w", e.Describe(), host.ErrReadonly)
	}
	terminal := int(os.Stdin.Fd())
	saved, err := unix.IoctlGetTermios(terminal, unix.TCGETS)
	if err != nil {
		return ui.ProgramExit{}, fmt.Errorf("the terminal's settings cannot be read: %w", err)
	}
	defer takeBack(terminal, saved)
	switch e := e.(type) {
	case *enter.Enter:
		fmt.Fprintf(os.Stdout, "bones: %s; when it ends, you are back in bones\r\n", e.Describe())
		status, err := p.Enter(ctx, e)
		return ui.ProgramExit{Status: status}, err
	case unshareJob:
		fmt.Fprintf(os.Stdout, "bones: %s; when it ends, you are back in bones\r\n", e.Describe())
		return e.run(ctx, p.Globals, terminal)
	}
	return ui.ProgramExit{}, fmt.Errorf("%s: this does not run on a terminal", e.Describe())
}

// takeBack makes our process group the terminal's again and restores its settings. A shell that was killed leaves its
// own group in the foreground, and whoever then changes the settings from the background is stopped.
func takeBack(fd int, saved *unix.Termios) {
	terminal.FromBackground(func() {
		unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, unix.Getpgrp())
		unix.IoctlSetTermios(fd, unix.TCSETSW, saved)
	})
}

// unshareJob is a program in new namespaces that is started as a shell starts a job: `bones unshare` as a process
// group of its own in the foreground, so that Ctrl-C is for it and not for the UI. That process carries the effect
// out and writes it into the journal.
type unshareJob struct {
	unshare.Unshare
	args []string
}

func newUnshareJob(c ui.UnshareChoice) (unshareJob, error) {
	u := unshare.Unshare{Fork: c.Fork, Command: c.Program}
	args := []string{"unshare"}
	for _, t := range unshare.Types() {
		if slices.ContainsFunc(c.Types, func(n procwalk.NSType) bool {
			return n.String() == t.Flag || n == procwalk.Mnt && t.Bit == unshare.Mount
		}) {
			u.Namespaces |= t.Bit
			args = append(args, "--"+t.Flag)
		}
	}
	if c.Fork {
		args = append(args, "--fork")
	}
	if c.MountProc {
		u.MountProc = "/proc"
		args = append(args, "--mount-proc")
	}
	if c.MapRoot {
		u.UserMap.Single, u.GroupMap.Single = true, true
		args = append(args, "--map-root-user")
	}
	u, err := unshare.New(u)
	if len(c.Program) > 0 {
		args = append(append(args, "--"), c.Program...)
	}
	return unshareJob{u, args}, err
}

// run starts the job and waits for it. It cannot be suspended: there is no shell here that could continue it.
func (j unshareJob) run(ctx context.Context, globals []string, terminal int) (ui.ProgramExit, error) {
	// unshare has a flag of its own with this name, and makes groups where the host has them.
	globals = slices.DeleteFunc(slices.Clone(globals), func(f string) bool { return strings.HasPrefix(f, "--cgroup=") })
	c := reexec.Command(slices.Concat(globals, j.args)...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stdout
	c.SysProcAttr = &unix.SysProcAttr{Setpgid: true, Foreground: true, Ctty: terminal}
	if err := c.Start(); err != nil {
		return ui.ProgramExit{}, fmt.Errorf("starting bones unshare: %w", err)
	}
	pid := c.Process.Pid
	// When the UI is to end, its job is hung up, and what does not care about that is killed.
	over := make(chan struct{})
	defer close(over)
	crash.Go(func() {
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		unix.Kill(-pid, unix.SIGHUP)
		unix.Kill(-pid, unix.SIGCONT)
		select {
		case <-over:
		case <-time.After(2 * time.Second):
			unix.Kill(-pid, unix.SIGKILL)
		}
	})
	crash.Go(func() { continueStopped(pid, over) })
	defer c.Process.Release()
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return ui.ProgramExit{}, fmt.Errorf("waiting for bones unshare: %w", err)
		case status.Stopped():
			unix.Kill(-pid, unix.SIGCONT)
		case status.Signaled():
			return ui.ProgramExit{Status: 128 + int(status.Signal())}, nil
		default:
			return ui.ProgramExit{Status: status.ExitStatus()}, nil
		}
	}
}

// startPatience is how long a job is looked at while it starts its program.
const startPatience = time.Minute

// continueStopped continues a job that Ctrl-Z has stopped while it starts a process. The new one stops as well, and
// the thread that waits until it has become its program cannot: so not all of the job has stopped, of which alone the
// kernel would tell.
//
// Source: vfork(2); kernel/signal.c, do_notify_parent_cldstop, which the last thread that stops calls.
func continueStopped(pid int, over <-chan struct{}) {
	tasks := fmt.Sprintf("/proc/%d/task", pid)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); time.Since(begun) < startPatience; {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		names, _ := os.ReadDir(tasks)
		if slices.ContainsFunc(names, func(name os.DirEntry) bool {
			thread, err := strconv.Atoi(name.Name())
			if err != nil {
				return false
			}
			stat, err := procwalk.ReadStat(tasks, thread)
			return err == nil && stat.State == 'T'
		}) {
			unix.Kill(-pid, unix.SIGCONT)
		}
	}
}
