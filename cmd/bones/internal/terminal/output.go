package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// output is the standard output, which remembers that it could not be written: a full disk is an error of the command,
// whichever of its lines it hit.
type output struct {
	file *os.File
	mu   sync.Mutex
	err  error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.file.Write(b)
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.err == nil {
			o.err = err
		}
	}
	return n, err
}

// outputError returns why the output could not be written, nil if it could.
func (a *app) outputError() error {
	o, ok := a.out.(*output)
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

// outputFile returns the file that the output goes to, if it is one.
func outputFile(w io.Writer) (*os.File, bool) {
	switch w := w.(type) {
	case *output:
		return w.file, true
	case *os.File:
		return w, true
	}
	return nil, false
}

// toTerminal reports whether the output is a terminal.
func (a *app) toTerminal() bool {
	f, ok := outputFile(a.out)
	return ok && term.IsTerminal(int(f.Fd()))
}
