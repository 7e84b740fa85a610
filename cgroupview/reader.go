package cgroupview

import (
	"errors"

	"golang.org/x/sys/unix"
)

// reader reads small files of groups into one buffer.
type reader struct {
	buf  []byte
	dirs map[*Group]int // descriptors of directories that are read again soon; nil: none is kept

	held map[heldKey]*heldFile // files that stay open; nil: none does
	// how many of them take a descriptor, how many may; the number of this pass
	open, room, generation int
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

// keep opens a file to stay open. That there is none of a name is kept, too, and takes no descriptor.
func (r *reader) keep(dir int, g *Group, name string) {
	if r.held == nil || r.open >= r.room || len(r.held)-r.open >= 4*maxHeld {
		return
	}
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	switch err {
	case nil:
		r.open++
		fallthrough
	case unix.ENOENT:
		r.held[heldKey{g, name}] = &heldFile{fd: fd, err: err, generation: r.generation}
	}
}

// reread reads a file that is open still. A group that was removed answers ENODEV, whoever has its name now.
func (r *reader) reread(g *Group, name string) (b []byte, ok bool, err error) {
	f := r.held[heldKey{g, name}]
	if f == nil {
		return nil, false, nil
	}
	if f.generation == r.generation && f.content != nil {
		return f.content, true, nil
	}
	if f.generation = r.generation; f.err != nil {
		return nil, true, failed(g, name, f.err)
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
	f.content = append(f.content[:0], r.buf[:n]...)
	return f.content, true, nil
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
			if f := r.held[heldKey{g, name}]; f != nil {
				f.content = append(f.content, b...)
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
