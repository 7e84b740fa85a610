package streams

import (
	"io"

	"golang.org/x/sys/unix"
)

// leftOnTerminal is how much of what a program wrote can wait in a terminal when it ends: the kernel's buffers, twice.
//
// Source: drivers/tty/tty_buffer.c, TTYB_DEFAULT_MEM_LIMIT; N_TTY_BUF_SIZE.
const leftOnTerminal = 128 << 10

// outward copies what the program writes. When it has ended, only what is there already is copied: something that it
// left behind may hold the other end for ever, and write to it.
func (f *Files) outward(fd int, w io.Writer) {
	buf := make([]byte, 32<<10)
	left := -1 // bytes that are still copied, once it has ended
	for {
		ready, woken := f.poll(fd, unix.POLLIN, left >= 0)
		if woken && left < 0 {
			left = f.left(fd)
			continue
		}
		if !ready && left >= 0 || left == 0 {
			return
		}
		if !ready {
			continue
		}
		want := buf
		if left >= 0 {
			want = buf[:min(left, len(buf))]
		}
		n, err := unix.Read(fd, want)
		switch {
		case err == unix.EAGAIN, err == unix.EINTR:
			continue
		case err != nil, n == 0: // EIO from a terminal that nobody has open any more
			return
		}
		if left >= 0 {
			left -= n
		}
		if w == nil {
			continue
		}
		if _, err := w.Write(want[:n]); err != nil {
			f.outputFailed(err)
			w = nil // what comes until the program has ended is thrown away
		}
	}
}

// left returns how many bytes wait at the program's end.
func (f *Files) left(fd int) int {
	if f.stdio.TTY && fd == f.in {
		return leftOnTerminal
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	if err != nil {
		return leftOnTerminal
	}
	return n
}

// outputFailed ends the program as the kernel would if it wrote there itself: into a closed pipe, or a terminal that
// was hung up.
func (f *Files) outputFailed(err error) {
	f.outMu.Lock()
	if f.outErr == nil {
		f.outErr = err
	}
	f.outMu.Unlock()
	sig := unix.SIGPIPE
	if f.stdio.TTY {
		sig = unix.SIGHUP
	}
	f.lose(sig)
}

// OutputError returns why the output could not be written, nil if it was.
func (f *Files) OutputError() error {
	f.outMu.Lock()
	defer f.outMu.Unlock()
	return f.outErr
}
