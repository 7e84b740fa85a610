// Package bounded reads files whole, or says that they are longer than may be: whoever writes a file chooses its
// length, and what is cut off silently would count as not there.
package bounded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// ErrTooLong says that there is more than was read.
var ErrTooLong = errors.New("longer than bones reads")

// ReadAll reads r to its end. With ErrTooLong it returns the first most bytes, with another error what came before it.
func ReadAll(r io.Reader, most int64) ([]byte, error) {
	b := make([]byte, 0, min(most+1, 4<<10)) // a file of /proc comes with one read where it can
	for {
		if len(b) == cap(b) {
			// Twice as much each time: append alone adds a quarter, and copies what is long five times over.
			b = slices.Grow(b, int(min(int64(cap(b)), most+1-int64(len(b)))))
		}
		n, err := r.Read(b[len(b):min(int64(cap(b)), most+1)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > most:
			return b[:most], fmt.Errorf("%w: more than %d bytes", ErrTooLong, most)
		case err == io.EOF:
			return b, nil
		case err != nil:
			return b, err
		}
	}
}

// ReadFile reads a file so. Its errors name the file.
func ReadFile(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := ReadAll(f, most)
	if errors.Is(err, ErrTooLong) {
		err = &os.PathError{Op: "read", Path: name, Err: err}
	}
	return b, err
}

// FD is a descriptor as a Reader. An error is an errno; after a signal (EINTR) it goes on.
type FD int

func (fd FD) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(fd), b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}
