package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// kernelFilesAttack runs testdata/attacks/kernelfiles.sh as the attacker who is root of his own user namespace.
func kernelFilesAttack(t *testing.T, files ...string) (pid, dir string) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Mounts, proctest.UserNamespaces, proctest.Users)
	script, err := os.ReadFile("../../testdata/attacks/kernelfiles.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for d := dir; len(d) > len(os.TempDir()); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("/bin/sh", append([]string{"-c", string(script), "sh", dir}, files...)...)
	mapping := []syscall.SysProcIDMap{{ContainerID: 0, HostID: attacker, Size: 1}}
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS, UidMappings: mapping,
		GidMappings: mapping,
		Credential:  &syscall.Credential{NoSetGroups: true}}
	var errs bytes.Buffer
	c.Dir, c.Stderr = "/", &errs
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the attack: %q %s", line, &errs)
	}
	return strconv.Itoa(c.Process.Pid), dir
}

func readTrimmed(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// TestKernelFilesAreNotChanged: root's change of a file of a container does not reach the host's kernel, by whatever
// command, unless --kernel-files is given.
func TestKernelFilesAreNotChanged(t *testing.T) {
	g := newAttackGround(t)
	victim := g.process(g.path, &syscall.SysProcAttr{})
	score, limit := fmt.Sprintf("/proc/%d/oom_score_adj", victim.PID), g.dirs[len(g.dirs)-1]+g.path+"/pids.max"
	group := filepath.Dir(limit)
	pid, dir := kernelFilesAttack(t, score, limit, group)
	inside := "/proc/" + pid + "/root" + dir
	const asked = "77\n"
	before := readTrimmed(t, score) + " " + readTrimmed(t, limit)
	state := func() string {
		made, _ := filepath.Glob(group + "/x*")
		return readTrimmed(t, score) + " " + readTrimmed(t, limit) + strings.Join(made, " ")
	}

	// The attack works where nothing stands against it.
	for n, file := range map[string]string{"/1": score, "/2": limit} {
		was := readTrimmed(t, file)
		if err := os.WriteFile(inside+n, []byte(asked), 0); err != nil {
			t.Fatal(err)
		}
		if now := readTrimmed(t, file); now == was {
			t.Fatalf("the attack does not work: %s is %s", file, now)
		}
		if err := os.WriteFile(file, []byte(was), 0); err != nil {
			t.Fatal(err)
		}
	}

	local := filepath.Join(t.TempDir(), "local")
	if err := os.WriteFile(local, []byte(asked), 0o644); err != nil {
		t.Fatal(err)
	}
	tree := filepath.Join(t.TempDir(), "tree")
	if err := os.MkdirAll(tree, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tree+"/pids.max", []byte(asked), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VISUAL", "false") // refused before anybody edits
	for _, args := range [][]string{
		{"put", pid, local, dir + "/1", "--yes"},
		{"put", pid, local, dir + "/2", "--yes"},
		{"put", pid, local, dir + "/3/pids.max", "--yes"},
		{"put", pid, tree, dir + "/3", "--yes"},
		{"put", pid, local, dir + "/1", "--yes", "--dry-run"},
		{"edit", pid, dir + "/2"},
		{"touch", pid, dir + "/1"},
		{"touch", pid, dir + "/3/xfile"},
		{"mkdir", pid, dir + "/3/xgroup"},
		{"mkdir", pid, dir + "/3/xgroup/xbelow", "-p"},
		{"rm", pid, dir + "/3/pids.max", "--yes"},
		{"rm", pid, dir + "/3", "-r", "--yes"},
		{"mv", pid, dir + "/3/pids.max", dir + "/3/x"},
		{"mv", pid, dir + "/ordinary", dir + "/3/x"},
	} {
		out, status := g.root((*app).filesCommand, args...)
		if status != exitPermission || !strings.Contains(out, "--kernel-files makes the change all the same") {
			t.Errorf("%q: status %d, %s", args, status, out)
		}
		if now := state(); now != before {
			t.Errorf("%q: the kernel was changed: %s, it was %s", args, now, before)
		}
	}
	if out, status := g.root((*app).filesCommand, "put", pid, local, dir+"/ordinary", "--yes"); status != 0 {
		t.Errorf("an ordinary file beside them: status %d, %s", status, out)
	}

	// With the flag each of them is allowed.
	t.Setenv("VISUAL", "true")
	for _, args := range [][]string{
		{"files", "touch", pid, dir + "/1", "--kernel-files"},
		{"files", "edit", pid, dir + "/1", "--kernel-files"},
		{"files", "mkdir", pid, dir + "/3/xgroup", "--kernel-files"},
		{"files", "mv", pid, dir + "/ordinary", dir + "/moved", "--kernel-files"},
		{"files", "put", pid, local, dir + "/3/pids.max", "--kernel-files", "--yes"},
	} {
		if out, status := g.root((*app).filesCommand, args[1:]...); status != 0 {
			t.Errorf("%q: status %d, %s", args, status, out)
		}
	}
	if now := readTrimmed(t, limit); now != strings.TrimSpace(asked) {
		t.Errorf("put with --kernel-files: %s", now)
	}
	if out, status := g.root((*app).filesCommand, []string{"files", "rm", pid, dir + "/3/xgroup", "--kernel-files",
		"--yes"}[1:]...); status != 0 {
		t.Errorf("rm with --kernel-files: status %d, %s", status, out)
	}
	if err := os.WriteFile(limit, []byte("max"), 0); err != nil {
		t.Fatal(err)
	}

	// With the flag it is done, and taken back only with the flag.
	for n, file := range map[string]string{"/1": score, "/2": limit} {
		was := readTrimmed(t, file)
		a := &app{procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup", journal: filepath.Join(t.TempDir(), "journal"),
			in: strings.NewReader("")}
		do := func(want int, command string, args ...string) string {
			all := map[string]string{"put": "files", "undo": "undo"}
			out, errs, status := "", "", 0
			if all[command] == "files" {
				out, errs, status = runOn(a, (*app).filesCommand, append([]string{command}, args...)...)
			} else {
				a.kernelFiles = false
				out, errs, status = runOn(a, (*app).undoCommand, args...)
			}
			if status != want {
				t.Errorf("%s %q: status %d, %s%s", command, args, status, out, errs)
			}
			return out + errs
		}
		do(0, "put", pid, local, dir+n, "--yes", "--kernel-files")
		if now := readTrimmed(t, file); now != strings.TrimSpace(asked) {
			t.Errorf("%s with --kernel-files: %s", file, now)
		}
		if out := do(exitPermission, "undo", "--yes"); !strings.Contains(out, "`bones undo --kernel-files`") {
			t.Errorf("undo: %s", out)
		}
		if now := readTrimmed(t, file); now != strings.TrimSpace(asked) {
			t.Errorf("undo without the flag changed %s: %s", file, now)
		}
		do(0, "undo", "--yes", "--kernel-files")
		if now := readTrimmed(t, file); now != was {
			t.Errorf("undo: %s is %s, it was %s", file, now, was)
		}
	}
}
