package rootfs

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// copyAll copies a stream of a known length, or of any.
func copyAll(to io.Writer, from io.Reader, size int64, progress func(int64) error) error {
	done := int64(0)
	if out, ok := to.(*os.File); ok {
		if in, ok := from.(*os.File); ok {
			var err error
			if done, err = copyRange(out, in, math.MaxInt64, progress); err != nil {
				return fmt.Errorf("copying: %w", unwrapPath(err))
			}
		}
	}
	buf := make([]byte, 1<<20)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return fmt.Errorf("writing: %w", unwrapPath(err))
			}
			done += int64(n)
			if progress != nil {
				if err := progress(done); err != nil {
					return err
				}
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("the content broke off: %w", err)
		}
	}
	if size >= 0 && done != size {
		return fmt.Errorf("the content broke off after %d of %d bytes", done, size)
	}
	return nil
}

// copyRange has the kernel copy up to limit bytes from file to file, from where both stand, as far as it can: what is
// left is to be read and written. Files of proc and the like have no length that it could go by, and it copies nothing
// of them.
//
// Source: copy_file_range(2).
func copyRange(to, from *os.File, limit int64, progress func(int64) error) (done int64, err error) {
	for done < limit {
		n, err := unix.CopyFileRange(int(from.Fd()), nil, int(to.Fd()), nil, int(min(limit-done, 16<<20)), 0)
		switch err {
		case nil:
		case unix.EINTR, unix.EAGAIN:
			continue
		case unix.ENOSPC, unix.EDQUOT, unix.EIO:
			return done, err
		default: // not between these two
			return done, nil
		}
		if n == 0 {
			return done, nil
		}
		done += int64(n)
		if progress != nil {
			if err := progress(done); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

// endless is how much is read of a file that claims no length, in bytes: one of proc, or one whose file system gives
// it out for ever.
const endless = 1 << 30

// bounded reads as much of a file as it had when it was opened: one that grows all the time would never end.
func bounded(f io.Reader, i Info) io.Reader {
	if i.Size > 0 {
		return io.LimitReader(f, i.Size)
	}
	return &endlessReader{from: f, name: i.Name}
}

type endlessReader struct {
	from io.Reader
	name string
	done int64
}

func (e *endlessReader) Read(b []byte) (int, error) {
	n, err := e.from.Read(b)
	if e.done += int64(n); e.done > endless {
		return 0, fmt.Errorf("%q claims no length, and gives out more than %d MiB: %w", e.name, endless>>20, ErrTooLarge)
	}
	return n, err
}

// copyFile copies a file as long as it was when it was opened into an empty one of ours. Its holes stay holes: one
// that claims eight tebibytes and holds nothing takes no room.
//
// Source: lseek(2), SEEK_DATA and SEEK_HOLE.
func copyFile(to, from *os.File, i Info, progress func(int64) error) error {
	if i.Size <= 0 {
		return copyAll(to, struct{ io.Reader }{bounded(from, i)}, -1, progress)
	}
	for at := int64(0); at < i.Size; {
		end := i.Size
		data, err := unix.Seek(int(from.Fd()), at, unix.SEEK_DATA)
		switch err {
		case nil:
			if hole, err := unix.Seek(int(from.Fd()), data, unix.SEEK_HOLE); err == nil {
				end = min(hole, end)
			}
		case unix.ENXIO: // nothing but a hole is left
			data, end = i.Size, i.Size
		default: // a file system that does not tell
			data = at
		}
		if data < end {
			if err := copyPart(to, from, data, end, progress); err != nil {
				return err
			}
		}
		at = max(end, at+1)
	}
	if err := to.Truncate(i.Size); err != nil {
		return fmt.Errorf("writing: %w", unwrapPath(err))
	}
	if progress != nil {
		return progress(i.Size)
	}
	return nil
}

// copyPart copies the bytes from begin up to end to the same place.
func copyPart(to, from *os.File, begin, end int64, progress func(int64) error) error {
	for _, f := range []*os.File{to, from} {
		if _, err := f.Seek(begin, io.SeekStart); err != nil {
			return fmt.Errorf("copying: %w", unwrapPath(err))
		}
	}
	tell := func(done int64) error {
		if progress != nil {
			return progress(begin + done)
		}
		return nil
	}
	done, err := copyRange(to, from, end-begin, tell)
	if err != nil {
		return fmt.Errorf("copying: %w", unwrapPath(err))
	}
	if done == end-begin {
		return nil
	}
	begin += done
	return copyAll(struct{ io.Writer }{to}, io.LimitReader(from, end-begin), -1, tell)
}

// unwrapPath takes the name of a descriptor off an error.
func unwrapPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return explain("the file", p.Err)
	}
	return err
}
