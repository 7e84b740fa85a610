package terminal

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Output is the standard output, which remembers that it could not be written: a full disk is an error of the command,
// whichever of its lines it hit.
type Output struct {
	File *os.File
	mu   sync.Mutex
	err  error
}

// Write implements io.Writer.
func (o *Output) Write(b []byte) (int, error) {
	n, err := o.File.Write(b)
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.err == nil {
			o.err = err
		}
	}
	return n, err
}

// OutputError returns why something that was written to an Output could not be written; nil if it could, and for every
// other writer.
func OutputError(w io.Writer) error {
	o, ok := w.(*Output)
	if !ok {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		return nil
	}
	return fmt.Errorf("the output cannot be written: %w", o.err)
}

// OutputFile returns the file that w writes to, if it is one.
func OutputFile(w io.Writer) (*os.File, bool) {
	switch w := w.(type) {
	case *Output:
		return w.File, true
	case *os.File:
		return w, true
	}
	return nil, false
}

// IsTerminal reports whether w writes to a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := OutputFile(w)
	return ok && term.IsTerminal(int(f.Fd()))
}
