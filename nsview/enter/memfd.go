package enter

import (
	"debug/elf"
	"fmt"
	"io"
	"os"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// sealedCopy returns a copy of a program in memory that nobody can write to any more. What runs inside of a container
// can be opened from there through /proc/PID/exe, and be overwritten when it has ended; this copy cannot, and it is
// not the program on our disk.
//
// Source: memfd_create(2), F_ADD_SEALS in fcntl(2).
func sealedCopy(path string) (*os.File, error) {
	src, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	fd, err := unix.MemfdCreate("bones-enter", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_EXEC)
	if err == unix.EINVAL { // before Linux 6.3 all are executable
		fd, err = unix.MemfdCreate("bones-enter", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		if err == unix.EACCES || err == unix.EPERM {
			return nil, fmt.Errorf("%w: this kernel allows no programs in memory (sysctl vm.memfd_noexec is 2), and bones runs from one to be safe from what is inside%s", procwalk.ErrUnsupported, errnoName(err))
		}
		return nil, fmt.Errorf("a copy of the program in memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), "bones-enter")
	if _, err = io.Copy(f, src); err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("a copy of the program in memory: %w", err)
	}
	return f, nil
}

// findBusybox returns the path of a busybox that needs no libraries, or empty.
func findBusybox() string {
	for _, path := range []string{"/bin/busybox", "/usr/bin/busybox", "/usr/local/bin/busybox", "/sbin/busybox", "/bin/busybox.static", "/usr/lib/initcpio/busybox"} {
		if static(path) {
			return path
		}
	}
	return ""
}

// static reports whether the program needs no interpreter.
func static(path string) bool {
	if s, err := os.Stat(path); err != nil || !s.Mode().IsRegular() {
		return false
	}
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return false
		}
	}
	return true
}
