package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"bones/procwalk/crash"

	"github.com/gdamore/tcell/v2"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// TTY is the terminal as tcell uses it. What the terminal sends goes through a Filter.
type TTY struct {
	in, out *os.File
	state   func(Ownership)
	lost    func(error)
	lose    func(Loss)

	wake    int // an eventfd: Read looks at phase
	phase   atomic.Int32
	parked  chan struct{} // Read has nothing in hand any more
	ended   chan struct{} // Read failed: it is not called again
	saved   *unix.Termios
	filter  Filter
	tokens  [][]byte
	resized chan os.Signal
	mu      sync.Mutex
	onSize  func()
	stop    chan struct{}
	stopped sync.WaitGroup
	gone    atomic.Bool
	thrift  thrift // of Write
}

var _ tcell.Tty = (*TTY)(nil)

// What Read does.
const (
	reading  = int32(iota)
	pausing  // it keeps what comes
	draining // it returns
)

// TTYOptions are what a TTY tells about. Each may be nil.
type TTYOptions struct {
	State func(Ownership) // who has the terminal now, for whoever restores it if we cannot
	Lost  func(error)     // the terminal is gone: once, from any goroutine
	Loss  func(Loss)      // something that was typed or pasted was dropped
}

// NewTTY makes a TTY of an input and an output that are a terminal.
func NewTTY(in, out *os.File, o TTYOptions) (*TTY, error) {
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, errors.New("the input and the output must be a terminal")
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	return &TTY{in: in, out: out, state: o.State, lost: o.Lost, lose: o.Loss, wake: wake, parked: make(chan struct{}, 1),
		resized: make(chan os.Signal, 1)}, nil
}

// Start takes the terminal: it sets it to raw mode.
func (t *TTY) Start() error {
	var err error
	if t.saved, err = unix.IoctlGetTermios(int(t.in.Fd()), unix.TCGETS); err != nil {
		return err
	}
	if _, err = term.MakeRaw(int(t.in.Fd())); err != nil {
		return err
	}
	t.tell(Engaged)
	t.thrift.restart()
	t.clearWake() // of the Drain before
	select {
	case <-t.parked:
	default:
	}
	t.phase.Store(reading)
	t.filter, t.tokens, t.ended = Filter{}, nil, make(chan struct{})
	stop := make(chan struct{})
	t.stop = stop
	signal.Notify(t.resized, unix.SIGWINCH)
	t.stopped.Go(crash.Guarded(func() {
		for {
			select {
			case <-stop:
				return
			case <-t.resized:
				t.mu.Lock()
				f := t.onSize
				t.mu.Unlock()
				if f != nil {
					f()
				}
			}
		}
	}))
	return nil
}

// Pause keeps what the terminal sends from now on, and returns once the reader has passed on what it had. tcell stops
// whoever takes what was read before it stops its reader; a reader that then has something in hand waits for ever, and
// giving the terminal back with it.
func (t *TTY) Pause() {
	if t.ended == nil || !t.phase.CompareAndSwap(reading, pausing) {
		return
	}
	t.alert()
	select {
	case <-t.parked:
	case <-t.ended:
	case <-time.After(time.Second): // it does not call Read at all
	}
}

// Drain makes Read return.
func (t *TTY) Drain() error {
	t.phase.Store(draining)
	return t.alert()
}

