package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/host"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/proctest"
)

// journaled is a journal whose changes are those of a test's own process, and can be given to others.
type journaled struct {
	t      *testing.T
	app    *app
	errOut *bytes.Buffer
}

// stopped runs a change that has a way back, on a process of its own, and returns that process's PID.
func (j *journaled) stopped() int {
	j.t.Helper()
	pid := sleeper(j.t).Process.Pid
	j.run(0, "kill", strconv.Itoa(pid), "-s", "STOP")
	j.wait(pid, 'T')
	return pid
}

// run runs a command and returns what it said on stderr.
func (j *journaled) run(status int, args ...string) string {
	j.t.Helper()
	j.errOut.Reset()
	if got := j.app.run(context.Background(), append([]string{"--journal", j.app.journal}, args...)); got != status {
		j.t.Errorf("%q: status %d, want %d; %s", args, got, status, j.errOut)
	}
	return j.errOut.String()
}

// state is the letter of a process's state.
func state(pid int) byte {
	s, _ := procwalk.ReadStat("/proc", pid)
	return s.State
}

// wait waits until a process is, or is not, stopped.
func (j *journaled) wait(pid int, want byte) {
	j.t.Helper()
	for end := proctest.Deadline(); (state(pid) == 'T') != (want == 'T'); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			j.t.Fatalf("process %d is in state %c, want %c", pid, state(pid), want)
		}
	}
}

// give makes the last change, or undo, another's.
func (j *journaled) give(uid, byPID int) {
	j.t.Helper()
	b, err := os.ReadFile(j.app.journal)
	if err != nil {
		j.t.Fatal(err)
	}
	var all []map[string]any
	for line := range bytes.Lines(b) {
		var r map[string]any
		if err := json.Unmarshal(line, &r); err != nil {
			j.t.Fatal(err)
		}
		all = append(all, r)
	}
	b = nil
	for _, r := range all {
		if r["id"] == all[len(all)-1]["id"] {
			r["uid"], r["pid"], r["started"] = uid, byPID, 1
		}
		line, err := json.Marshal(r)
		if err != nil {
			j.t.Fatal(err)
		}
		b = append(append(b, line...), '\n')
	}
	if err := os.WriteFile(j.app.journal, b, 0o600); err != nil {
		j.t.Fatal(err)
	}
	j.app.carrier = nil // it would know the journal as it was
}

func newJournaled(t *testing.T) *journaled {
	needRoot(t) // a user takes nobody else's change back at all
	a, _, errOut := testApp(t)
	a.procRoot, a.cgroupRoot = "/proc", "/sys/fs/cgroup"
	return &journaled{t, a, errOut}
}

// TestUndoAsksForAnothersChange: at the command line what the same user changed is taken back without a question, and
// what another did only with --yes. It is said before which change it is: when, who and what.
func TestUndoAsksForAnothersChange(t *testing.T) {
	j := newJournaled(t)
	earlier := j.stopped()
	j.give(0, 4321) // an earlier run's
	said := j.run(0, "undo")
	if !strings.Contains(said, "root (uid 0)") || !strings.Contains(said, "number 1 ") ||
		!strings.Contains(said, "SIGCONT") ||
		!strings.Contains(said, time.Now().Format("2006-01-02")) {
		t.Errorf("it does not say which change it takes back: %q", said)
	}
	j.wait(earlier, 'S')

	own := j.stopped()
	other := j.stopped()
	j.give(4294967, 4321)
	if said := j.run(exitUsage, "undo", "4"); !strings.Contains(said, "uid 4294967") ||
		!strings.Contains(said, "--yes") ||
		!strings.Contains(said, "PID 4321") || strings.Count(said, "\n") != 1 {
		t.Errorf("by its number: %q", said)
	}
	j.run(0, "undo") // the user's own, though it is older
	j.wait(own, 'S')
	if state(other) != 'T' {
		t.Error("another user's change was taken back")
	}
	j.run(exitUsage, "undo")
	if state(other) != 'T' {
		t.Error("another user's change was taken back without a question")
	}
	j.run(0, "undo", "--dry-run")
	j.run(0, "undo", "--yes")
	j.wait(other, 'S')
}

// TestUndoKeyAsksForWhatThisSessionDidNotDo: the effects that the terminal UI gets ask for whatever another run of
// bones did.
func TestUndoKeyAsksForWhatThisSessionDidNotDo(t *testing.T) {
	j := newJournaled(t)
	asks := func(what string, want bool,
		plan func(context.Context, host.UndoReach) (effect.Effect, error)) effect.Effect {
		t.Helper()
		e, err := plan(context.Background(), host.ThisRun)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if q, asked := effect.Ask(e, effect.ProvenanceOf(e, effect.Unsaid)); asked != want {
			t.Errorf("%s: asks %v (%q), want %v", what, asked, q.Why, want)
		}
		return e
	}
	j.stopped()
	asks("undo of this session's", false, j.app.host().Undo)
	j.give(0, 4321)
	e := asks("undo of an earlier session's", true, j.app.host().Undo)
	for _, part := range []string{"root (uid 0)", "PID 4321", time.Now().Format("2006-01-02"), "SIGCONT"} {
		q, _ := effect.Ask(e, effect.ProvenanceOf(e, effect.Unsaid))
		if said := strings.Join(append(q.Why, q.What), "; "); !strings.Contains(said, part) {
			t.Errorf("the question lacks %q: %s", part, said)
		}
	}
	j.run(0, "undo")

	// What can be made again is a limit.
	proctest.Need(t, proctest.Cgroups)
	group := "bones-whose-" + strconv.Itoa(os.Getpid())
	dir := filepath.Join("/sys/fs/cgroup/pids", group)
	if err := os.Mkdir(dir, 0o755); errors.Is(err, os.ErrNotExist) {
		skipMissing(t, "this host has no version 1 hierarchy with pids")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	j.run(0, "set", "cgroup:/"+group, "pids.max=77", "--yes")
	j.run(0, "undo")
	asks("redo of this session's undo", false, j.app.host().Redo)
	j.give(9, 4322)
	asks("redo of another's undo", true, j.app.host().Redo)
	j.run(exitUsage, "undo", "--redo")
	j.run(0, "undo", "--redo", "--yes")
	asks("undo of what this session made again", false, j.app.host().Undo)
	j.give(9, 4323)
	asks("undo of what another made again", true, j.app.host().Undo)
	if b, err := os.ReadFile(filepath.Join(dir, "pids.max")); err != nil || string(b) != "77\n" {
		t.Errorf("the limit is %q: %v", b, err)
	}
}
