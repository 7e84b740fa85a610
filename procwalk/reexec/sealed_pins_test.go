package reexec

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSealWaitsForPages: a page that somebody holds for longer than the kernel waits does not make entering fail.
func TestSealWaitsForPages(t *testing.T) {
	fd, err := unix.MemfdCreate("held", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "held")
	defer f.Close()
	page := make([]byte, os.Getpagesize())
	if _, err := f.Write(page); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	var from int64
	if n, err := unix.Splice(fd, &from, int(w.Fd()), nil, len(page), 0); err != nil || n != int64(len(page)) {
		t.Skipf("splice moved %d bytes: %v", n, err)
	}
	time.AfterFunc(700*time.Millisecond, func() { r.Read(page) }) // it gives the page back
	if err := seal(f); err != nil {
		t.Fatalf("it is not sealed: %v", err)
	}
	if _, err := f.WriteAt([]byte("x"), 0); err != unix.EPERM && !os.IsPermission(err) {
		t.Errorf("it can be written to: %v", err)
	}
}
