package rootfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestMkdirTakesNobodysDirectory: what somebody has put in place of the directory that was just made is left alone,
// also where its permissions would fit.
func TestMkdirTakesNobodysDirectory(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Users)
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open("/proc", procwalk.ID{PID: os.Getpid(), Start: start})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	top := proctest.TempDir(t)
	dir, err := unix.Open(top, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(dir)
	for _, c := range []struct {
		name  string
		owner int
		group int
		mode  os.FileMode
		want  error
	}{
		{"ours", 0, 0, 0o755, nil}, {"of the directory's group", 0, 4242, 0o755 | os.ModeSetgid, nil},
		{"less by an ACL", 0, 0, 0o750, nil}, {"of somebody", 4242, 4242, 0o755, ErrMoved},
		{"private of somebody", 4242, 4242, 0o700, ErrMoved}, {"wider", 0, 0, 0o777, ErrMoved},
	} {
		path := filepath.Join(top, c.name)
		if err := errors.Join(os.Mkdir(path, 0o700), os.Chown(path, c.owner, c.group), os.Chmod(path, c.mode)); err != nil {
			t.Fatal(err)
		}
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.justMade(dir, fd, c.name, 0o755); !errors.Is(err, c.want) || err == nil != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		unix.Close(fd)
	}
}
