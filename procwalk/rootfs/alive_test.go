package rootfs

import (
	"errors"
	"os"
	"testing"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// TestAliveTellsWhy: what keeps bones from asking whether a process still has its root is no end of that process.
func TestAliveTellsWhy(t *testing.T) {
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open("/proc", procwalk.ID{PID: os.Getpid(), Start: start})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	asked := r.folder
	defer func() { r.folder = asked }()
	if r.folder, err = procwalk.OpenFolder("/proc", procwalk.ID{PID: os.Getpid(), Start: start}); err != nil {
		t.Fatal(err)
	}
	r.folder.Close() // the kernel knows no such descriptor
	if err := r.alive(); !errors.Is(err, unix.EBADF) || errors.Is(err, ErrGone) {
		t.Errorf("%v", err)
	}
}
