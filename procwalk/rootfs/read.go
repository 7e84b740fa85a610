package rootfs

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

func selfFD(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// Read opens a regular file for reading. It is looked at before it is opened: opening a FIFO waits, opening a device
// can do anything, and a lease waits for whoever holds it.
func (r *Root) Read(path string) (io.ReadCloser, Info, error) {
	if r.where == ProcDir && base(path) == "mem" {
		// Of what a device has mapped a read is felt by the device.
		return nil, Info{}, fmt.Errorf("%q is the memory of the process: %w", base(path), ErrSpecial)
	}
	f, i, err := r.regular(path, unix.O_RDONLY)
	if err != nil {
		return nil, i, err
	}
	return f, i, nil
}

// regular opens a regular file that is there.
func (r *Root) regular(path string, flags int) (*os.File, Info, error) {
	fd, err := r.open(path, 0)
	if err != nil {
		return nil, Info{}, explain(path, err)
	}
	defer unix.Close(fd)
	i, err := r.info(fd, base(path))
	if err != nil {
		return nil, i, err
	}
	switch i.Kind {
	case Regular:
	case Directory:
		return nil, i, explain(path, unix.EISDIR)
	default:
		return nil, i, fmt.Errorf("%q is a %s: %w", i.Name, i.Kind, ErrSpecial)
	}
	real, err := unix.Open(selfFD(fd), flags|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, i, explain(path, err)
	}
	return os.NewFile(uintptr(real), "file"), i, nil
}
