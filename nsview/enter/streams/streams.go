// Package streams makes the three files of a program that runs inside, and copies what it reads and writes. The
// program never gets the caller's own files: through those it could write to a file of the host that it was only given
// to read, or type into the host's terminal. Nothing is read ahead: what the program does not read stays with the
// caller's input for whoever reads that next, as if the program had it itself.
package streams

import (
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// Stdio is what the program reads and writes. It never gets these files themselves, only pipes or a terminal made for
// it, from and to which bytes are copied.
type Stdio struct {
	In       io.Reader // nil: end of file at once. Of an *os.File is only taken what the program reads
	Out, Err io.Writer // nil: thrown away. With a terminal all goes to Out, unless Apart
	TTY      bool      // a terminal of its own instead of pipes. The caller sets its own to raw mode
	Apart    bool      // with TTY: what it writes as errors goes to Err all the same
	Size     Size      // of that terminal

	// Mine, if not nil, reports whether In, a terminal, may be read now. A job in the background may not; it is asked
	// again and again until it may.
	Mine func() bool
}

// Size is the size of a terminal, in cells.
type Size struct{ Rows, Cols uint16 }

// Files are the program's three files and our ends of them.
type Files struct {
	Inside [3]*os.File // the program's ends; with a terminal the same several times

	stdio  Stdio
	in     int   // we write what the program reads; does not block
	outs   []int // we read what the program writes; with a terminal the first is the same as in
	wakeR  int   // hangs up when the program has ended
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

// Open makes a terminal, which belongs to a user, or pipes.
func Open(stdio Stdio, owner int) (*Files, error) {
	f := &Files{stdio: stdio, in: -1, wakeR: -1, wakeW: -1, abandoned: make(chan struct{})}
	if err := f.open(owner); err != nil {
		f.CloseInside()
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *Files) open(owner int) error {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	f.wakeR, f.wakeW = p[0], p[1]
	first := 0
	if f.stdio.TTY {
		if err := f.openTerminal(owner); err != nil {
			return err
		}
		if first = 3; f.stdio.Apart {
			f.Inside[2].Close()
			first = 2
		}
	}
	for i := first; i < 3; i++ {
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			return err
		}
		if i == 0 {
			f.Inside[i], f.in = os.NewFile(uintptr(p[0]), "stdin"), p[1]
			unix.SetNonblock(f.in, true)
		} else {
			f.Inside[i], f.outs = os.NewFile(uintptr(p[1]), "output"), append(f.outs, p[0])
		}
	}
	return nil
}

// openTerminal makes a new pseudoterminal of ours.
func (f *Files) openTerminal(owner int) error {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("a terminal for the program: /dev/ptmx: %w", err)
	}
	f.in, f.outs = master, []int{master}
	for i := range f.Inside {
		if f.Inside[i], err = Peer(master, owner); err != nil {
			return fmt.Errorf("a terminal for the program: /dev/ptmx: %w", err)
		}
	}
	return f.Resize(f.stdio.Size)
}

// Peer opens the program's end of a terminal of which it is given ours, and gives it to the user inside. It is opened
// through the master, whatever is mounted at /dev/pts.
//
// Source: pty(7); ioctl_tty(2), TIOCGPTPEER since Linux 4.13.
func Peer(master, owner int) (*os.File, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return nil, err
	}
	slave, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER,
		unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return nil, errno
	}
	// So that the program can open /proc/self/fd/0. Without privilege it stays ours, which is who the program is then.
	unix.Fchown(int(slave), owner, -1)
	return os.NewFile(slave, "terminal"), nil
}

// Exchange puts our end of another terminal in the place of the one that Open made: one on the file system of
// terminals that the program sees. It comes before Copy, and takes the file over.
func (f *Files) Exchange(master *os.File) error {
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	master.Close()
	if err != nil {
		return err
	}
	unix.SetNonblock(fd, true)
	unix.Close(f.in)
	f.in, f.outs[0] = fd, fd
	return f.Resize(f.stdio.Size)
}

// Resize tells the program's terminal its new size. With pipes nothing happens.
func (f *Files) Resize(size Size) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if !f.stdio.TTY || f.closed || size == (Size{}) {
		return nil
	}
	return unix.IoctlSetWinsize(f.in, unix.TIOCSWINSZ, &unix.Winsize{Row: size.Rows, Col: size.Cols})
}

// CloseInside closes the program's ends.
func (f *Files) CloseInside() {
	for _, file := range f.Inside {
		if file != nil {
			file.Close()
		}
	}
}

// Close closes our ends of the program's files.
func (f *Files) Close() {
	f.endInput()
	for _, fd := range f.outs {
		unix.Close(fd)
	}
	for _, fd := range []*int{&f.wakeR, &f.wakeW} {
		if *fd >= 0 {
			unix.Close(*fd)
			*fd = -1
		}
	}
}

// Copy starts to copy in both directions. lost is called once when nobody reads what the program writes, or its user
// is gone, with the signal that the kernel would send the program for it.
func (f *Files) Copy(lost func(syscall.Signal)) {
	f.lost = lost
	writers := []io.Writer{f.stdio.Out, f.stdio.Err}
	for i, r := range f.outs {
		f.done.Go(crash.Guarded(func() { f.outward(r, writers[i]) }))
	}
	switch in := f.stdio.In.(type) {
	case nil:
		f.endInput()
	case *os.File:
		f.done.Go(crash.Guarded(func() { f.fromFile(in) }))
	default:
		crash.Go(func() { f.inward(in.Read) }) // cannot be called back from its Read
	}
}

// Abandon makes Finish return although what the program wrote could not be handed on yet.
func (f *Files) Abandon() { f.abandon.Do(func() { close(f.abandoned) }) }

// Finish is called when the program has ended: it waits until what it wrote is copied, and closes everything.
func (f *Files) Finish() {
	unix.Close(f.wakeW)
	f.wakeW = -1
	copied := make(chan struct{})
	crash.Go(func() { f.done.Wait(); close(copied) })
	select {
	case <-copied:
	case <-f.abandoned: // a writer that hangs keeps its files until we end
		return
	}
	f.mu.Lock() // whoever reads from elsewhere still does not write any more
	f.closed = f.closed || f.stdio.TTY
	f.mu.Unlock()
	f.Close()
}

// lose tells that the program has lost its terminal or its reader.
func (f *Files) lose(sig syscall.Signal) {
	f.loseOnce.Do(func() {
		if f.lost != nil {
			f.lost(sig)
		}
	})
}

// poll waits until fd is ready, or the program has ended. With now it does not wait and does not look at the second.
func (f *Files) poll(fd int, events int16, now bool) (ready, woken bool) {
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
