package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// TestStorage: an overlay as / in a mount namespace of the test's own; what df and du say is what bones says.
func TestStorage(t *testing.T) {
	proctest.Need(t, proctest.Root)
	proctest.NeedPrograms(t, "unshare", "du", "chroot")
	dir := proctest.TempDir(t)
	upper, lower := filepath.Join(dir, "upper"), filepath.Join(dir, "lower")
	for _, d := range []string{upper, lower, filepath.Join(dir, "work"), filepath.Join(dir, "root")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(upper, "file"), make([]byte, 300<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(upper, "file"), filepath.Join(upper, "other")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(upper, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	// No program is needed inside: the shell has its root changed by pivot_root and waits on its own.
	script := `mount -t overlay overlay -o lowerdir="$1/lower",upperdir="$1/upper",workdir="$1/work" "$1/root" || exit 9
mkdir "$1/root/old"; cd "$1/root"; pivot_root . old || exit 9; echo ready; read line`
	c := exec.Command("unshare", "--mount", "sh", "-c", script, "sh", dir)
	in, _ := c.StdinPipe()
	said, _ := c.StdoutPipe()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); c.Wait() })
	if n, err := said.Read(make([]byte, 100)); n == 0 || err != nil {
		proctest.Missing(t, "an overlay cannot be mounted here: %v", err)
		return
	}
	du, err := exec.Command("du", "-sxB1", upper).Output()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := strconv.ParseUint(strings.Fields(string(du))[0], 10, 64)
	a, out, errOut := testApp(t)
	pid := strconv.Itoa(c.Process.Pid)
	if status := a.run(context.Background(), []string{"storage", pid, "--size", "--json"}); status != 0 {
		t.Fatalf("status %d: %s", status, errOut)
	}
	var s struct {
		Mounts []struct {
			Kind, FSType string
			Size         *uint64 `json:"size_bytes"`
		}
		Layer *struct {
			Bytes *uint64 `json:"size_bytes"`
		} `json:"writable_layer"`
	}
	if err := json.Unmarshal(out.Bytes(), &s); err != nil || s.Layer == nil || s.Layer.Bytes == nil {
		t.Fatalf("%v: %s", err, out)
	}
	if *s.Layer.Bytes != want {
		t.Errorf("the writable layer takes %d bytes, du says %d", *s.Layer.Bytes, want)
	}
	found := false
	for _, m := range s.Mounts {
		found = found || m.Kind == "root" && m.FSType == "overlay" && m.Size != nil && *m.Size > 0
	}
	if !found {
		t.Errorf("the root is not among the mounts: %s", out)
	}
	a, out, errOut = testApp(t)
	if status := a.run(context.Background(), []string{"storage", pid, "--all"}); status != 0 ||
		!strings.Contains(out.String(), "--size measures it") {
		t.Errorf("status %d: %s%s", status, out, errOut)
	}
}

// TestDiff: the status says whether two differ, names of variables are told and values never.
func TestDiff(t *testing.T) {
	one, other := exec.Command("sleep", "1000"), exec.Command("sleep", "1000")
	one.Env, other.Env = []string{"SAME=1", "ONLY_HERE=hush"}, []string{"SAME=2"}
	for _, c := range []*exec.Cmd{one, other} {
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	}
	a, b := strconv.Itoa(one.Process.Pid), strconv.Itoa(other.Process.Pid)
	for _, step := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"diff", a, a}, 0, "no differences"},
		{[]string{"diff", a, a, "--all"}, 0, "ONLY_HERE"},
		{[]string{"diff", a, b}, 1, "ONLY_HERE"},
		{[]string{"diff", a, b, "--json"}, 1, `"name": "ONLY_HERE"`},
		{[]string{"diff", a}, exitUsage, ""},
		{[]string{"diff", a, "--from", "/dev/null"}, exitUsage, ""}, // 1 would say that they differ
		{[]string{"diff", a, b, "--from", "/no/such/file"}, exitUsage, ""},
		{[]string{"health", "--check", "--from", "/no/such/file"}, 3, ""}, // of a plugin that could not look
		{[]string{"health", "--check", "--at", "03:00"}, 3, ""},
		{[]string{"health", "--from", "/no/such/file"}, exitFailed, ""},
		{[]string{"diff", a, "999999999"}, exitNoTarget, ""},
	} {
		p, out, errOut := testApp(t)
		if status := p.run(context.Background(), step.args); status != step.status ||
			!strings.Contains(out.String(), step.want) || strings.Contains(out.String(), "hush") {
			t.Errorf("%q: status %d: %s%s", step.args, status, out, errOut)
		}
	}
}
