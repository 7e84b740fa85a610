package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// roomBinary is bones where any user may run it.
func roomBinary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bones")
	install(t, path)
	for dir := filepath.Dir(path); dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// tight runs a command and says whether it failed with one line of ours that has all these words.
func tight(t *testing.T, what string, c *exec.Cmd, words ...string) {
	t.Helper()
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err := c.Run()
	line := said.String()
	good := c.ProcessState != nil && c.ProcessState.ExitCode() == exitFailed &&
		strings.HasPrefix(line, "bones: starting: ") && strings.Count(line, "\n") == 1
	for _, w := range words {
		good = good && strings.Contains(line, w)
	}
	if !good || out.Len() > 0 {
		t.Errorf("%s: %v, said %.300q and printed %.100q", what, err, line, &out)
	}
}

// pidsGroup makes a control group that limits processes, and removes it at the end of the test.
func pidsGroup(t *testing.T) string {
	t.Helper()
	proctest.Need(t, proctest.Cgroups)
	name := ownName("bones-test-room")
	dir := filepath.Join("/sys/fs/cgroup/pids", name)
	if _, err := os.Stat("/sys/fs/cgroup/pids"); err != nil {
		dir = filepath.Join("/sys/fs/cgroup", name) // version 2
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		proctest.Missing(t, "there is no control group to be had: %v", err)
	}
	t.Cleanup(func() {
		err := error(unix.EBUSY)
		for deadline := proctest.Deadline(); err == unix.EBUSY && time.Now().Before(deadline); {
			if err = unix.Rmdir(dir); err == unix.EBUSY {
				time.Sleep(10 * time.Millisecond)
			}
		}
		if err != nil {
			t.Errorf("removing %s: %v", dir, err)
		}
	})
	if _, err := os.Stat(filepath.Join(dir, "pids.max")); err != nil {
		proctest.Missing(t, "%s does not limit processes", dir)
	}
	return dir
}

// TestNoRoomIsSaid: where the Go runtime would print a trace and end with status 2, bones says which limit it is and
// what would help.
func TestNoRoomIsSaid(t *testing.T) {
	proctest.Need(t, proctest.Root)
	bones := roomBinary(t)
	t.Run("pids.max", func(t *testing.T) {
		dir := pidsGroup(t)
		within := func(max int, args ...string) *exec.Cmd {
			if err := os.WriteFile(filepath.Join(dir, "pids.max"), fmt.Append(nil, max), 0); err != nil {
				t.Fatal(err)
			}
			return exec.Command("/bin/sh", append([]string{"-c", `echo $$ > "$0/cgroup.procs" && exec "$@"`, dir, bones},
				args...)...)
		}
		for max := 1; max <= wantedThreads; max++ {
			for i, args := range [][]string{{"version"}, {"ps"}, {"containers", "--json"}} {
				if proctest.Soak(0, 1) == 0 && (max+i)%3 != 0 {
					continue // it is looked at before any command is known
				}
				tight(t, fmt.Sprintf("pids.max=%d %v", max, args), within(max, args...), "pids.max", "raise")
			}
		}
		for range proctest.Soak(5, 100) {
			if out, err := within(wantedThreads+2, "version").CombinedOutput(); err != nil {
				t.Fatalf("with room enough: %v: %.300s", err, out)
			}
		}
	})
	t.Run("ulimit -u", func(t *testing.T) {
		proctest.Need(t, proctest.Users)
		for _, max := range []int{1, 3, 6} {
			c := exec.Command("prlimit", "--nproc="+strconv.Itoa(max), bones, "version")
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54321, Gid: 54321}} // nobody else has it
			tight(t, fmt.Sprintf("nproc=%d", max), c, "ulimit -u", "raise")
		}
	})
	t.Run("ulimit -v", func(t *testing.T) {
		for _, megabytes := range []int{100, 600, 900, 1171, 1500} {
			c := exec.Command("prlimit", "--as="+strconv.Itoa(megabytes<<20), bones, "ps")
			tight(t, fmt.Sprintf("as=%d MiB", megabytes), c, "address space", "ulimit -v")
		}
		for i, megabytes := range []int{1536, 1600, 2100, 4096} {
			for j, args := range [][]string{{"version"}, {"ps"}, {"ps", "-L", "self"}, {"containers"}, {"ns"}, {"stats"},
				{"explain", "self"}, {"files", "ls", "self", "/"}} {
				if proctest.Soak(0, 1) == 0 && i > 0 && (i+j)%3 != 0 {
					continue // each has the least room, and one more
				}
				c := exec.Command("prlimit", append([]string{"--as=" + strconv.Itoa(megabytes<<20), bones}, args...)...)
				if out, err := c.CombinedOutput(); err != nil {
					t.Errorf("as=%d MiB %v: %v: %.300s", megabytes, args, err, out)
				}
			}
		}
		for range proctest.Soak(3, 100) {
			c := exec.Command("prlimit", "--as="+strconv.Itoa(wantedSpace), bones, "ps")
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("with space enough: %v: %.300s", err, out)
			}
		}
	})
}

// TestNoDataIsSaid: the limit of what a program may write to is another way to run out of memory.
func TestNoDataIsSaid(t *testing.T) {
	bones := roomBinary(t)
	for _, megabytes := range []int{40, 50, 64, 80, 255} {
		c := exec.Command("prlimit", "--data="+strconv.Itoa(megabytes<<20), bones, "ps")
		tight(t, fmt.Sprintf("data=%d MiB", megabytes), c, "data", "ulimit -d")
	}
	c := exec.Command("prlimit", "--data="+strconv.Itoa(wantedData), bones, "ps")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("with room enough: %v: %.300s", err, out)
	}
}

// TestRoomIsLookedAtInMain: a bones that was linked without the entry point says the same where its runtime starts.
func TestRoomIsLookedAtInMain(t *testing.T) {
	if entered != 0 {
		t.Fatal("test programs are linked without it")
	}
	if err := checkRoom(); err != nil {
		t.Errorf("here is room: %v", err)
	}
	if probeThreads(1) != 0 || probeThreads(64) != 0 {
		t.Error("64 processes cannot be made")
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG|unix.WALL, nil); pid > 0 {
		t.Errorf("PID %d was not waited for: %v", pid, err)
	}
}
