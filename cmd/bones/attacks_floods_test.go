package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// floodMemory is what a command may take of memory, in KiB, whatever a process or an engine has grown.
const floodMemory = 256 << 10

// peakPart is a process that runs a program and writes into its descriptor 3 how much memory that had at most, in KiB,
// and its exit status. The kernel counts for a program the most that its parent had before it was run: these tests
// have the source of the project in memory, the part has not.
const peakPart = "bones-test-peak"

func init() {
	proctest.Part(peakPart, func(args []string) error {
		unix.CloseOnExec(3)
		c := exec.Command(args[0], args[1:]...)
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if err := c.Run(); c.ProcessState == nil {
			return err
		}
		_, err := fmt.Fprintln(os.NewFile(3, "peak"), c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss,
			c.ProcessState.ExitCode())
		return err
	})
}

// flooded runs bones and returns what it said. More memory than floodMemory is a failure.
func flooded(t *testing.T, bones string, args ...string) (out, errs string, status int) {
	t.Helper()
	told, tell, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close()
	c := reexec.Command(append([]string{peakPart, bones}, args...)...)
	var o, e bytes.Buffer
	c.Stdout, c.Stderr, c.ExtraFiles = &o, &e, []*os.File{tell}
	c.Env = append(os.Environ(), "LC_ALL=C")
	err = c.Run()
	tell.Close()
	used := 0
	if _, err2 := fmt.Fscan(told, &used, &status); err != nil || err2 != nil {
		t.Fatalf("%q: %v, %v: %s", args, err, err2, e.String())
	}
	if used > floodMemory || used == 0 {
		t.Errorf("%q takes %d MiB", args, used>>10)
	}
	return o.String(), e.String(), status
}

// TestFloodOfMounts: the mounts of a process, as many and with as long names as the kernel lets somebody have, are
// read to a bound. Whoever shows all of them says that it does not.
func TestFloodOfMounts(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts, proctest.CgroupFiles)
	m := builtBones(t)
	script, err := os.ReadFile("../../testdata/attacks/mounts.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "m") // the shorter, the more fits into a path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	c := exec.Command("/bin/sh", "-s", "--", dir, "14", fmt.Sprint(proctest.Soak(12, 17)))
	c.Stdin = bytes.NewReader(script)
	c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	ready := make([]byte, 6)
	if _, err := out.Read(ready); err != nil || string(ready) != "mounts" {
		t.Fatalf("%q, %v", ready, err)
	}
	pid := fmt.Sprint(c.Process.Pid)
	if _, errs, _ := flooded(t, m.bones, "ns", "--all"); !strings.Contains(errs, "longer than what was read of it") {
		t.Errorf("ns --all does not say what it leaves out: %s", errs)
	}
	for _, args := range [][]string{{"ns", pid}, {"explain", pid}, {"which", pid}, {"files", "ls", pid, "/"},
		{"files", "stat", pid, "/etc/passwd"}, {"cgroup", pid}, {"enter", pid, "--yes", "--", "true"}} {
		if _, errs, status := flooded(t, m.bones, args...); status != 0 {
			t.Errorf("%q: status %d, %s", args, status, errs)
		}
	}
	_, errs, status := flooded(t, m.bones, "files", "cat", pid, "/mountinfo", "--proc-dir", "--decoded")
	if status != exitFailed || !strings.Contains(errs, "16 MiB") {
		t.Errorf("a part in words is shown as the whole: status %d, %s", status, errs)
	}
}

// TestFloodOfDescriptors: a process that has as many files open as it may costs little, and is shown whole.
func TestFloodOfDescriptors(t *testing.T) {
	proctest.NeedPrograms(t, "perl")
	m := builtBones(t)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n := min(limit.Max-100, 20_000)
	c := exec.Command("/bin/sh", "-c", `ulimit -n $(($1 + 50)) && exec perl -e '
		require POSIX; $n = shift; POSIX::dup(0) // die $! for 1 .. $n; $| = 1; print "ready"; sleep 1000' $1`,
		"sh", fmt.Sprint(n))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	pid := fmt.Sprint(c.Process.Pid)
	for _, args := range [][]string{{"ns", "--all"}, {"explain", pid}, {"ns", pid}} {
		if _, errs, status := flooded(t, m.bones, args...); status != 0 {
			t.Errorf("%q: status %d, %s", args, status, errs)
		}
	}
	files, errs, _ := flooded(t, m.bones, "files", "ls", pid, "/fd", "--proc-dir")
	if rows := uint64(strings.Count(files, "\n")); rows < n && errs == "" {
		t.Errorf("%d of %d descriptors are shown, and nothing is said", rows, n)
	}
}

// TestFloodOfOneRecord: an engine's record of 100 MB is not read, and that is said; the container is still there.
func TestFloodOfOneRecord(t *testing.T) {
	h := newContainerHost(t)
	h.docker(dockerA, "web", "/docker/"+dockerA, 100, "var/lib/docker")
	record := filepath.Join(h.root, "var/lib/docker/containers", dockerA, "config.v2.json")
	f, err := os.OpenFile(record, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	blanks := bytes.Repeat([]byte(" "), 1<<20)
	for range 100 {
		if _, err := f.Write(blanks); err != nil {
			t.Fatal(err)
		}
	}
	m := builtBones(t)
	proc := filepath.Join(h.root, "proc")
	for _, args := range [][]string{{"which", "100"}, {"which", "100", "--json"}, {"pid", "id:" + dockerA}} {
		out, errs, _ := flooded(t, m.bones, append(args, "--proc", proc)...)
		if !strings.Contains(out, dockerA) && out != "100\n" {
			t.Errorf("%q: the container is lost: %s%s", args, out, errs)
		}
		if args[0] != "pid" && !strings.Contains(out+errs, "larger than 4 MiB") {
			t.Errorf("%q: it does not say why the name is missing: %s%s", args, out, errs)
		}
	}
}
