package terminal

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Own is the terminal that bones was started on, for a program that runs on it.
type Own struct {
	in, out int
	saved   *term.State
	mu      sync.Mutex
	raw     bool
}

// NewOwn returns the terminal that is the standard input, or nil if the input is something else.
func NewOwn(in io.Reader, out io.Writer) *Own {
	from, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(from.Fd())) {
		return nil
	}
	t := &Own{in: int(from.Fd()), out: int(from.Fd())}
	if to, ok := OutputFile(out); ok && term.IsTerminal(int(to.Fd())) {
		t.out = int(to.Fd())
	}
	t.saved, _ = term.GetState(t.in)
	return t
}

// Size returns how many rows and columns the terminal has, 0 if that cannot be told.
func (t *Own) Size() (rows, cols uint16) {
	c, r, err := term.GetSize(t.out)
	if err != nil || c < 0 || r < 0 || c > 0xffff || r > 0xffff {
		return 0, 0
	}
	return uint16(r), uint16(c)
}

// InForeground reports whether our job may read from the terminal and change its settings.
func (t *Own) InForeground() bool { return InForeground(t.in) }

// Raw hands every key on as it comes, from now on and until Restore, and reports whether it does. A job in the
// background leaves the terminal alone: it is that of whoever is in the foreground, and the kernel would stop us.
func (t *Own) Raw() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.InForeground() {
		return false
	}
	if !t.raw {
		_, err := term.MakeRaw(t.in)
		t.raw = err == nil
	}
	return true
}

// Restore puts the settings back that NewOwn found, if Raw changed them. SIGTTOU would stop us if another process
// group were in the foreground by now.
func (t *Own) Restore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.saved == nil || !t.raw {
		return
	}
	FromBackground(func() { term.Restore(t.in, t.saved) })
	t.raw = false
}
