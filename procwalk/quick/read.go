package quick

import "golang.org/x/sys/unix"

// Read reads a file that answers at once into buf, which grows up to limit bytes and one more. A file of /proc gives
// all of itself to one read that is large enough. It returns how much was read: more than limit if the file is longer.
// An error is an errno.
func Read(dirfd int, name Name, buf *[]byte, limit int) (int, error) {
	fd, err := Open(dirfd, name, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return 0, err
	}
	defer Close(fd)
	return read(fd, buf, limit, Pread)
}

// ReadWaiting is Read for a file that has to wait for a lock that others can hold for long, as /proc/PID/cgroup does
// for that of all control groups. Go's scheduler is told of it, and lets the rest of the program run meanwhile, also
// where that has one processor alone.
//
// Source: kernel/cgroup/cgroup.c, proc_cgroup_show takes cgroup_mutex.
func ReadWaiting(dirfd int, name Name, buf *[]byte, limit int) (int, error) {
	fd, err := openWaiting(dirfd, name, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return 0, err
	}
	defer Close(fd)
	return read(fd, buf, limit, preadWaiting)
}

func read(fd int, buf *[]byte, limit int, pread func(int, []byte, int64) (int, error)) (int, error) {
	for n := 0; ; {
		m, err := pread(fd, (*buf)[n:], int64(n))
		n += m
		if err != nil || m == 0 || n < len(*buf) || n > limit {
			return n, err
		}
		*buf = append(*buf, make([]byte, min(3*n, max(limit+1-n, 1)))...)
	}
}
