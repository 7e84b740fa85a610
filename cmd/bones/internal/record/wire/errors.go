package wire

import (
	"encoding/binary"
	"errors"
	"io/fs"

	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// An error is written as its kind (0: of none), the kernel's number for it (0: none), the number of the well-known
// error that it is, plus one (0: of none), and its words. What is read again answers errors.Is as the first did.

// recorded is an error that was written down.
type recorded struct {
	words string
	kind  fault.Kind
	errno unix.Errno
	known error
}

// Error gives the words of the error that was written down.
func (e *recorded) Error() string { return e.words }

// Is reports what the error was.
func (e *recorded) Is(target error) bool {
	switch t := target.(type) {
	case fault.Kind:
		return e.kind == t
	case unix.Errno:
		return e.errno == t
	}
	if e.known != nil && target == e.known {
		return true
	}
	return e.kind == fault.NotPermitted && target == fs.ErrPermission || e.errno != 0 && errors.Is(e.errno, target)
}

// As gives the kernel's number.
func (e *recorded) As(target any) bool {
	n, ok := target.(*unix.Errno)
	if ok && e.errno != 0 {
		*n = e.errno
	}
	return ok && e.errno != 0
}

func (e *encoder) appendError(b []byte, err error) []byte {
	kind := fault.Kind(0)
	for k := fault.Broken; k <= fault.Unsupported; k++ {
		if errors.Is(err, k) {
			kind = k
		}
	}
	var errno unix.Errno
	errors.As(err, &errno)
	known := 0
	for i, k := range e.known {
		if errors.Is(err, k) {
			known = i + 1
			break
		}
	}
	b = append(b, byte(kind))
	b = binary.AppendUvarint(b, uint64(errno))
	b = binary.AppendUvarint(b, uint64(known))
	return e.appendText(b, err.Error())
}

func (d *decoder) readError() error {
	e := &recorded{kind: fault.Kind(d.r.byte()), errno: unix.Errno(d.r.small(4096))}
	if n := d.r.small(1 << 20); n > 0 && n <= len(d.known) {
		e.known = d.known[n-1]
	}
	e.words = text.Line(d.text()) // an error's words are bones' own, and are shown as they are: these are anybody's
	if !d.r.room(1, 64) {
		return nil
	}
	if e.known != nil && e.words == e.known.Error() {
		return e.known
	}
	return e
}
