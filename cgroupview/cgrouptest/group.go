// Package cgrouptest makes control groups of this kernel for tests, and removes them.
package cgrouptest

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// Make makes a group of the test's own below the root of a hierarchy that is mounted at mount, and returns its path
// there. At the end of the test the group is removed, once the kernel has let go of its processes. Where no group can
// be made the test is skipped.
func Make(t testing.TB, mount string) (path string) {
	t.Helper()
	path = "/bones-test-" + strconv.Itoa(os.Getpid())
	dir := filepath.Join(mount, path)
	if err := os.Mkdir(dir, 0o755); err != nil {
		proctest.Missing(t, "no control group can be made here: %v", err)
	}
	t.Cleanup(func() { Remove(t, dir) })
	return path
}

// Remove removes a group, which may be gone. The processes in it have ended or are about to.
func Remove(t testing.TB, dir string) {
	t.Helper()
	for deadline := proctest.Deadline(); ; time.Sleep(5 * time.Millisecond) {
		err := os.Remove(dir)
		if err == nil || errors.Is(err, os.ErrNotExist) {
			return
		}
		if !errors.Is(err, unix.EBUSY) || time.Now().After(deadline) {
			t.Error(err)
			return
		}
	}
}

// Value returns what a file of a group holds.
func Value(t testing.TB, dir, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}
