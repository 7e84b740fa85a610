package terminal

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// FromBackground runs what changes a terminal that another process group may have: the kernel stops nobody of whom
// SIGTTOU is blocked, and the thread alone blocks it, for as long as it takes. To ignore it would do as well, but Go
// has no way back from that, and every program that is started later would ignore it, too.
//
// Source: tcsetpgrp(3); os/signal, Reset, which leaves alone what signal.Ignore has set.
func FromBackground(change func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.Sigset_t
	block := unix.Sigset_t{}
	block.Val[0] = 1 << (unix.SIGTTOU - 1)
	if unix.PthreadSigmask(unix.SIG_BLOCK, &block, &before) == nil {
		defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	}
	change()
}
