// Package dirfile opens and reads files by their name in a directory that is held open: whatever has the path of that
// directory meanwhile, it is the same one.
package dirfile

import "golang.org/x/sys/unix"

// Read reads a file below dirfd into buf, as much as fits, and returns the part of buf that it filled: if that is all
// of buf, there may be more in the file. An error is an errno.
func Read(dirfd int, name string, buf []byte) ([]byte, error) {
	fd, err := Open(dirfd, name, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return nil, err
	}
	b, err := ReadAll(fd, buf)
	unix.Close(fd)
	return b, err
}

// ReadAll reads fd into buf until its end or until buf is full, and returns the part of buf that it filled, also
// beside an error. An error is an errno. It goes on after a signal (EINTR).
func ReadAll(fd int, buf []byte) ([]byte, error) {
	n := 0
	for n < len(buf) {
		m, err := unix.Read(fd, buf[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return buf[:n], err
		}
		if m == 0 {
			break
		}
		n += m
	}
	return buf[:n], nil
}

// Open is openat(2), which it calls again after a signal (EINTR). An error is an errno.
func Open(dirfd int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dirfd, name, flags, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}
