package record

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDirOf: beside a proc file system that is mounted elsewhere, as in a pod, lies what its host has recorded.
func TestDirOf(t *testing.T) {
	root := t.TempDir()
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
