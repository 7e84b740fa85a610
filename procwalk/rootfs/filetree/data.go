package filetree

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// buffers are shared, because a tree may hold very many small files.
var buffers = sync.Pool{New: func() any { b := make([]byte, 1<<20); return &b }}

// CopyAll copies a stream of a known length, or of any.
func CopyAll(to io.Writer, from io.Reader, size int64, progress func(int64) error) error {
	done := int64(0)
	if out, ok := to.(*os.File); ok {
		if in, ok := from.(*os.File); ok {
			var err error
			if done, err = copyRange(out, in, math.MaxInt64, progress); err != nil {
				return fmt.Errorf("copying: %w", Unwrap(err))
			}
		}
	}
	shared := buffers.Get().(*[]byte)
	defer buffers.Put(shared)
	buf := *shared
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return fmt.Errorf("writing: %w", Unwrap(err))
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

// atOnce is how much the kernel copies before progress is told, and giving up is asked about, in bytes.
const atOnce = 64 << 20

// copyRange has the kernel copy up to limit bytes from file to file, from where both stand, as far as it can: what is
// left is to be read and written. Files of proc and the like have no length that it could go by, and it copies nothing
// of them.
//
// Source: copy_file_range(2).
func copyRange(to, from *os.File, limit int64, progress func(int64) error) (done int64, err error) {
	for done < limit {
		n, err := unix.CopyFileRange(int(from.Fd()), nil, int(to.Fd()), nil, int(min(limit-done, atOnce)), 0)
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

// Bounded reads as much of a file as it had when it was opened: one that grows all the time would never end.
func Bounded(f io.Reader, size int64, name string) io.Reader {
	if size > 0 {
		return io.LimitReader(f, size)
	}
	return &endlessReader{from: f, name: name}
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

// clonable is the length from which it is worth asking the file system for a copy that shares the blocks, in bytes.
//
// Source: ioctl_ficlonerange(2), FICLONE.
const clonable = 64 << 10

// ErrShorter says that a file lost some of its content while it was read. Zeros in place of that would look like it.
var ErrShorter = errors.New("it became shorter while it was copied")

// CopyFile copies a file, as long as it was when it was opened, into an empty one. name is its name for people. Its
// holes stay holes: one that claims eight tebibytes and holds nothing takes no room. One that became shorter meanwhile
// is ErrShorter. One that always gives less than it claims, as the files of sysfs do, is copied as far as it goes.
//
// Source: lseek(2), SEEK_DATA and SEEK_HOLE.
func CopyFile(to, from *os.File, size int64, name string, progress func(int64) error) error {
	if size <= 0 {
		return CopyAll(to, struct{ io.Reader }{Bounded(from, size, name)}, -1, progress)
	}
	if size >= clonable && unix.IoctlFileClone(int(to.Fd()), int(from.Fd())) == nil {
		// The clone is as long as the file is by now.
		if err := to.Truncate(size); err != nil {
			return fmt.Errorf("writing: %w", Unwrap(err))
		}
		if progress != nil {
			return progress(size)
		}
		return nil
	}
	length := size
	for at := int64(0); at < size; {
		end := size
		data, err := unix.Seek(int(from.Fd()), at, unix.SEEK_DATA)
		switch err {
		case nil:
			if hole, err := unix.Seek(int(from.Fd()), data, unix.SEEK_HOLE); err == nil {
				end = min(hole, end)
			}
		case unix.ENXIO: // nothing but a hole is left
			data, end = size, size
		default: // a file system that does not tell
			data = at
		}
		if data < end {
			reached, err := copyPart(to, from, data, end, progress)
			if err != nil {
				return err
			}
			if reached < end {
				length = reached
				break
			}
		}
		at = max(end, at+1)
	}
	var now unix.Stat_t
	if err := unix.Fstat(int(from.Fd()), &now); err != nil {
		return err
	}
	if now.Size < size {
		return ErrShorter
	}
	if err := to.Truncate(length); err != nil {
		return fmt.Errorf("writing: %w", Unwrap(err))
	}
	if progress != nil {
		return progress(length)
	}
	return nil
}

// copyPart copies the bytes from begin up to end to the same place, and returns how far it came: less than end where
// the file ends before that.
func copyPart(to, from *os.File, begin, end int64, progress func(int64) error) (reached int64, err error) {
	for _, f := range []*os.File{to, from} {
		if _, err := f.Seek(begin, io.SeekStart); err != nil {
			return begin, fmt.Errorf("copying: %w", Unwrap(err))
		}
	}
	tell := func(done int64) error {
		reached = begin + done
		if progress != nil {
			return progress(reached)
		}
		return nil
	}
	reached = begin
	done, err := copyRange(to, from, end-begin, tell)
	if err != nil {
		return reached, fmt.Errorf("copying: %w", Unwrap(err))
	}
	if done == end-begin {
		return end, nil
	}
	begin += done
	err = CopyAll(struct{ io.Writer }{to}, io.LimitReader(from, end-begin), -1, tell)
	return reached, err
}

// Unwrap explains an error of a descriptor without the descriptor's name, which tells nobody anything: the caller says
// which file it was.
func Unwrap(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return Explain("", p.Err)
	}
	return err
}
