package proctest

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Signal sends a signal to a process that the test made, or, with a negative number, to a process group that it made.
// Tests use this and not kill(2), where 0 and -1 are no process but the test's own group and everything there is: a
// PID that was looked for and not found would end whoever runs the tests. A PID of that sort fails the test at once;
// a process that has ended already is no fault.
func Signal(tb testing.TB, pid int, sig unix.Signal) {
	tb.Helper()
	if err := signalled(pid, unix.Getpgrp()); err != nil {
		tb.Fatalf("signal %d: %v", sig, err)
	}
	if err := unix.Kill(pid, sig); err != nil && err != unix.ESRCH {
		tb.Fatalf("signal %d to %d: %v", sig, pid, err)
	}
}

// signalled says why a number is not one that a test may signal.
func signalled(pid, group int) error {
	target := max(pid, -pid)
	switch {
	case target <= 1:
		return fmt.Errorf("%d is not a process that a test made", pid)
	case -pid == group || pid == group && group != os.Getpid():
		return fmt.Errorf("%d is the test's own process group, or the process that leads it", pid)
	}
	return nil
}
