package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"
)

// changingCalls are the system calls that may leave something else behind than was there, and open, by which a file
// is made. Killed at any other, as a read or a close, bones leaves what it leaves when it is killed at the next one
// of these.
const changingCalls = "/^(open|creat|p?write|f?truncate|fallocate|f(data)?sync|rename|unlink|link|symlink|mk|ch|fch)"

// TestKilledAtEachStep kills bones with SIGKILL at each of the changingCalls with which it touches the journal or the
// group: the value is the old or the new one and never another, and the journal tells which of them was meant.
func TestKilledAtEachStep(t *testing.T) {
	needPrograms(t, "strace")
	proctest.Need(t, proctest.Cgroups)
	groups, err := filepath.Glob("/sys/fs/cgroup/pids")
	if err != nil || len(groups) == 0 {
		skipMissing(t, "this host has no version 1 hierarchy with pids")
	}
	m := builtBones(t)
	name := ownName("bones-killed")
	dir := filepath.Join(groups[0], name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	file := filepath.Join(dir, "pids.max")
	unfinished, written := 0, 0
	// strace counts the steps of each thread, and which thread takes a step hangs on Go's scheduler: one sweep may pass
	// over some.
	patient := proctest.Deadline()
	for step := 1; ; step++ {
		if step > 60 {
			t.Fatal("it never came to its end")
		}
		if err := os.WriteFile(file, []byte("max"), 0); err != nil {
			t.Fatal(err)
		}
		journal := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(journal, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		c := exec.Command("strace", "-f", "-qq", "-o", "/dev/null", "-P", journal, "-P", file, "-P", dir, "-e",
			fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", changingCalls, step),
			m.bones, "--journal", journal, "set", "--yes", "cgroup:/"+name, "pids.max=77")
		out, err := c.CombinedOutput()
		b, readErr := os.ReadFile(file)
		if readErr != nil {
			t.Fatal(readErr)
		}
		value := strings.TrimSpace(string(b))
		var entries []struct{ Result string }
		history, said, status := runInProcess(t, journal, "", "--json", "history") // whoever reads it is another one
		if err := json.Unmarshal([]byte(history), &entries); err != nil || status != 0 {
			t.Fatalf("history: status %d, %v\n%s", status, err, said)
		}
		var exit *exec.ExitError
		if err == nil {
			if value != "77" || len(entries) != 1 || entries[0].Result != "done" {
				t.Fatalf("unharmed, it came to %s, %+v", value, entries)
			}
			if unfinished >= 3 && written >= 1 || time.Now().After(patient) {
				break
			}
			step = 0
			continue
		}
		if !errors.As(err, &exit) || !killed(exit) {
			t.Fatalf("step %d: %v\n%s", step, err, out)
		}
		switch {
		case value != "max" && value != "77":
			t.Errorf("step %d: the value is %s", step, value)
		case value == "77" && len(entries) != 1:
			t.Errorf("step %d: written, and the journal knows nothing of it", step)
		case len(entries) == 1 && entries[0].Result == "done" && value != "77":
			t.Errorf("step %d: the journal says done, and the value is %s", step, value)
		}
		if value == "77" {
			written++
		}
		if len(entries) == 1 && entries[0].Result == "unfinished" {
			unfinished++
			_, told, status := runInProcess(t, journal, "", "set", "--yes", "cgroup:/"+name, "pids.max=78")
			if status != 0 || !strings.Contains(told, "pids.max holds "+value) ||
				!strings.Contains(told, "ended before it could record") {
				t.Errorf("step %d: the next bones ended with status %d and said: %s", step, status, told)
			}
		}
	}
	if unfinished < 3 || written < 1 {
		t.Errorf("killed %d times between intent and done, %d times after the write: that is not each step", unfinished,
			written)
	}
}

func killed(e *exec.ExitError) bool {
	status, ok := e.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL || e.ExitCode() == 137
}
