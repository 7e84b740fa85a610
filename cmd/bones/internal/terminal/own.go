package terminal

import (
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Own is the terminal that bones was started on, for a program that runs on it.
type Own struct {
	in, out int
	saved   *term.State
}

// NewOwn returns it, or nil if the input or the output is something else.
func NewOwn(in io.Reader, out io.Writer) *Own {
	from, ok := in.(*os.File)
	to, ok2 := OutputFile(out)
	if !ok || !ok2 || !term.IsTerminal(int(from.Fd())) || !term.IsTerminal(int(to.Fd())) {
		return nil
	}
	t := &Own{in: int(from.Fd()), out: int(to.Fd())}
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

// Raw hands every key on as it comes.
func (t *Own) Raw() { term.MakeRaw(t.in) }

// Restore puts the settings back that NewOwn found. SIGTTOU would stop us if another process group were in the
// foreground by now.
func (t *Own) Restore() {
	if t.saved == nil {
		return
	}
	signal.Ignore(unix.SIGTTOU)
	term.Restore(t.in, t.saved)
	signal.Reset(unix.SIGTTOU)
}
