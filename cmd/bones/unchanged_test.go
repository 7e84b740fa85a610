package main

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/cgrouptest"
	"bones/procwalk/proctest"
)

// TestUndoIsOfChanges: where a value was so already, nobody is told to undo it.
func TestUndoIsOfChanges(t *testing.T) {
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	lines := [][]string{{"tune", strconv.Itoa(c.Process.Pid), "nice=5"}}
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range h.Hierarchies() {
		if in.Version == 1 && in.Has("pids") && in.Root == "/" {
			lines = append(lines, []string{"set", "cgroup:" + cgrouptest.Make(t, in.Mount), "pids.max=77"})
		}
	}
	for _, line := range lines {
		for n, want := range []string{"; undo: bones undo", "nothing was changed"} {
			out, errs, status := say(t, append(line, "--yes")...)
			if status != 0 || !strings.Contains(out+errs, want) || n > 0 && strings.Contains(out+errs, "undo") {
				t.Errorf("%q, time %d: status %d %s %s, want %s", filepath.Base(line[1]), n+1, status, out, errs, want)
			}
		}
	}
}
