package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"bones/procwalk/proctest"
)

// TestKillAllReadsNoTable: of a named group only bones itself, what it was started from, and PID 1 are looked at. With
// a table that a fork bomb has filled anything else comes too late.
func TestKillAllReadsNoTable(t *testing.T) {
	needPrograms(t, "strace")
	proctest.Need(t, proctest.Cgroups)
	root := "/sys/fs/cgroup/freezer"
	if _, err := os.Stat(root + "/cgroup.procs"); err != nil {
		root = "/sys/fs/cgroup"
	}
	name := fmt.Sprintf("bones-test-table-%d", os.Getpid())
	dir := filepath.Join(root, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	var victims []*exec.Cmd
	for range 50 {
		c := exec.Command("sleep", "1000")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			c.Process.Kill()
			c.Wait()
		})
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(c.Process.Pid)), 0); err != nil {
			t.Fatal(err)
		}
		victims = append(victims, c)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	c := exec.Command("strace", "-f", "-qq", "-e", "trace=open,openat,openat2,getdents64", "-o", trace,
		builtBones(t).bones, "--journal", filepath.Join(t.TempDir(), "journal"), "kill", "--all", "--yes", "cgroup:/"+name)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{}
	for _, m := range regexp.MustCompile(`"(?:/proc/)?([0-9]+)(?:/[^"]*)?"`).FindAllSubmatch(b, -1) {
		read[string(m[1])] = true
	}
	for _, v := range victims {
		if read[strconv.Itoa(v.Process.Pid)] {
			t.Errorf("PID %d, which was killed, was looked at", v.Process.Pid)
		}
		if err := v.Wait(); err == nil {
			t.Error("a process was not killed")
		}
	}
	if len(read) == 0 || len(read) > 30 {
		t.Errorf("%d processes were looked at", len(read))
	}
}
