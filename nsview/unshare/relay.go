package unshare

import (
	"os"
	"os/signal"
	"sync"
	"syscall"

	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// relay hands the signals that we get on to the program.
type relay struct {
	signals chan os.Signal
	kill    syscall.Signal
	once    sync.Once
	done    chan struct{}
	started bool
	witness *witness // nil without a terminal
	early   []syscall.Signal
}

// newRelay catches signals from now on, so that none is lost before there is a program. With kill, what would have
// ended us sends the program that signal instead: the promise of --kill-child.
func newRelay(kill syscall.Signal) *relay {
	r := &relay{signals: make(chan os.Signal, 16), kill: kill, done: make(chan struct{})}
	for _, s := range []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2,
		unix.SIGALRM} {
		if !signal.Ignored(s) { // as under nohup: the program ignores it too
			signal.Notify(r.signals, s)
		}
	}
	r.witness = startWitness()
	return r
}

// beforeStart notes what came before there was a process that could become the program: nobody but us got that, also
// where a terminal sent it to the whole job.
func (r *relay) beforeStart() {
	for len(r.signals) > 0 {
		r.early = append(r.early, (<-r.signals).(syscall.Signal))
	}
}

func (r *relay) to(pid int) {
	r.started = true
	send := func(n syscall.Signal) {
		if r.kill != 0 && n != unix.SIGUSR1 && n != unix.SIGUSR2 {
			n = r.kill
		}
		unix.Kill(pid, n)
	}
	crash.Go(func() {
		defer close(r.done)
		for _, n := range r.early {
			if r.witness != nil && (n == unix.SIGINT || n == unix.SIGQUIT) {
				r.witness.saw(n) // what it tells of this one must not be taken for the next
			}
			send(n)
		}
		for s := range r.signals {
			n := s.(syscall.Signal)
			// Ctrl-C and Ctrl-\ reach the whole foreground job, the program with us.
			if (n == unix.SIGINT || n == unix.SIGQUIT) && inForeground() && (r.witness == nil || r.witness.saw(n)) {
				continue
			}
			send(n)
		}
	})
}

// stop returns when no signal is on its way any more.
func (r *relay) stop() {
	r.once.Do(func() {
		signal.Stop(r.signals)
		close(r.signals)
		if r.started {
			<-r.done
		}
		r.witness.stop()
	})
}

// inForeground reports whether our process group has the terminal.
func inForeground() bool {
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer unix.Close(tty)
	group, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
