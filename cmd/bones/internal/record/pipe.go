package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// maxSpool is how much of a pipe is kept, in bytes.
const maxSpool = 2 << 30

// streamEnded are the permissions of the file that holds what came through a pipe, once its writer has ended. The
// UI is a process of its own, which has nothing but the file: they tell it that nothing more comes, and since when.
const streamEnded = 0o400

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
		spool.Chmod(streamEnded)
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

// Ended tells when the writer of a stream that came through a pipe ended, and whether in the middle of a frame.
// Zero: it writes still, or the recording is another's file, which nobody says to be complete.
func (r *Reader) Ended() (at time.Time, cut bool) {
	if r.dir != nil || len(r.files) != 1 {
		return time.Time{}, false
	}
	f, err := r.files[0].file()
	if err != nil {
		return time.Time{}, false
	}
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil || st.Nlink > 0 || st.Mode&0o777 != streamEnded {
		return time.Time{}, false
	}
	return time.Unix(st.Ctim.Unix()), r.segments[0].scanned < st.Size
}

// Ended is Reader.Ended.
func (p *Replay) Ended() (at time.Time, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.r.Ended()
}
