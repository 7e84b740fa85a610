package cgroupview

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAbsentTakesNoRoom: that a group has no file of a name is known without a descriptor, so it leaves the room to
// files that are there. What there is no room for any more is closed.
func TestAbsentTakesNoRoom(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	p := (&FileSystem{}).Keep(2)
	defer p.Close()
	r, g := &p.reader, &Group{Hierarchy: &Hierarchy{}}
	held := func() (n int) {
		for _, f := range r.held {
			if f.err == nil {
				n++
			}
		}
		return n
	}
	for _, name := range []string{"absent", "missing", "gone", "a", "b", "c"} {
		r.keep(fd, g, name)
	}
	if held() != 2 {
		t.Errorf("%d files stay open, want 2", held())
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	read := func() {
		for _, name := range []string{"a", "b"} {
			if _, _, err := r.reread(g, name); err != nil {
				t.Error(err)
			}
		}
	}
	read()
	p.Beside(int(min(limit.Cur, 1<<30)) - 1)
	p.Next()
	if held() != 1 {
		t.Errorf("%d files stay open where others leave one descriptor", held())
	}
	read()
	p.Beside(int(min(limit.Cur, 1<<30)) + 5)
	p.Next()
	if held() != 0 {
		t.Errorf("%d files stay open where others leave none", held())
	}
	p.Beside(0)
	r.keep(fd, g, "c")
	if held() != 1 {
		t.Error("there is room again, and no file stays open")
	}
}