func (t *TTY) alert() error {
	_, err := unix.Write(t.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	return err
}

func (t *TTY) clearWake() {
	var count [8]byte
	unix.Read(t.wake, count[:])
}

// Stop gives the terminal back with the settings that Start found, once what was written to it is out: with these
// settings Ctrl-C is a signal again, at which the kernel throws away what is not. That would be the end of our modes
// on a slow line.
func (t *TTY) Stop() error {
	signal.Stop(t.resized)
	close(t.stop)
	t.stopped.Wait()
	err := setDrained(int(t.in.Fd()), t.saved)
	t.tell(Lent)
	return err
}

// Close ends the use of the terminal. It comes after Stop.
func (t *TTY) Close() error {
	t.tell(Released)
	return unix.Close(t.wake)
}

func (t *TTY) tell(s Ownership) {
	if t.state != nil {
		t.state(s)
	}
}

// NotifyResize sets what is called when the size has changed.
func (t *TTY) NotifyResize(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.onSize = f
}

// The largest screen that is drawn on; a terminal can claim 65535 x 65535, which would take all memory. Each cell
// takes about 200 bytes in tcell. The largest screens in use, of 8K pixels and with a small font, have fewer cells.
const (
	maxColumns = 1024
	maxRows    = 512
	maxCells   = 128 << 10
)

// WindowSize returns how many columns and rows are drawn on.
func (t *TTY) WindowSize() (tcell.WindowSize, error) {
	w, err := unix.IoctlGetWinsize(int(t.out.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return tcell.WindowSize{}, err
	}
	s := tcell.WindowSize{Width: 80, Height: 25, PixelWidth: int(w.Xpixel), PixelHeight: int(w.Ypixel)}
	if w.Col > 0 {
		s.Width = min(int(w.Col), maxColumns)
	}
	if w.Row > 0 {
		s.Height = min(int(w.Row), maxRows)
	}
	s.Height = min(s.Height, maxCells/s.Width)
	return s, nil
}

// Read returns one escape sequence, or text without any, or nothing after Drain. It waits until there is some. The
// parser starts a timer of its own when a sequence is cut; none ever is.
func (t *TTY) Read(b []byte) (int, error) {
	for {
		switch t.phase.Load() {
		case draining:
			return 0, nil
		case pausing:
			t.park()
			continue
		}
		if n := t.consume(b); n > 0 {
			return n, nil
		}
		timeout := -1
		if w := t.filter.Wait(); w > 0 {
			timeout = int(w / time.Millisecond)
		}
		fds := []unix.PollFd{{Fd: int32(t.in.Fd()), Events: unix.POLLIN}, {Fd: int32(t.wake), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, timeout)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, t.readFailed(err)
		case fds[1].Revents != 0:
			t.clearWake()
			continue
		case n == 0:
			t.filter.Silence(t.keep)
		default:
			if err := t.fill(); err != nil {
				return 0, t.readFailed(err)
			}
		}
		if l := t.filter.TakeLoss(); l != (Loss{}) && t.lose != nil {
			t.lose(l)
		}
	}
}

// park tells Pause that nothing is in hand, and waits for what comes after it.
func (t *TTY) park() {
	select {
	case t.parked <- struct{}{}:
	default:
	}
	unix.Poll([]unix.PollFd{{Fd: int32(t.wake), Events: unix.POLLIN}}, -1)
	t.clearWake()
}

func (t *TTY) readFailed(err error) error {
	close(t.ended)
	return t.goneBy(err)
}

// fill reads what there is and filters it.
func (t *TTY) fill() error {
	var chunk [4096]byte
	n, err := unix.Read(int(t.in.Fd()), chunk[:])
	switch {
	case err == unix.EINTR, err == unix.EAGAIN:
		return nil
	case err != nil:
		return err
	case n == 0:
		return io.EOF
	}
	t.filter.Feed(chunk[:n], t.keep)
	return nil
}

// keep queues a token; text is joined to the text before.
func (t *TTY) keep(token []byte) {
	if n := len(t.tokens); n > 0 && token[0] != 0x1b && t.tokens[n-1][0] != 0x1b &&
		len(t.tokens[n-1])+len(token) <= maxToken {
		t.tokens[n-1] = append(t.tokens[n-1], token...)
		return
	}
	t.tokens = append(t.tokens, append([]byte(nil), token...))
}

// consume moves one token to b, which tcell makes large enough for the longest.
func (t *TTY) consume(b []byte) int {
	if len(t.tokens) == 0 || len(b) < len(t.tokens[0]) {
		return 0
	}
	n := copy(b, t.tokens[0])
	if t.tokens = t.tokens[1:]; len(t.tokens) == 0 {
		t.tokens = nil
	}
	return n
}

// Write writes to the terminal. A terminal that was hung up is an error.
func (t *TTY) Write(b []byte) (int, error) {
	if n, err := t.out.Write(t.thrift.shorten(b)); err != nil {
		return min(n, len(b)), t.goneBy(err)
	}
	return len(b), nil
}

// goneBy tells once that the terminal is gone.
func (t *TTY) goneBy(err error) error {
	err = fmt.Errorf("the terminal is gone: %w", err)
	if t.lost != nil && t.gone.CompareAndSwap(false, true) {
		t.lost(err)
	}
	return err
}
