// Package kmsg reads the kernel's log, and finds in it what the kernel says when it kills a process because memory ran
// out: who was killed, for which limit, and who had asked for memory.
package kmsg

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// Path is where the kernel's log is.
const Path = "/dev/kmsg"

// Record is one line of the log that the kernel itself has written.
type Record struct {
	Seq   uint64        // its number: each record has the next one
	Since time.Duration // since boot by the kernel's own clock, about CLOCK_MONOTONIC
	Text  string        // bytes that are no printable ASCII are escaped by the kernel as \xNN
}

// ErrLost says that records were overwritten before they were read.
var ErrLost = errors.New("lines of the kernel's log were overwritten before bones could read them")

// Reader reads the log from its beginning, or only what comes. It is for one goroutine, but for Close.
//
// Source: Documentation/ABI/testing/dev-kmsg, since Linux 3.5.
type Reader struct {
	file   *os.File
	buffer [8192]byte
}

// Open opens the log. Without history, what is in it already is passed over. It takes CAP_SYSLOG where
// kernel.dmesg_restrict is set.
func Open(path string, history bool) (*Reader, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		e := &fault.Error{Kind: fault.Broken, What: "the kernel's log, " + path, Err: err}
		switch err {
		case unix.EPERM, unix.EACCES:
			e.Kind, e.Hint = fault.NotPermitted, "needs root, and CAP_SYSLOG"
		case unix.ENOENT:
			e.Kind, e.Hint = fault.Unsupported, "a container has it only if it is privileged or is given the device"
		}
		return nil, e
	}
	r := &Reader{file: os.NewFile(uintptr(fd), path)}
	if !history {
		if _, err := unix.Seek(fd, 0, unix.SEEK_END); err != nil {
			r.file.Close()
			return nil, &fault.Error{Kind: fault.Broken, What: "the kernel's log, " + path, Err: err}
		}
	}
	return r, nil
}

// Close ends it; a Read that waits ends with os.ErrClosed.
func (r *Reader) Close() error { return r.file.Close() }

// Next returns the next record, waits is whether it waits for one that is not there yet; else the error is
// unix.EAGAIN. After ErrLost it goes on with the oldest that is left. Lines that a program has put into the log are
// passed over: any process of root's can write there whatever it likes.
func (r *Reader) Next(waits bool) (Record, error) {
	raw, err := r.file.SyscallConn()
	if err != nil {
		return Record{}, err
	}
	for {
		var n int
		var failure error
		err := raw.Read(func(fd uintptr) bool {
			n, failure = unix.Read(int(fd), r.buffer[:])
			return failure != unix.EAGAIN || !waits
		})
		switch {
		case err != nil: // it says so by an error of its own
			return Record{}, os.ErrClosed
		case failure == unix.EPIPE:
			return Record{}, ErrLost
		case failure == unix.EINTR:
			continue
		case failure != nil:
			return Record{}, failure
		case n == 0:
			return Record{}, unix.EAGAIN
		}
		if rec, ok := Parse(string(r.buffer[:n])); ok {
			return rec, nil
		}
	}
}

// Parse reads one record: "6,2273,23596856798,-;text". It reports false for what the kernel has not written itself.
func Parse(s string) (r Record, ok bool) {
	head, body, ok := strings.Cut(s, ";")
	if !ok {
		return r, false
	}
	first, head, _ := strings.Cut(head, ",")
	prefix, err := strconv.ParseUint(first, 10, 32)
	if err != nil || prefix>>3 != 0 { // the facility of what programs write is never that of the kernel, 0
		return r, false
	}
	second, head, _ := strings.Cut(head, ",")
	third, _, _ := strings.Cut(head, ",")
	seq, err := strconv.ParseUint(second, 10, 64)
	micro, err2 := strconv.ParseInt(third, 10, 64)
	if err != nil || err2 != nil || micro < 0 || micro > 1<<53 {
		return r, false
	}
	body, _, _ = strings.Cut(body, "\n") // what follows are its tags
	return Record{Seq: seq, Since: time.Duration(micro) * time.Microsecond, Text: body}, true
}
