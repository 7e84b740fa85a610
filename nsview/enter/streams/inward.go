package streams

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// fromFile copies a file of the caller's to the program until the end of the file or of the program.
func (f *Files) fromFile(in *os.File) {
	defer f.endInput()
	fd := int(in.Fd())
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return
	}
	switch kind := st.Mode & unix.S_IFMT; {
	case f.stdio.TTY || kind == unix.S_IFCHR && term.IsTerminal(fd):
		f.copyInward(func(b []byte) (int, error) { return f.readKeys(fd, b) })
	case kind == unix.S_IFREG && f.offer(fd, fileSource(fd)):
	case kind == unix.S_IFIFO && f.offer(fd, pipeSource(fd)):
	case kind == unix.S_IFSOCK && f.offer(fd, socketSource(fd)):
	default: // a device: what was read of it is nobody's loss
		f.copyInward(func(b []byte) (int, error) { return f.readKeys(fd, b) })
	}
}

// recheck is how long it takes at most, in milliseconds, until keys are read of a job that was brought to the
// foreground: nothing tells a job that runs already.
const recheck = 200

// readKeys reads what the user types, but not a byte of what is typed after the program's end or in the background.
func (f *Files) readKeys(fd int, b []byte) (int, error) {
	for {
		if f.stdio.Mine != nil && !f.stdio.Mine() {
			wake := []unix.PollFd{{Fd: int32(f.wakeR), Events: unix.POLLIN}}
			if n, _ := unix.Poll(wake, recheck); n > 0 {
				return 0, io.EOF
			}
			continue
		}
		ready, woken := f.poll(fd, unix.POLLIN, false)
		if woken {
			return 0, io.EOF
		}
		if !ready || f.stdio.Mine != nil && !f.stdio.Mine() {
			continue
		}
		n, err := unix.Read(fd, b)
		switch {
		case err == unix.EINTR, err == unix.EAGAIN:
			continue
		case err != nil, n == 0:
			f.endOfKeys(fd)
			if err == nil {
				err = io.EOF
			}
			return 0, err
		}
		return n, nil
	}
}

// endOfKeys: in raw mode a terminal has an end only when it is hung up. Of another file the program's terminal is told
// the end as a user would tell it, by Ctrl-D.
func (f *Files) endOfKeys(fd int) {
	if !f.stdio.TTY {
		return
	}
	if term.IsTerminal(fd) {
		f.lose(unix.SIGHUP)
		return
	}
	f.write([]byte{4})
}

// inward copies to the program until the end of the input or of the program.
func (f *Files) inward(read func([]byte) (int, error)) {
	defer f.endInput()
	f.copyInward(read)
}

func (f *Files) copyInward(read func([]byte) (int, error)) {
	buf := make([]byte, 32<<10)
	for {
		n, err := read(buf)
		if !f.write(buf[:n]) || err != nil {
			return
		}
	}
}

// write hands b to the program and reports whether it is still there to take it.
func (f *Files) write(b []byte) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for len(b) > 0 {
		if f.closed {
			return false
		}
		if _, woken := f.poll(f.in, unix.POLLOUT, false); woken {
			return false
		}
		n, err := unix.Write(f.in, b)
		switch {
		case err == unix.EINTR, err == unix.EAGAIN:
			continue
		case err != nil:
			return false
		}
		b = b[n:]
	}
	return true
}

// endInput lets the program see the end of its input. A terminal has none: its end is what Ctrl-D types.
func (f *Files) endInput() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.stdio.TTY && !f.closed && f.in >= 0 {
		f.closed = true
		unix.Close(f.in)
	}
}
