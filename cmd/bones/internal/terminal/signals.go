package terminal

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"time"

	"bones/procwalk/crash"
	"bones/procwalk/signals"

	"golang.org/x/sys/unix"
)

// ExitStatus returns the status to exit with for why ctx ended.
func ExitStatus(ctx context.Context) int {
	var by EndedBySignal
	if errors.As(context.Cause(ctx), &by) {
		return by.ExitStatus()
	}
	return 1
}

// EndedBySignal is why a context ended.
type EndedBySignal unix.Signal

// ExitStatus is what a program ends with that a signal ended, as shells tell it.
func (s EndedBySignal) ExitStatus() int { return 128 + int(s) }

// Error names the signal.
func (s EndedBySignal) Error() string { return "ended by SIG" + signals.Name(unix.Signal(s)) }

// twiceWithin is how long a second signal is the same wish: sent to the whole job, one comes from the guard as well.
const twiceWithin = 500 * time.Millisecond

// EndOnSignals ends the context at the first signal that asks the program to end.
func EndOnSignals(cancel context.CancelCauseFunc) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT)
	crash.Go(func() {
		var first time.Time
		for s := range signals {
			if first.IsZero() {
				first = time.Now()
				cancel(EndedBySignal(s.(unix.Signal)))
			} else if time.Since(first) > twiceWithin {
				// Whoever asks twice does not want to wait; the guard puts the terminal back.
				os.Exit(128 + int(s.(unix.Signal)))
			}
		}
	})
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// StopHere stops the process, and returns when it is continued. The signal goes to this very thread: sent to the
// process it may reach another one first, and what comes after would run before the stop takes hold.
func StopHere() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP)
}
