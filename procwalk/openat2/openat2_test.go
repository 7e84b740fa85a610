package openat2

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

func openDir(t *testing.T, name string) int {
	t.Helper()
	dir, err := unix.Open(name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(dir) })
	return dir
}

func TestOpen(t *testing.T) {
	dir := openDir(t, "/proc/self")
	fd, err := Open(dir, "status", unix.O_RDONLY, unix.RESOLVE_BENEATH)
	if err == unix.ENOSYS || err == unix.EPERM {
		t.Skip("no openat2: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("flags %x, %v: programs that are started get it", flags, err)
	}
	for path, want := range map[string]error{"../version": unix.EXDEV, "nothing": unix.ENOENT, "exe": unix.ELOOP} {
		if fd, err := Open(dir, path, unix.O_PATH, unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS); err != want {
			t.Errorf("%s: descriptor %d, %v, want %v", path, fd, err, want)
		}
	}
}

// TestOpenWhileRenamed: directories that are moved on the way up do not matter.
func TestOpenWhileRenamed(t *testing.T) {
	top := t.TempDir()
	for _, name := range []string{"a/b", "other"} {
		if err := os.MkdirAll(filepath.Join(top, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	dir := openDir(t, top)
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			os.Rename(filepath.Join(top, "other"), filepath.Join(top, "another"))
			os.Rename(filepath.Join(top, "another"), filepath.Join(top, "other"))
		}
	}()
	defer func() { stop.Store(true); <-done }()
	path := "a/b" + strings.Repeat("/../b", 200)
	for range 2000 {
		fd, err := Open(dir, path, unix.O_PATH, unix.RESOLVE_BENEATH)
		if err == unix.ENOSYS || err == unix.EPERM {
			t.Skip("no openat2: ", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
	}
}

// TestMissing: what a kernel before Linux 5.6 answers is not the answer about a file.
func TestMissing(t *testing.T) {
	if err := Missing(unix.ENOSYS); fault.Of(err) != fault.Unsupported || !strings.Contains(err.Error(), "Linux 5.6") {
		t.Errorf("an older kernel: %v", err)
	}
	for _, errno := range []error{nil, unix.ENOENT, unix.EPERM} { // nobody refuses openat2 itself here
		if err := Missing(errno); err != errno {
			t.Errorf("%v became %v", errno, err)
		}
	}
}
