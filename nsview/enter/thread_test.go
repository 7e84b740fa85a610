package enter

import (
	"errors"
	"runtime"

	"golang.org/x/sys/unix"
)

// lockAnother runs f on a thread that does not lead the process, and that nobody else gets.
func lockAnother(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		f()
		return
	}
	done := make(chan struct{})
	go func() { defer close(done); lockAnother(f) }()
	<-done
}

// endLeader ends the thread that leads the process, and no other. The main goroutine has it while packages are set up.
func endLeader() error {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	}
	return errors.New("this is not the thread that leads the process")
}
