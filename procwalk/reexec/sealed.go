package reexec

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// ErrNoMemoryPrograms says that the kernel was told to run no programs from memory (sysctl vm.memfd_noexec is 2,
// since Linux 6.3).
var ErrNoMemoryPrograms = errors.New("this kernel allows no programs in memory (sysctl vm.memfd_noexec is 2)")

// SealedCopy returns a copy of a program in memory, called name, that nobody can write to any more. What runs
// inside of a container can be opened from there through /proc/PID/exe, and be overwritten when it has ended; this
// copy cannot, and it is not the program on our disk. It is run by its path, see Path.
//
// Source: memfd_create(2), F_ADD_SEALS in fcntl(2).
func SealedCopy(path, name string) (*os.File, error) {
	src, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_EXEC)
	if err == unix.EINVAL { // before Linux 6.3 all are executable
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	switch {
	case err == unix.EACCES:
		return nil, fmt.Errorf("%w: %w", ErrNoMemoryPrograms, err)
	case err != nil:
		return nil, fmt.Errorf("a copy of the program in memory: %w", fault.NoCall("memfd_create", "3.17", err))
	}
	f := os.NewFile(uintptr(fd), name)
	if err = CopyProgram(f, src); err == nil {
		err = seal(f)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("a copy of the program in memory: %w", err)
	}
	return f, nil
}

// CopyProgram writes all that is left of a program to a file in memory. The kernel copies it once: by a read and a
// write of each part it is copied twice, and takes half as long again for the 20 MB of bones.
//
// Source: sendfile(2), from a file to a file since Linux 2.6.33.
func CopyProgram(to, from *os.File) error {
	for {
		n, err := unix.Sendfile(int(to.Fd()), int(from.Fd()), nil, 1<<30)
		switch {
		case err == unix.EINTR:
		case err == unix.EINVAL || err == unix.ENOSYS: // a file system that cannot
			_, err = io.Copy(to, from)
			return err
		case err != nil || n == 0:
			return err
		}
	}
}

// sealPatience is how long seal waits for pages that the kernel itself holds. On a busy machine it took more than the
// 150 ms that the kernel waits at each try.
const sealPatience = 10 * time.Second

// seal forbids all changes of a file in memory. The kernel refuses while anybody may still write to one of its pages,
// and takes whoever holds a page for that: one that is on its way through a pipe, or that is being moved.
//
// Source: mm/memfd.c, memfd_wait_for_pins.
func seal(f *os.File) error {
	for deadline := time.Now().Add(sealPatience); ; time.Sleep(5 * time.Millisecond) {
		_, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS,
			unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
		if err != unix.EBUSY || time.Now().After(deadline) {
			return err
		}
	}
}

// Path is where this process, and a child of it before its exec, finds an open file.
func Path(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }
