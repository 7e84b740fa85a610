package cgroupview

import (
	"errors"

	"golang.org/x/sys/unix"
)

// reader reads small files of groups into one buffer.
type reader struct {
	buf  []byte
	dirs map[*Group]int // descriptors of directories that are read again soon; nil: none is kept

	held       map[heldKey]*heldFile // files that stay open; nil: none does
	open       int                   // of them, those that are a file
	room       int
	generation int
}

type heldKey struct {
	group *Group
	name  string
}

// heldFile is an open file, or that there is none of its name.
type heldFile struct {
	fd         int
	err        error
	generation int    // in which pass it was read last
	content    []byte // what it was then: a pass reads each file once, some of which take the kernel long
}

// reads notes what a file holds in this pass.
func (f *heldFile) reads(b []byte) []byte {
	f.content = append(f.content[:0], b...)
	return f.content
}

// sweep closes what was not read in a generation, and what there is no room for any more.
func (r *reader) sweep(generation int) {
	for key, f := range r.held {
		if f.generation != generation || f.err == nil && r.open > r.room {
			r.drop(key, f)
		}
	}
}

func (r *reader) drop(key heldKey, f *heldFile) {
	if f.err == nil {
		unix.Close(f.fd)
		r.open--
	}
	delete(r.held, key)
}

// maxAbsent bounds the names that are known not to be there, which take no descriptor.
const maxAbsent = 1 << 16

// keep opens a file to stay open.
func (r *reader) keep(dir int, g *Group, name string) {
	if r.held == nil || r.open >= r.room || len(r.held)-r.open >= maxAbsent {
		return
	}
	f := &heldFile{generation: r.generation}
	f.fd, f.err = unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if f.err == nil || f.err == unix.ENOENT {
		r.held[heldKey{g, name}] = f
	}
	if f.err == nil {
		r.open++
	}
}

// reread reads a file that is open still. A group that was removed answers ENODEV, whoever has its name now.
func (r *reader) reread(g *Group, name string) (b []byte, ok bool, err error) {
	f := r.held[heldKey{g, name}]
	if f == nil {
		return nil, false, nil
	}
	known := f.generation == r.generation && f.content != nil
	f.generation = r.generation
	switch {
	case f.err != nil:
		return nil, true, failed(g, name, f.err)
	case known:
		return f.content, true, nil
	}
	n, err := unix.Pread(f.fd, r.buf, 0)
	// What fits into a page comes with the first read; of a longer file some kernels give less at a time.
	for more := n; err == nil && more > 0 && n >= 4096 && n < len(r.buf); n += more {
		more, err = unix.Pread(f.fd, r.buf[n:], int64(n))
	}
	if err != nil || n == len(r.buf) {
		r.drop(heldKey{g, name}, f)
		return nil, err != nil, failed(g, name, err)
	}
	return f.reads(r.buf[:n]), true, nil
}

func (r *reader) close() {
	for _, fd := range r.dirs {
		unix.Close(fd)
	}
	r.dirs = nil
}

func (r *reader) file(g *Group, name string) ([]byte, error) {
	if g.Hierarchy.past != nil {
		return g.recordedValue(name)
	}
	if b, ok, err := r.reread(g, name); ok {
		return b, err
	}
	fd, kept := r.dirs[g]
	if !kept {
		var err error
		if fd, err = g.openSame(); err != nil {
			return nil, err
		}
		if r.dirs != nil {
			r.dirs[g] = fd
		} else {
			defer unix.Close(fd)
		}
	}
	r.keep(fd, g, name)
	for {
		b, err := readAt(fd, name, r.buf)
		switch {
		case err != nil:
			return nil, failed(g, name, err)
		case len(b) < len(r.buf):
			if f := r.held[heldKey{g, name}]; f != nil && f.err == nil {
				return f.reads(b), nil
			}
			return b, nil
		case len(r.buf) >= maxSampled:
			return nil, failed(g, name, errTooLong)
		}
		r.buf = make([]byte, 2*len(r.buf)) // there may be more: io.stat has a line for each device
	}
}

// maxSampled bounds what is read of one file, in bytes.
const maxSampled = 4 << 20

// errTooLong says that a file holds more than is read of it: a sum of what was read would be too low.
var errTooLong = errors.New("longer than bones reads")
