package terminal

import (
	"fmt"
	"os"
	"os/signal"
	"time"
	"unsafe"

	"bones/procwalk/crash"
	"bones/procwalk/signals"

	"golang.org/x/sys/unix"
)

// deadly are the signals at which the Go runtime prints the stacks of all goroutines, if another process sends
// them. Of a fault of our own none of them comes here.
var deadly = []os.Signal{unix.SIGQUIT, unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV,
	unix.SIGSTKFLT, unix.SIGSYS}

// EndQuietly has signals end the program as they end any other: by the signal, with a core dump where one is
// wanted, with a line that says which it was, and without the stack traces of the Go runtime. SIGQUIT, which Ctrl-\
// sends, needs no line. A terminal that a program inside was given is put back first. Where a signal is ignored, as
// SIGQUIT of a job in the background of a script, it stays so.
//
// Whoever handles SIGQUIT himself stops this for it first, and with all for the other signals, too, and has the
// runtime's traces again.
func EndQuietly() (stop func(all bool)) {
	before, _ := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS)
	crash.Before(func() { putBack(before) })
	c, over := make(chan os.Signal, 1), make(chan os.Signal, 1)
	for _, s := range deadly {
		switch {
		case signal.Ignored(s):
		case s == unix.SIGQUIT:
			signal.Notify(over, s)
		default:
			signal.Notify(c, s)
		}
	}
	crash.Go(func() {
		select {
		case s := <-c:
			end(before, s.(unix.Signal))
		case s := <-over:
			end(before, s.(unix.Signal))
		}
	})
	return func(all bool) {
		signal.Stop(over)
		if all {
			signal.Stop(c)
		}
	}
}

// putBack gives the terminal the settings that it had, where they are others now.
func putBack(before *unix.Termios) {
	if now, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS); before != nil && err == nil && *now != *before {
		Restore(os.Stdin, before, "")
	}
}

// end dies of a signal. The runtime has a handler for it, and gives back only that one (signal.Reset), so the kernel's
// default is set behind its back: nothing runs after it that could mind.
//
// Source: rt_sigaction(2); a struct sigaction of zeros is SIG_DFL without flags.
func end(before *unix.Termios, s unix.Signal) {
	putBack(before)
	if s != unix.SIGQUIT {
		fmt.Fprintf(os.Stderr, "bones: ended by SIG%s, which another process sent\n", signals.Name(s))
	}
	var byDefault [8]uintptr
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	unix.Kill(os.Getpid(), s)
	time.Sleep(time.Second) // the kernel has done it long since
	os.Exit(128 + int(s))
}
