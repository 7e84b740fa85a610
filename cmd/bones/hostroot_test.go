package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// outsideHost makes a directory that stands for where a pod has the root directory of its node mounted.
func outsideHost(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(root+"/sys/fs", 0o755); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"proc": "/proc", "sys/fs/cgroup": "/sys/fs/cgroup"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestHostRootKeepsTheJournal: what is changed from a pod is taken back from the next one, since the journal is with
// the node; unless somebody else could have written it, or it cannot be written.
func TestHostRootKeepsTheJournal(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Priorities, proctest.Mounts)
	root := outsideHost(t)
	pid := sleeper(t).Process.Pid
	before := niceOf(t, pid)
	run := func(args ...string) (status int, said string) {
		a, out, errs := testApp(t)
		status = a.run(t.Context(), append([]string{"--host-root", root}, args...))
		return status, out.String() + errs.String()
	}
	if status, said := run("tune", strconv.Itoa(pid), "nice=15", "--yes"); status != 0 || niceOf(t, pid) != 15 {
		t.Fatalf("status %d: %s", status, said)
	}
	journal := root + "/var/lib/bones/journal.jsonl"
	if st, err := os.Stat(journal); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("the journal of the host: %v %v", st, err)
	}
	if status, said := run("history"); status != 0 || !strings.Contains(said, "nice=15") {
		t.Errorf("status %d: %s", status, said)
	}
	if status, said := run("undo", "--yes"); status != 0 || niceOf(t, pid) != before {
		t.Errorf("status %d: %s", status, said)
	}

	refused := func(what, want string) {
		t.Helper()
		status, said := run("tune", strconv.Itoa(pid), "nice=16", "--yes")
		if status == 0 || niceOf(t, pid) != before || !strings.Contains(said, want) ||
			!strings.Contains(said, "--journal") {
			t.Errorf("%s: status %d, nice %d: %s", what, status, niceOf(t, pid), said)
		}
	}
	for _, c := range []struct {
		path string
		mode os.FileMode
		uid  int
		want string
	}{
		{root, 0o755, 1234, "belongs to UID 1234"}, {root + "/var", 0o777, 0, "may be written to by other users"},
		{journal, 0o600, 1234, "belongs to UID 1234"},
	} {
		if err := os.Chmod(c.path, c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(c.path, c.uid, 0); err != nil {
			t.Fatal(err)
		}
		refused(c.path, c.want)
		os.Chown(c.path, 0, 0)
		os.Chmod(c.path, map[bool]os.FileMode{true: 0o600, false: 0o755}[c.path == journal])
	}

	if err := os.Mkdir(root+"/man", 0o755); err != nil {
		t.Fatal(err)
	}
	// In a pod the name of the file does not tell which mount is in the way.
	if err := unix.Mount(root, root, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(root, unix.MNT_DETACH) })
	if err := unix.Mount("", root, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	refused("a read-only mount", "the mount on "+root+" is read-only (EROFS)")
	for _, args := range [][]string{{"record"}, {"snapshot", root + "/s"}, {"export", "--textfile", root + "/x.prom"},
		{"man", root + "/man"}} {
		if status, said := run(args...); status == 0 || !strings.Contains(said, "the mount on "+root+" is read-only") ||
			strings.Count(said, "EROFS") != 1 {
			t.Errorf("%q: status %d: %s", args, status, said)
		}
	}
	status, said := run("files", "get", strconv.Itoa(pid), "/etc/hostname", root+"/h")
	if status == 0 || !strings.Contains(said,
		"/etc/hostname: where the copy goes: the file system is mounted read-only") {
		t.Errorf("status %d: %s", status, said)
	}
	// The image of bones has no /tmp.
	for _, args := range [][]string{{"snapshot", root + "/none/s"}, {"export", "--textfile", root + "/none/x.prom"}} {
		if status, said := run(args...); status == 0 || !strings.Contains(said,
			root+"/none: there is no such directory (ENOENT); make it") {
			t.Errorf("%q: status %d: %s", args, status, said)
		}
	}
	if status, said := run("files", "get", strconv.Itoa(pid), "/etc/hostname", root+"/none/"); status == 0 ||
		strings.Contains(said, "no such file") || !strings.Contains(said, "there is no such directory") {
		t.Errorf("status %d: %s", status, said)
	}
}
