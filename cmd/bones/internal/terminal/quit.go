package terminal

import (
	"os"
	"os/signal"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// QuitQuietly has SIGQUIT, which Ctrl-\ sends, end the program as it ends any other: by the signal, with a core dump
// where one is wanted, and without the stack traces of the Go runtime. Whoever handles the signal himself stops this
// first. Where it is ignored, as of a job in the background of a script, it stays so.
func QuitQuietly() (stop func()) {
	if signal.Ignored(unix.SIGQUIT) {
		return func() {}
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, unix.SIGQUIT)
	go func() {
		for range c {
			quit()
		}
	}()
	return func() {
		signal.Stop(c)
		close(c)
	}
}

// quit dies of SIGQUIT. The runtime has a handler for it, and gives back only that one (signal.Reset), so the kernel's
// default is set behind its back: nothing runs after it that could mind.
//
// Source: rt_sigaction(2); a struct sigaction of zeros is SIG_DFL without flags.
func quit() {
	var byDefault [8]uintptr
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGQUIT), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	unix.Kill(os.Getpid(), unix.SIGQUIT)
	time.Sleep(time.Second) // the kernel has done it long since
	os.Exit(128 + int(unix.SIGQUIT))
}
