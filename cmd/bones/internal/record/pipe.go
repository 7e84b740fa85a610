package record

import (
	"errors"
	"fmt"
	"io"
	"os"

	"bones/procwalk/crash"
)

// maxSpool is how much of a pipe is kept, in bytes.
const maxSpool = 2 << 30

// FromPipe copies what comes through standard input into a file without a name, for as long as the program runs, and
// puts the terminal in the place of standard input. It returns when the first moment is there, or the pipe has ended.
func FromPipe() (spool *os.File, end func(io.Writer), err error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("there is no terminal for the keys: %w", err)
	}
	if spool, err = os.CreateTemp("", "bones-replay-"); err != nil {
		return nil, nil, err
	}
	os.Remove(spool.Name())
	in := os.Stdin
	os.Stdin = tty
	copied := make(chan error, 1)
	crash.Go(func() {
		n, err := io.CopyN(spool, in, maxSpool)
		if err == nil && n == maxSpool {
			err = fmt.Errorf("more than %d GiB came through the pipe: what came later was not shown", maxSpool>>30)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		copied <- err
	})
	if err := AwaitFrame(spool, copied); err != nil {
		return nil, nil, err
	}
	return spool, func(w io.Writer) {
		select {
		case err := <-copied:
			if err != nil {
				fmt.Fprintln(w, "bones: replay:", err)
			}
		default:
		}
	}, nil
}
