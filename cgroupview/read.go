package cgroupview

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// readAt reads the beginning of a small file into buf, in one open and as a rule one read.
func readAt(dir int, name string, buf []byte) ([]byte, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	n := 0
	for n < len(buf) {
		m, err := unix.Read(fd, buf[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		n += m
		// The end of a file that fits into a page comes with its first read: the line is whole, and there is one.
		if m == 0 || n == m && m < 64 && buf[n-1] == '\n' {
			break
		}
	}
	return buf[:n], nil
}

// readLines reads at most limit bytes, and reports whether there were more: then the last line is a whole one, as half
// a number would be another.
func readLines(fd, limit int) (b []byte, more bool, err error) {
	buf := make([]byte, 16<<10)
	for {
		n, err := unix.Read(fd, buf)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, false, err
		case n == 0:
			return b, false, nil
		}
		b = append(b, buf[:n]...)
		if len(b) > limit {
			return b[:bytes.LastIndexByte(b[:limit], '\n')+1], true, nil
		}
	}
}

func closeFD(fd int) { unix.Close(fd) }
