package proctest

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// tmpfsMagic is what statfs says of a file system in memory.
//
// Source: include/uapi/linux/magic.h, TMPFS_MAGIC.
const tmpfsMagic = 0x01021994

// TempDir is testing's TempDir in memory, where the machine has a place for it: a tree of thousands of small files
// takes a disk twenty times as long as the test. Nothing in there can be executed on some machines.
func TempDir(t testing.TB) string {
	t.Helper()
	var fs unix.Statfs_t
	if unix.Statfs("/dev/shm", &fs) != nil || fs.Type != tmpfsMagic || fs.Bavail*uint64(fs.Bsize) < 1<<30 {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "bones-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("what the test made in memory is left behind: %v", err)
		}
	})
	return dir
}
