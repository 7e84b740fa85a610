package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/cgrouptest"
	"bones/procwalk"
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

// TestUndoPassesOverWhatChangedNothing: a change that found everything so already is in the history, and undo takes
// back the one before it.
func TestUndoPassesOverWhatChangedNothing(t *testing.T) {
	j := newJournaled(t)
	proctest.Need(t, proctest.Cgroups)
	pid := sleeper(t).Process.Pid
	word, dir := strconv.Itoa(pid), filepath.Join(t.TempDir(), "made")
	type change struct {
		line []string
		now  func() string
	}
	list := []change{
		{[]string{"tune", word, "nice=5"}, func() string {
			s, _ := procwalk.ReadStat("/proc", pid)
			return strconv.Itoa(s.Nice)
		}},
		{[]string{"files", "mkdir", "-p", word, dir}, func() string {
			_, err := os.Stat(dir)
			return strconv.FormatBool(err == nil)
		}},
		{[]string{"kill", word, "-s", "STOP", "--yes"}, func() string { return strconv.FormatBool(state(pid) == 'T') }},
	}
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range h.Hierarchies() {
		file := "pids.max"
		if in.Version == 2 {
			file = "cgroup.max.descendants"
		}
		if in.Root == "/" && (in.Version == 2 || in.Has("pids")) {
			path := cgrouptest.Make(t, in.Mount)
			list = append(list, change{[]string{"set", "cgroup:" + path, file + "=77"}, func() string {
				return cgrouptest.Value(t, filepath.Join(in.Mount, path), file)
			}})
		}
	}
	for _, c := range list {
		was := c.now()
		j.run(0, c.line...)
		proctest.Until(t, "it is changed", func() bool { return c.now() != was })
		if said := j.run(0, c.line...); !strings.Contains(said, "nothing was changed: it was so already") {
			t.Errorf("%q again: said %q", c.line, said)
		}
		out, _, _ := sayIn(t, j.app.journal, "history", "-n", "1")
		if !strings.Contains(out, "unchanged") {
			t.Errorf("%q again: the history has %q", c.line, out)
		}
		j.run(0, "undo", "--yes")
		proctest.Until(t, strings.Join(c.line, " ")+" is taken back", func() bool { return c.now() == was })
	}
	last, _, _ := sayIn(t, j.app.journal, "history", "--json")
	if n := strings.Count(last, `"unchanged"`); n != len(list) {
		t.Errorf("%d changes of %d are unchanged in %s", n, len(list), last)
	}
	if said := j.run(exitFailed, "undo", "2"); !strings.Contains(said, "there is nothing to undo") {
		t.Errorf("said %q", said)
	}
}

// sayIn is say with a journal that is there.
func sayIn(t *testing.T, journal string, args ...string) (stdout, stderr string, status int) {
	return say(t, append([]string{"--journal", journal}, args...)...)
}
