package enter

import (
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// files are the program's three files and our ends of them.
type files struct {
	stdio  Stdio
	inside [3]*os.File // the program's ends; with a terminal three times the same
	in     int         // we write what the program reads; does not block
	outs   []int       // we read what the program writes; with a terminal the same as in
	wakeR  int         // hangs up when the program has ended
	wakeW  int
	done   sync.WaitGroup

	mu     sync.RWMutex // held for reading while in is used from outside of done
	closed bool         // in is

	lost      func(syscall.Signal) // called once when nobody reads what the program writes, or its user is gone
	loseOnce  sync.Once
	outMu     sync.Mutex
	outErr    error         // why the output could not be written
	abandoned chan struct{} // closed when nobody waits for the output any more
	abandon   sync.Once
}

// newFiles makes a terminal or pipes.
func newFiles(stdio Stdio, owner int) (*files, error) {
	f := &files{stdio: stdio, in: -1, wakeR: -1, wakeW: -1, abandoned: make(chan struct{})}
	if err := f.open(owner); err != nil {
		f.closeInside()
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *files) open(owner int) error {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	f.wakeR, f.wakeW = p[0], p[1]
	if f.stdio.TTY {
		return f.openTerminal(owner)
	}
	for i := range 3 {
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			return err
		}
		if i == 0 {
			f.inside[i], f.in = os.NewFile(uintptr(p[0]), "stdin"), p[1]
			unix.SetNonblock(f.in, true)
		} else {
			f.inside[i], f.outs = os.NewFile(uintptr(p[1]), "output"), append(f.outs, p[0])
		}
	}
	return nil
}

// openTerminal makes a new pseudoterminal, which belongs to the user inside. Its other end is opened through the
// master, whatever is mounted at /dev/pts.
//
// Source: pty(7); ioctl_tty(2), TIOCGPTPEER.
func (f *files) openTerminal(owner int) error {
	failed := func(err error) error { return fmt.Errorf("a terminal for the program: /dev/ptmx: %w", err) }
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return failed(err)
	}
	f.in, f.outs = master, []int{master}
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return failed(err)
	}
	slave, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER,
		unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return failed(errno)
	}
	for i := range f.inside {
		f.inside[i] = os.NewFile(slave, "terminal")
		if i < 2 {
			next, err := unix.FcntlInt(slave, unix.F_DUPFD_CLOEXEC, 3)
			if err != nil {
				return failed(err)
			}
			slave = uintptr(next)
		}
	}
	// So that the program can open /proc/self/fd/0. Without privilege it stays ours, which is who the program is then.
	unix.Fchown(int(slave), owner, -1)
	return f.resize(f.stdio.Size)
}

func (f *files) resize(size Size) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if !f.stdio.TTY || f.closed || size == (Size{}) {
		return nil
	}
	return unix.IoctlSetWinsize(f.in, unix.TIOCSWINSZ, &unix.Winsize{Row: size.Rows, Col: size.Cols})
}

func (f *files) closeInside() {
	for _, file := range f.inside {
		if file != nil {
			file.Close()
		}
	}
}

// close closes our ends.
func (f *files) close() {
	f.endInput()
	for _, fd := range f.outs {
		unix.Close(fd)
	}
	if f.wakeW >= 0 {
		unix.Close(f.wakeW)
		f.wakeW = -1
	}
	if f.wakeR >= 0 {
		unix.Close(f.wakeR)
		f.wakeR = -1
	}
}

// copy starts to copy in both directions.
func (f *files) copy() {
	writers := []io.Writer{f.stdio.Out, f.stdio.Err}
	for i, r := range f.outs {
		f.done.Go(func() { f.outward(r, writers[i]) })
	}
	switch in := f.stdio.In.(type) {
	case nil:
		f.endInput()
	case *os.File:
		f.done.Go(func() { f.inward(func(b []byte) (int, error) { return f.readFile(in, b) }) })
	default:
		go f.inward(in.Read) // cannot be called back from its Read
	}
}

// finish is called when the program has ended: it waits until what it wrote is copied, and closes everything.
func (f *files) finish() {
	unix.Close(f.wakeW)
	f.wakeW = -1
	copied := make(chan struct{})
	go func() { f.done.Wait(); close(copied) }()
	select {
	case <-copied:
	case <-f.abandoned: // a writer that hangs keeps its files until we end
		return
	}
	f.mu.Lock() // whoever reads from elsewhere still does not write any more
	f.closed = f.closed || f.stdio.TTY
	f.mu.Unlock()
	f.close()
}

// outward copies what the program writes. When it has ended, only what is there already is copied: something it left
// behind may hold the other end for ever.
func (f *files) outward(fd int, w io.Writer) {
	buf := make([]byte, 32<<10)
	for ended := false; ; {
		ready, woken := f.poll(fd, unix.POLLIN, ended)
		ended = ended || woken
		if !ready {
			if ended && !woken {
				return
			}
			continue
		}
		n, err := unix.Read(fd, buf)
		switch {
		case err == unix.EAGAIN, err == unix.EINTR:
			continue
		case err != nil, n == 0: // EIO from a terminal that nobody has open any more
			return
		}
		if w == nil {
			continue
		}
		if _, err := w.Write(buf[:n]); err != nil {
			f.outputFailed(err)
			w = nil // what comes until the program has ended is thrown away
		}
	}
}

// outputFailed ends the program as the kernel would if it wrote there itself: into a closed pipe, or a terminal that
// was hung up.
func (f *files) outputFailed(err error) {
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

func (f *files) lose(sig syscall.Signal) {
	f.loseOnce.Do(func() {
		if f.lost != nil {
			f.lost(sig)
		}
	})
}

// outputError returns why the output could not be written, nil if it was.
func (f *files) outputError() error {
	f.outMu.Lock()
	defer f.outMu.Unlock()
	return f.outErr
}

// poll waits until fd is ready, or the program has ended. With now it does not wait and does not look at the second.
func (f *files) poll(fd int, events int16, now bool) (ready, woken bool) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}, {Fd: int32(f.wakeR), Events: unix.POLLIN}}
	timeout := -1
	if now {
		fds, timeout = fds[:1], 0
	}
	for {
		_, err := unix.Poll(fds, timeout)
		if err == unix.EINTR {
			continue
		}
		return fds[0].Revents != 0, !now && fds[1].Revents != 0
	}
}

// readFile reads what the user types, but not a byte of what is typed after the program's end.
func (f *files) readFile(in *os.File, b []byte) (int, error) {
	for {
		ready, woken := f.poll(int(in.Fd()), unix.POLLIN, false)
		if woken {
			return 0, io.EOF
		}
		if !ready {
			continue
		}
		n, err := unix.Read(int(in.Fd()), b)
		switch {
		case err == unix.EINTR, err == unix.EAGAIN:
			continue
		case err != nil, n == 0:
			if f.stdio.TTY { // in raw mode, a terminal has an end only when it is hung up
				f.lose(unix.SIGHUP)
			}
			if err == nil {
				err = io.EOF
			}
			return 0, err
		}
		return n, nil
	}
}

// inward copies to the program until the end of the input or of the program.
func (f *files) inward(read func([]byte) (int, error)) {
	defer f.endInput()
	buf := make([]byte, 32<<10)
	for {
		n, err := read(buf)
		if !f.write(buf[:n]) || err != nil {
			return
		}
	}
}

// write hands b to the program and reports whether it is still there to take it.
func (f *files) write(b []byte) bool {
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
func (f *files) endInput() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.stdio.TTY && !f.closed && f.in >= 0 {
		f.closed = true
		unix.Close(f.in)
	}
}
