package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
)

// niceOf is the nice value that the kernel has.
func niceOf(t *testing.T, pid int) int {
	t.Helper()
	s, err := procwalk.ReadStat("/proc", pid)
	if err != nil {
		t.Fatal(err)
	}
	return s.Nice
}

// TestTune: what is changed by command is taken back, and made again, by another run of bones.
func TestTune(t *testing.T) {
	a, out, errOut := testApp(t)
	j := &journaled{t: t, app: a, errOut: errOut}
	pid := sleeper(t).Process.Pid
	word := strconv.Itoa(pid)
	before := niceOf(t, pid)
	j.run(0, "tune", word, "nice=15", "ioprio=idle")
	if n := niceOf(t, pid); n != 15 || !strings.Contains(out.String(), "ioprio: none -> idle") {
		t.Fatalf("nice is %d: %s", n, out)
	}
	out.Reset()
	j.run(0, "tune", word, "--json")
	var list []struct {
		PID      int
		Settings []struct{ Name, Value string }
	}
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) != 1 || list[0].PID != pid ||
		list[0].Settings[0].Name != "nice" || list[0].Settings[0].Value != "15" {
		t.Errorf("%v: %s", err, out)
	}
	needNoContainer(t)
	proctest.Need(t, proctest.Root, proctest.Priorities)
	j.run(0, "undo", "--yes")
	if n := niceOf(t, pid); n != before {
		t.Errorf("taken back: nice is %d, want %d", n, before)
	}
	j.run(0, "undo", "--redo", "--yes")
	if n := niceOf(t, pid); n != 15 {
		t.Errorf("made again: nice is %d", n)
	}
	if said := j.run(exitUsage, "tune", "1", "nice=19"); !strings.Contains(said, "PID 1") {
		t.Errorf("PID 1: %s", said)
	}
	if said := j.run(exitUsage, "tune", word, "nice=99", "--yes"); !strings.Contains(said, "from -20 to 19") {
		t.Error(said)
	}
	if said := j.run(exitUsage, "tune", word, "nice=1", "nice=2"); !strings.Contains(said, "nice is given twice") {
		t.Error(said)
	}
	for _, args := range [][]string{{"tune", "nice=5"}, {"tune", "--all", "nice=5", "cpus=0"}} {
		if said := j.run(exitUsage, args...); !strings.Contains(said, "of which process or container?") {
			t.Errorf("%q: %s", args, said)
		}
	}
	if said := j.run(exitUsage, "tune", word, "nice=1", "--all"); !strings.Contains(said, "in no container") {
		t.Error(said)
	}
	j.run(exitNoTarget, "tune", "999999999", "nice=1")
	a.readonly = true
	j.run(exitPermission, "--readonly", "tune", word, "nice=1")
	if n := niceOf(t, pid); n != 15 {
		t.Errorf("what was refused was done: nice is %d", n)
	}
}
