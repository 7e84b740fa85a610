package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestFilesOfAUser: a user who is not root changes the files that the user's own processes see as by hand. What the
// user makes is the user's; what they cannot give away or reach is refused, and what it would take is said.
func TestFilesOfAUser(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	m := builtBones(t)
	dir := filepath.Join(m.dir, "own")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		c := exec.Command(m.bones, append(args, "--journal", filepath.Join(dir, "journal"))...)
		unprivileged(c)
		out, err := c.CombinedOutput()
		return fmt.Sprint(string(out), c.ProcessState.ExitCode(), err)
	}
	for _, args := range [][]string{{"touch", "self", dir + "/file"}, {"mkdir", "self", dir + "/folder"},
		{"put", "self", "/etc/passwd", dir + "/copy"}, {"put", "self", "/etc/profile.d", dir + "/tree"}} {
		if got := run(append([]string{"files"}, args...)...); got != "0 <nil>" {
			t.Errorf("%q: %s", args, got)
		}
		path := args[len(args)-1]
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil || st.Uid != 65534 || st.Gid != 65534 {
			t.Errorf("%q made something of %d:%d, %v", args, st.Uid, st.Gid, err)
		}
	}
	for _, args := range [][]string{{"touch", "--owner", "0:0", "self", dir + "/new"},
		{"touch", "--owner", "0:0", "self", dir + "/file"}, {"mkdir", "--owner", "0:0", "self", dir + "/new"},
		{"put", "--owner", "0:0", "self", "/etc/passwd", dir + "/new"}} {
		got := run(append([]string{"files"}, args...)...)
		if !strings.Contains(got, "CAP_CHOWN") || !strings.Contains(got, dir) || !strings.Contains(got, "\n4 ") {
			t.Errorf("%q: %s", args, got)
		}
	}
	if _, err := os.Lstat(dir + "/new"); err == nil {
		t.Error("what could not be given to its owner is there")
	}
	for _, args := range [][]string{{"touch", "self", "/etc/none"}, {"cat", "self", "/etc/shadow"}} {
		if got := run(append([]string{"files"}, args...)...); !strings.Contains(got, args[2]+": ") ||
			!strings.Contains(got, "EACCES") || !strings.Contains(got, "\n4 ") {
			t.Errorf("%q: %s", args, got)
		}
	}
}
