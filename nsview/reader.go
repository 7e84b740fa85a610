package nsview

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"bones/procwalk"
	"bones/procwalk/bounded"
	"bones/procwalk/crash"
	"bones/procwalk/fields"

	"golang.org/x/sys/unix"
)

// Reader looks closer at what a process table told: it opens namespaces, asks the kernel about them, and searches for
// those that no process is in. It reads only. All reads are bounded, and what may hang is left behind after a while.
type Reader struct {
	root   string
	rootfd int
	self   int    // our own PID in this /proc, 0 if unknown: our own descriptors hold nothing of interest
	live   bool   // it is a real /proc, not a recording of one
	nsfs   device // of the namespaces' own file system
}

// NewReader returns a Reader over the proc file system mounted at root.
func NewReader(root string) (*Reader, error) {
	fd, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("reading namespaces: %s: %w", root, err)
	}
	r := &Reader{root: root, rootfd: fd}
	var fs unix.Statfs_t
	r.live = unix.Fstatfs(fd, &fs) == nil && fs.Type == unix.PROC_SUPER_MAGIC
	if r.live {
		// Every process has a user namespace, whatever the kernel was built with; a kernel built without them has net.
		for _, name := range []string{"user", "net"} {
			if dev, err := deviceOf(fd, "self/ns/"+name, 0); err == nil && r.nsfs == (device{}) {
				r.nsfs = dev
			}
		}
		if link, err := readlinkAt(fd, "self"); err == nil {
			r.self, _ = strconv.Atoi(string(link))
		}
	}
	return r, nil
}

// Close gives back the Reader's descriptor.
func (r *Reader) Close() error { return unix.Close(r.rootfd) }

// Self returns our own PID as this /proc numbers it, 0 if it is another machine's.
func (r *Reader) Self() int { return r.self }

// Live reports whether it reads a proc file system, and not a copy of one: only then namespaces can be opened.
func (r *Reader) Live() bool { return r.live }

// patience is how long one step may take that can hang in somebody else's file system.
const patience = 500 * time.Millisecond

// within runs f on another goroutine and waits for it no longer than d. What f returns too late goes to drop.
func within[T any](ctx context.Context, d time.Duration, f func() (T, error), drop func(T)) (T, error) {
	return progressing(ctx, d, func(func()) (T, error) { return f() }, drop)
}

// progressing runs f on another goroutine and waits for it as long as it calls step at least once in each d: what is
// much takes long, and only what hangs is left behind. What f returns too late goes to drop.
func progressing[T any](ctx context.Context, d time.Duration, f func(step func()) (T, error), drop func(T)) (T,
	error) {
	type result struct {
		value T
		err   error
	}
	results := make(chan result)
	left := make(chan struct{})
	var steps atomic.Int64
	crash.Go(func() {
		v, err := f(func() { steps.Add(1) })
		select {
		case results <- result{v, err}:
		case <-left:
			if err == nil && drop != nil {
				drop(v)
			}
		}
	})
	tick := time.NewTicker(d)
	defer tick.Stop()
	var zero T
	for before := int64(0); ; {
		select {
		case r := <-results:
			return r.value, r.err
		case <-tick.C:
			if now := steps.Load(); now > before {
				before = now
				continue
			}
			close(left)
			return zero, ErrDeadline
		case <-ctx.Done():
			close(left)
			return zero, ctx.Err()
		}
	}
}

func closeFD(fd int) { unix.Close(fd) }

// openProcess returns an O_PATH descriptor of the directory of exactly this process.
func (r *Reader) openProcess(id procwalk.ID) (int, error) {
	dir, err := openAt(r.rootfd, strconv.Itoa(id.PID), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		if gone(err) {
			err = procwalk.ErrGone
		}
		return -1, err
	}
	start, err := startTime(dir)
	if err == nil && start != id.Start {
		err = procwalk.ErrGone
	}
	if err != nil {
		unix.Close(dir)
		return -1, err
	}
	return dir, nil
}

// startTime reads when the process started whose directory dir is.
func startTime(dir int) (uint64, error) {
	b, err := readFileAt(dir, "stat", 4<<10)
	if err != nil {
		if gone(err) {
			err = procwalk.ErrGone
		}
		return 0, err
	}
	var s procwalk.Stat
	err = procwalk.ParseStat(b, &s)
	return s.StartTime, err
}

func openAt(dir int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// readFileAt reads a file below dir. One that is longer than limit bytes is an error.
func readFileAt(dir int, name string, limit int64) ([]byte, error) {
	fd, err := openAt(dir, name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	b, err := bounded.ReadAll(bounded.FD(fd), limit)
	if errors.Is(err, bounded.ErrTooLong) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return b, err
}

// readBeginningAt reads a file below dir, at most limit bytes of it.
func readBeginningAt(dir int, name string, limit int64) ([]byte, error) {
	b, err := readFileAt(dir, name, limit)
	if errors.Is(err, bounded.ErrTooLong) {
		err = nil
	}
	return b, err
}

func readlinkAt(dir int, name string) ([]byte, error) {
	b := make([]byte, 4<<10)
	n, err := unix.Readlinkat(dir, name, b)
	if err != nil {
		return nil, err
	}
	return b[:n], nil
}

// listNumbers returns the names below dir/name that are decimal numbers.
func listNumbers(dir int, name string) ([]int, error) {
	fd, err := openAt(dir, name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var numbers []int
	buf := make([]byte, 8<<10)
	var names []string
	for {
		n, err := unix.Getdents(fd, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return numbers, err
		}
		if n == 0 {
			return numbers, nil
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names[:0])
		for _, name := range names {
			if i, err := strconv.Atoi(name); err == nil && i >= 0 {
				numbers = append(numbers, i)
			}
		}
	}
}

// TypeOf finds a type of namespace by its name, which is that of its link below /proc/PID/ns.
func TypeOf(name string) (procwalk.NSType, bool) {
	for t := range procwalk.NSTypes {
		if t.String() == name {
			return t, true
		}
	}
	return -1, false
}

// ParseLink reads what a link to a namespace says, such as "mnt:[4026531841]".
func ParseLink(link string) (Key, bool) {
	kind, inode, ok := fields.InodeLink([]byte(link))
	t, known := TypeOf(string(kind))
	if !ok || !known || inode == 0 {
		return Key{}, false
	}
	return Key{t, inode}, true
}
