package nsview

import (
	"context"
	"runtime"

	"bones/procwalk"
	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// joined runs f on a thread that has joined the namespace fd is of, and throws the thread away: no other goroutine
// ever runs in that namespace. user and time cannot be joined by a process with several threads, and pid only by
// children; they are not for here.
//
// f must not start goroutines, and must close what it opens. If it does not end in time it is left behind,
// and what it returns then goes to drop.
//
// Source: setns(2).
func joined[T any](ctx context.Context, fd int, t procwalk.NSType, f func() (T, error), drop func(T)) (T, error) {
	// The thread left behind keeps its own descriptor: the caller may close fd as soon as we return.
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		var zero T
		return zero, err
	}
	return within(ctx, patience, func() (T, error) {
		defer unix.Close(own)
		return onOwnThread(func() (T, error) {
			var zero T
			if t == procwalk.Mnt {
				// The root and working directory are shared by all threads until they are not.
				if err := unix.Unshare(unix.CLONE_FS); err != nil {
					return zero, err
				}
			}
			if err := unix.Setns(own, cloneFlags[t]); err != nil {
				return zero, err
			}
			return f()
		})
	}, drop)
}

// onOwnThread runs f on a thread that ends with it. A goroutine that ends while it is locked to its thread takes the
// thread with it, except where that is the first one: the runtime keeps it, and /proc/PID would show what f did to it.
// So if it is the first thread that we got, it is kept busy while f runs on another.
func onOwnThread[T any](f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	results := make(chan result, 1)
	crash.Go(func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			value, err := onOwnThread(f)
			runtime.UnlockOSThread()
			results <- result{value, err}
			return
		}
		value, err := f()
		results <- result{value, err}
		// No UnlockOSThread: the thread ends here.
	})
	r := <-results
	return r.value, r.err
}
