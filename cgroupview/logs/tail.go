package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"bones/cgroupview/container"
)

// piece is one file of a log, and from where on it is read.
type piece struct {
	file *os.File
	gzip bool
	skip int64 // bytes, or for a compressed file lines
}

// pieces opens the files that hold the last lines of a log, all of them if tail is negative, the oldest first. Files
// that were written last before since are left out. The latest is opened first: what is rotated meanwhile shows up
// again, as the same file, and is not read twice.
func pieces(ctx context.Context, l *container.Log, tail int, since time.Time) (list []piece, err error) {
	defer func() {
		if err != nil {
			for _, p := range list {
				p.file.Close()
			}
		}
	}()
	now, err := l.Open()
	if err != nil {
		return nil, err
	}
	need := tail
	add := func(p piece) (enough bool, err error) {
		list = append([]piece{p}, list...)
		if tail < 0 {
			return false, nil
		}
		found := 0
		first := &list[0]
		if p.gzip {
			found, err = countCompressed(ctx, p.file)
			first.skip = int64(max(found-need, 0))
		} else {
			first.skip, found, err = lastLines(p.file, need)
		}
		need -= min(found, need)
		return need == 0, err
	}
	if enough, err := add(piece{file: now}); enough || err != nil {
		return list, err
	}
	names, err := l.Earlier()
	if err != nil && len(names) == 0 {
		return list, err
	}
	for _, name := range names {
		f, err := l.OpenEarlier(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was rotated once more, or removed
		}
		if err != nil {
			return list, err
		}
		st, err := f.Stat()
		if err != nil || st.ModTime().Before(since) {
			f.Close()
			return list, err
		}
		if known(list, st) {
			f.Close()
			continue
		}
		if enough, err := add(piece{file: f, gzip: strings.HasSuffix(name, ".gz")}); enough || err != nil {
			return list, err
		}
	}
	return list, nil
}

// known reports whether a file is among those that are open.
func known(list []piece, st os.FileInfo) bool {
	for _, p := range list {
		if open, err := p.file.Stat(); err == nil && os.SameFile(open, st) {
			return true
		}
	}
	return false
}

// lastLines returns where the last n whole lines of a file begin, and how many there are.
func lastLines(f *os.File, n int) (at int64, found int, err error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || n == 0 {
		return end, 0, err
	}
	buf := make([]byte, 64<<10)
	ends := 0
	for at = end; at > 0; {
		size := min(int64(len(buf)), at)
		at -= size
		if _, err := f.ReadAt(buf[:size], at); err != nil && err != io.EOF {
			return 0, 0, err
		}
		for b := buf[:size]; ; {
			i := bytes.LastIndexByte(b, '\n')
			if i < 0 {
				break
			}
			if ends++; ends > n { // the end of the line before the first one
				return at + int64(i) + 1, n, nil
			}
			b = b[:i]
		}
	}
	return 0, ends, nil
}

// countCompressed counts the lines of a compressed file.
func countCompressed(ctx context.Context, f *os.File) (int, error) {
	z, err := gzip.NewReader(f)
	if err != nil {
		return 0, err
	}
	n, buf := 0, make([]byte, 64<<10)
	for ctx.Err() == nil {
		k, err := z.Read(buf)
		n += bytes.Count(buf[:k], []byte("\n"))
		if err == io.EOF {
			_, err = f.Seek(0, io.SeekStart)
			return n, err
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, ctx.Err()
}

// open returns the lines of a piece from where it is to be read.
func (p piece) open() (*lines, error) {
	if !p.gzip {
		if _, err := p.file.Seek(p.skip, io.SeekStart); err != nil {
			return nil, err
		}
		l := newLines(p.file)
		l.read = p.skip
		return l, nil
	}
	z, err := gzip.NewReader(p.file)
	if err != nil {
		return nil, err
	}
	l := newLines(z)
	for range p.skip {
		if _, err := l.next(); err != nil && err != errLong {
			return l, err
		}
	}
	return l, nil
}
