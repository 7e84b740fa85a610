package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/effect"
	"bones/procwalk/proctest"
)

// testApp is a program whose output is caught and whose journal is the test's own.
func testApp(t *testing.T) (a *app, out, errOut *bytes.Buffer) {
	t.Helper()
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	return &app{in: strings.NewReader(""), out: out, err: errOut, journal: filepath.Join(t.TempDir(), "journal.jsonl")}, out, errOut
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

// fake is an effect that only records that it was carried out.
type fake struct {
	applied *int
	undo    bool
	fail    error
}

func (f fake) Kind() string      { return "fake" }
func (f fake) Describe() string  { return "do a fake thing" }
func (f fake) ByHand() string    { return "true" }
func (f fake) Risk() effect.Risk { return effect.Risk{} }
func (f fake) Undo() effect.Undo { return effect.Undo{Possible: f.undo} }
func (f fake) Apply(context.Context) (effect.Outcome, error) {
	*f.applied++
	return effect.Outcome{}, f.fail
}

func TestCarryWritesBeforeAndAfter(t *testing.T) {
	a, _, _ := testApp(t)
	n := 0
	if _, err := a.carry(context.Background(), fake{applied: &n}); err != nil || n != 1 {
		t.Fatalf("err %v, applied %d times", err, n)
	}
	if _, err := a.carry(context.Background(), fake{applied: &n, fail: errors.New("broken")}); err == nil {
		t.Fatal("the effect's error was lost")
	}
	b, err := os.ReadFile(a.journal)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	for i, want := range []string{`"intent"`, `"done"`, `"intent"`, `"error":"broken"`} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Fatalf("line %d of the journal lacks %s:\n%s", i, want, b)
		}
	}
	if st, _ := os.Stat(a.journal); st.Mode().Perm() != 0o600 {
		t.Errorf("the journal's mode is %v", st.Mode())
	}
	if left, err := (&journal{a.journal}).unfinished(); err != nil || len(left) != 0 {
		t.Errorf("unfinished = %v, %v", left, err)
	}
}

func TestUnfinishedIntentIsFound(t *testing.T) {
	j := &journal{filepath.Join(t.TempDir(), "j")}
	if left, err := j.unfinished(); err != nil || left != nil {
		t.Fatalf("no journal: %v, %v", left, err)
	}
	n := 0
	r, err := j.intent(fake{applied: &n})
	if err != nil {
		t.Fatal(err)
	}
	f, _ := os.OpenFile(j.path, os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString("{\"time\":\"20") // a write that was cut short
	f.Close()
	if second, err := j.intent(fake{applied: &n}); err != nil {
		t.Fatal(err)
	} else if err := j.done(second, effect.Outcome{}, nil); err != nil {
		t.Fatal(err)
	}
	if left, err := j.unfinished(); err != nil || len(left) != 1 || left[0].ID != r.ID || left[0].What != "do a fake thing" {
		t.Errorf("unfinished = %+v, %v", left, err)
	}
}

func TestAbandonedIntentIsReportedOnce(t *testing.T) {
	a, _, errOut := testApp(t)
	j := &journal{a.journal}
	n := 0
	atWork, err := j.intent(fake{applied: &n})
	if err != nil {
		t.Fatal(err)
	}
	gone := atWork
	gone.ID, gone.What = "another", "do a thing with \x1b in it"
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	gone.PID = ended.Process.Pid
	if err := j.append(gone); err != nil {
		t.Fatal(err)
	}
	a.reportAbandoned()
	if got := errOut.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `do a thing with \x1b in it`) {
		t.Errorf("said %q", got)
	}
	errOut.Reset()
	a.reportAbandoned()
	if errOut.Len() != 0 {
		t.Errorf("said again: %q", errOut)
	}
	if left, _ := j.unfinished(); len(left) != 1 || left[0].ID != atWork.ID || n != 0 {
		t.Errorf("unfinished = %+v, applied %d times", left, n)
	}
}

func TestCarryWithoutAJournal(t *testing.T) {
	a, _, _ := testApp(t)
	a.journal = "/proc/nothing/here"
	n := 0
	if _, err := a.carry(context.Background(), fake{applied: &n, undo: true}); err == nil || n != 0 {
		t.Errorf("what can be undone must be in the journal first: err %v, applied %d times", err, n)
	}
	out, err := a.carry(context.Background(), fake{applied: &n})
	if err != nil || n != 1 || !strings.Contains(out.Note, "not in the journal") {
		t.Errorf("err %v, applied %d times, note %q", err, n, out.Note)
	}
	for _, odd := range []string{"/dev/null", t.TempDir()} {
		a.journal = odd
		if _, err := a.carry(context.Background(), fake{applied: &n, undo: true}); err == nil {
			t.Errorf("%s was taken for a journal", odd)
		}
	}
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
		{[]string{"kill"}, exitUsage, "", "arg"},
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
