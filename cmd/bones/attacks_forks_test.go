package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// uiMemory is what the UI may take of memory while processes come and go, in bytes: it takes some 35 MiB.
const uiMemory = 64 << 20

// TestUIMemoryUnderForks: however many processes have come and gone, the terminal UI stays within a limit that the
// kernel holds, and what it keeps of its own does not grow with them.
func TestUIMemoryUnderForks(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	proctest.NeedPrograms(t, "perl")
	s := newTerminal(t, 160, 45)
	guard, ui := s.start("--delay 0.2")
	group := limitedGroup(t)
	if err := os.WriteFile(group+"/cgroup.procs", []byte(strconv.Itoa(ui)), 0); err != nil {
		t.Fatal(err)
	}
	forks := func(n int) {
		t.Helper()
		c := exec.Command("perl", "-e", `
			# 2,000 a second, if the machine can: each lives for a moment, so that tables are read with it in. Where the
			# machine is busy they would live for longer and be thousands, of which a table takes what it may take.
			my $living = 0;
			for (1 .. shift) { my $p = fork; if (defined $p && !$p) { select undef, undef, undef, 0.02; exit }
				$living += defined $p;
				while ($living && waitpid(-1, $living < 100 ? 1 : 0) > 0) { $living-- }
				select undef, undef, undef, 0.0004 }
			1 while wait > 0`, fmt.Sprint(n))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	n := proctest.Soak(300, 150_000)
	forks(n)
	first := anonymous(t, ui)
	forks(2 * n)
	last := anonymous(t, ui)
	t.Logf("%d KiB after %d processes, %d KiB after %d", first, n, last, 3*n)
	if last > first+first/2+(8<<10) {
		t.Errorf("it grows with the processes that were: %d KiB, then %d KiB", first, last)
	}
	s.keys("2", "1")
	s.until("it still works", contains("by hand: ps -o"))
	if unix.Kill(ui, 0) != nil || unix.Kill(guard, 0) != nil {
		t.Error("it ended")
	}
}

// limitedGroup makes a group with uiMemory. What is in it when the test ends goes back to where the others are.
func limitedGroup(t *testing.T) string {
	t.Helper()
	top, file := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat(top + "/" + file); err != nil {
		top, file = "/sys/fs/cgroup", "memory.max"
	}
	dir := filepath.Join(top, ownName("bones-test-ui"))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		proctest.Until(t, "the group is removed", func() bool {
			b, _ := os.ReadFile(dir + "/cgroup.procs")
			for pid := range strings.FieldsSeq(string(b)) {
				os.WriteFile(top+"/cgroup.procs", []byte(pid), 0)
			}
			return os.Remove(dir) == nil
		})
	})
	if err := os.WriteFile(filepath.Join(dir, file), []byte(strconv.Itoa(uiMemory)), 0); err != nil {
		t.Skipf("memory is not limited here: %v", err)
	}
	return dir
}

// anonymous is what a process has of memory of its own, in KiB.
func anonymous(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); f[0] == "RssAnon:" {
			n, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no RssAnon of PID %d; it has ended", pid)
	return 0
}
