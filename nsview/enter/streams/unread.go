package streams

import (
	"os"

	"golang.org/x/sys/unix"
)

// What follows gives the program the caller's input without taking more of it than the program reads. Whoever reads
// the same input afterwards, as a loop of a shell does (`while read l; do bones enter P -- CMD; done`), finds the
// rest.

// source is an input that can be looked at without being taken.
type source struct {
	peek    func(to int) (int, error) // shows the pipe to up to a page of the input; 0: its end
	consume func(n int)               // takes so much away
}

// offer shows the program's pipe a page of the input at a time, and takes it away when the program has read it. A pipe
// of one page says that it can be written to when all of it was read, and not before. offer reports whether the source
// is one that it can be done with.
//
// Source: pipe(7), F_SETPIPE_SZ; pipe_poll in fs/pipe.c.
func (f *Files) offer(fd int, s *source) bool {
	if s == nil {
		return false
	}
	if _, err := unix.FcntlInt(uintptr(f.in), unix.F_SETPIPE_SZ, os.Getpagesize()); err != nil {
		return false
	}
	for offered := 0; ; {
		pipe := unix.PollFd{Fd: int32(f.in), Events: unix.POLLOUT}
		ended := unix.PollFd{Fd: int32(f.wakeR), Events: unix.POLLIN}
		fds := []unix.PollFd{pipe, ended}
		pollAll(fds)
		if unread, err := unix.IoctlGetInt(f.in, unix.TIOCINQ); err == nil && unread < offered {
			s.consume(offered - unread)
			offered = unread
		}
		if fds[0].Revents&unix.POLLERR != 0 || fds[1].Revents != 0 { // nobody reads it any more
			return true
		}
		pipe.Events = 0
		fds = []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, pipe, ended}
		pollAll(fds)
		if fds[1].Revents != 0 || fds[2].Revents != 0 {
			return true
		}
		n, err := s.peek(f.in)
		switch {
		case err == unix.EAGAIN, err == unix.EINTR:
		case err != nil, n <= 0:
			return true
		default:
			offered = n
		}
	}
}

// pollAll waits until one of them is ready.
func pollAll(fds []unix.PollFd) {
	for {
		if _, err := unix.Poll(fds, -1); err != unix.EINTR {
			return
		}
	}
}

// fileSource is a regular file: what is taken away is what the caller's position in it has passed. It is nil where the
// file has no position.
func fileSource(fd int) *source {
	at, err := unix.Seek(fd, 0, unix.SEEK_CUR)
	if err != nil {
		return nil
	}
	page := make([]byte, os.Getpagesize())
	return &source{
		peek: func(to int) (int, error) {
			n, err := unix.Pread(fd, page, at)
			if err != nil || n <= 0 {
				return 0, err
			}
			return unix.Write(to, page[:n])
		},
		consume: func(n int) {
			at += int64(n)
			unix.Seek(fd, at, unix.SEEK_SET)
		},
	}
}

// pipeSource is a pipe. Source: tee(2), splice(2).
func pipeSource(fd int) *source {
	return &source{
		peek: func(to int) (int, error) {
			n, err := unix.Tee(fd, to, os.Getpagesize(), unix.SPLICE_F_NONBLOCK)
			return int(n), err
		},
		consume: func(n int) {
			null, err := unix.Open(os.DevNull, unix.O_WRONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return
			}
			defer unix.Close(null)
			for n > 0 {
				moved, err := unix.Splice(fd, nil, null, nil, n, unix.SPLICE_F_NONBLOCK)
				if err == unix.EINTR {
					continue
				}
				if err != nil || moved <= 0 { // somebody else took it
					return
				}
				n -= int(moved)
			}
		},
	}
}

// socketSource is a socket that carries a stream; nil for others. Source: recv(2), MSG_PEEK.
func socketSource(fd int) *source {
	if kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
		return nil
	}
	page := make([]byte, os.Getpagesize())
	return &source{
		peek: func(to int) (int, error) {
			n, _, err := unix.Recvfrom(fd, page, unix.MSG_PEEK|unix.MSG_DONTWAIT)
			if err != nil || n <= 0 {
				return 0, err
			}
			return unix.Write(to, page[:n])
		},
		consume: func(n int) {
			for n > 0 {
				got, _, err := unix.Recvfrom(fd, page[:min(n, len(page))], unix.MSG_DONTWAIT)
				if err == unix.EINTR {
					continue
				}
				if err != nil || got <= 0 {
					return
				}
				n -= got
			}
		},
	}
}
