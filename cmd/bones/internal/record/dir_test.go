package record

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/proctest"
)

// TestDirOf: beside a proc file system that is mounted elsewhere, as in a pod, lies what its host has recorded.
func TestDirOf(t *testing.T) {
	root := proctest.TempDir(t)
	own, err := DefaultDir("")
	if err != nil {
		t.Skip("there is no state directory: ", err)
	}
	there := filepath.Join(root, "var/lib/bones/recording")
	for _, c := range []struct {
		proc, want string
		made       bool
	}{{"/proc", own, false}, {"/proc/", own, false}, {root + "/proc", own, false}, {root + "/proc", there, true},
		{"/proc", own, true}} {
		if c.made {
			if err := os.MkdirAll(there, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if dir, err := DirOf(c.proc); err != nil || dir != c.want {
			t.Errorf("%s: %s %v, want %s", c.proc, dir, err, c.want)
		}
	}
}

// TestDirOfAnother: what another user can write is no recording of the host that nobody has named.
func TestDirOfAnother(t *testing.T) {
	proctest.Need(t, proctest.Root)
	root := proctest.TempDir(t)
	there := filepath.Join(root, "var/lib/bones/recording")
	if err := os.MkdirAll(there, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"var", "var/lib/bones", "var/lib/bones/recording"} {
		path := filepath.Join(root, part)
		for mode, uid := range map[os.FileMode]int{0o755: 65534, 0o777: 0} {
			if err := errors.Join(os.Chown(path, uid, uid), os.Chmod(path, mode)); err != nil {
				t.Fatal(err)
			}
			if dir, err := DirOf(root + "/proc"); !errors.Is(err, ours.ErrForeign) {
				t.Errorf("%s of UID %d with %v: %s %v", part, uid, mode, dir, err)
			}
		}
		if err := errors.Join(os.Chown(path, 0, 0), os.Chmod(path, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := DirOf(root + "/proc"); err != nil {
		t.Error(err)
	}
}
