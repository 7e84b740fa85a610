package terminal

import (
	"context"
	"io"
	"time"

	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// unreadEvery is how often WhileRead looks.
const unreadEvery = 250 * time.Millisecond

// WhileRead returns a context that ends when nobody reads any more what is written to out: the other end of
// its pipe is closed, or the connection that sshd made of it. Whoever waits for something to tell would not
// find out by writing. stop gives back what it holds.
//
// Source: poll(2), POLLERR of a pipe without a reader, POLLHUP of a socket and of a terminal.
func WhileRead(ctx context.Context, out io.Writer) (read context.Context, stop func()) {
	f, ok := OutputFile(out)
	ctx, cancel := context.WithCancel(ctx)
	if !ok {
		return ctx, cancel
	}
	ended := make(chan struct{})
	crash.Go(func() {
		defer close(ended)
		tick := time.NewTicker(unreadEvery)
		defer tick.Stop()
		for {
			fds := []unix.PollFd{{Fd: int32(f.Fd())}}
			if n, err := unix.Poll(fds, 0); err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0 {
				cancel()
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return ctx, func() { cancel(); <-ended }
}
