package main

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
)

// ownJournal is where a program that runs in this process writes its journal: into memory, where the directory for it
// costs a tenth of what it costs on a disk, which is more than many a command does.
func ownJournal(t testing.TB) string {
	t.Helper()
	return filepath.Join(proctest.TempDir(t), "journal.jsonl")
}

// testApp is a program whose output is caught and whose journal is the test's own.
func testApp(t *testing.T) (a *app, out, errOut *bytes.Buffer) {
	t.Helper()
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	return &app{in: strings.NewReader(""), out: out, err: errOut, journal: ownJournal(t)}, out, errOut
}

// sleeper starts a process for a test to act on.
func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	return c
}

func TestKill(t *testing.T) {
	c := sleeper(t)
	pid := strconv.Itoa(c.Process.Pid)
	for _, step := range []struct {
		args   []string
		status int
		out    string
		err    string
	}{
		{[]string{"kill", pid, "--dry-run"}, 0, "kill -TERM " + pid + "\n", ""},
		{[]string{"kill", pid, "-s", "NOPE"}, exitUsage, "", "unknown"},
		{[]string{"kill", "1"}, exitUsage, "", "--yes does it all the same"},
		{[]string{"kill", "self"}, exitUsage, "", "bones itself"},
		{[]string{"kill", "999999999"}, exitNoTarget, "", "no such process"},
		{[]string{"kill", "x\x1b[2J"}, exitNoTarget, "", `x\x1b[2J`},
		{[]string{"kill"}, exitUsage, "", "TARGET is missing"},
		{[]string{"--readonly", "kill", pid}, exitPermission, "", "--readonly"},
		{[]string{"kill", "pid:" + pid, "-s", "KILL"}, 0, "", ""},
	} {
		a, out, errOut := testApp(t)
		args := append([]string{"--journal", a.journal}, step.args...)
		if got := a.run(context.Background(), args); got != step.status {
			t.Errorf("%q: status %d, want %d; %s", step.args, got, step.status, errOut)
		}
		if out.String() != step.out {
			t.Errorf("%q printed %q, want %q", step.args, out, step.out)
		}
		if !strings.Contains(errOut.String(), step.err) || strings.Count(errOut.String(), "\n") > 1 {
			t.Errorf("%q said %q, want one line with %q", step.args, errOut, step.err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-ended:
	case <-time.After(proctest.Patience):
		t.Error("the process did not end")
	}
}
