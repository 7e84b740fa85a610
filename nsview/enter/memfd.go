package enter

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"

	"bones/procwalk"
	"bones/procwalk/reexec"
)

// sealedCopy is a copy in memory that nobody can write to: what runs inside can be opened from there, and be
// overwritten when it has ended.
func sealedCopy(path string) (*os.File, error) {
	f, err := reexec.SealedCopy(path, "bones-enter")
	if errors.Is(err, reexec.ErrNoMemoryPrograms) {
		return nil, fmt.Errorf("%w: %w, and bones runs from one to be safe from what is inside%s",
			procwalk.ErrUnsupported, reexec.ErrNoMemoryPrograms, errnoName(err))
	}
	return f, err
}

// findBusybox returns the path of a busybox that needs no libraries, or empty.
func findBusybox() string {
	for _, path := range []string{"/bin/busybox", "/usr/bin/busybox", "/usr/local/bin/busybox", "/sbin/busybox",
		"/bin/busybox.static", "/usr/lib/initcpio/busybox"} {
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
