package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrDamaged says that what is read was not written by this package, or was changed since.
var ErrDamaged = errors.New("it is damaged, or no recording")

// ErrTooLarge says that what is read would take more memory than the reader was allowed.
var ErrTooLarge = errors.New("it would take more memory than is allowed for one moment")

// reader takes values off a slice of bytes. The first error stays; after it everything is zero.
type reader struct {
	b      []byte
	err    error
	budget int // bytes of memory that may still be made for what is read
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail(ErrDamaged)
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

// bytes returns the next n, which the caller does not keep.
func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail(ErrDamaged)
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail(ErrDamaged)
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail(ErrDamaged)
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) float() float64 {
	b := r.bytes(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// length reads how many of something follow, each of which takes at least so many bytes.
func (r *reader) length(each int) int {
	v := r.uvarint()
	if v > uint64(len(r.b)/max(each, 1)) {
		r.fail(ErrDamaged)
		return 0
	}
	return int(v)
}

func (r *reader) small(limit uint64) int {
	v := r.uvarint()
	if v > limit {
		r.fail(ErrDamaged)
		return 0
	}
	return int(v)
}

// room asks for memory for n values of a size.
func (r *reader) room(n int, size uintptr) bool {
	if size > 0 && n > r.budget/int(size) {
		r.fail(fmt.Errorf("%w (%d values of %d bytes more)", ErrTooLarge, n, size))
		return false
	}
	r.budget -= n * int(size)
	return true
}
