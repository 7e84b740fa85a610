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

	"bones/procwalk"
	"bones/procwalk/effect"
)

func TestWhoseAChangeIs(t *testing.T) {
	me := runner{uid: 1000, pid: 70, started: 500}
	for _, x := range []struct {
		name string
		made record
		me   runner
		want maker
	}{
		{"this very process", record{UID: 1000, PID: 70, Started: 500}, me, thisRun},
		{"one that had its PID before", record{UID: 1000, PID: 70, Started: 499}, me, ownUser},
		{"another process of the user", record{UID: 1000, PID: 71, Started: 500}, me, ownUser},
		{"of which it is not known when it started", record{UID: 1000, PID: 70}, me, ownUser},
		{"of neither it is", record{UID: 1000, PID: 70}, runner{uid: 1000, pid: 70}, ownUser},
		{"another user's", record{UID: 1001, PID: 70, Started: 500}, me, somebody},
		{"root's", record{UID: 0, PID: 1, Started: 1}, me, somebody},
		{"root at a user's", record{UID: 1000, PID: 70, Started: 500}, runner{uid: 0, pid: 70, started: 500}, somebody},
	} {
		if got := whose(x.made, x.me); got != x.want {
			t.Errorf("%s: %d, want %d", x.name, got, x.want)
		}
	}
}

func TestLastForTakesTheNearestFirst(t *testing.T) {
	me := runner{uid: 0, pid: 70, started: 500}
	made := map[byte]record{'h': {PID: 70, Started: 500}, 'o': {PID: 60, Started: 400}, 's': {UID: 9, PID: 50, Started: 300}}
	for _, x := range []struct {
		changes string // here, own user's, somebody's, oldest first; '.' is one that does not fit
		reach   maker
		want    int // index, -1 for none
	}{
		{"", thisRun, -1}, {"...", thisRun, -1}, {"h", thisRun, 0}, {"hh", thisRun, 1}, {"hh.", thisRun, 1},
		{"hos", thisRun, 0}, {"os", thisRun, 1}, {"so", thisRun, 1}, {"hos", ownUser, 1}, {"ohs", ownUser, 1},
		{"ss", ownUser, 1}, {"o.s", ownUser, 0}, {".s.", ownUser, 1}, {"hos", somebody, 2},
	} {
		var list []*change
		for i := range len(x.changes) {
			list = append(list, &change{number: i + 1, made: made[x.changes[i]], undo: x.changes[i] == '.'})
		}
		got := -1
		if c := lastFor(list, me, x.reach, func(c *change) bool { return !c.undo }); c != nil {
			got = c.number - 1
		}
		if got != x.want {
			t.Errorf("%q up to %d: %d, want %d", x.changes, x.reach, got, x.want)
		}
	}
}

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
	for end := time.Now().Add(10 * time.Second); (state(pid) == 'T') != (want == 'T'); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			j.t.Fatalf("process %d is in state %c, want %c", pid, state(pid), want)
		}
	}
}

// give makes the last change, or undo, another's.
func (j *journaled) give(uid, byPID int) {
	j.t.Helper()
	all, err := (&journal{j.app.journal}).records()
	if err != nil || len(all) < 2 {
		j.t.Fatalf("%d records: %v", len(all), err)
	}
	var b []byte
	for i, r := range all {
		if r.ID == all[len(all)-1].ID {
			r.UID, r.PID, r.Started = uid, byPID, 1
			all[i] = r
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
}

func newJournaled(t *testing.T) *journaled {
	needRoot(t) // a user takes nobody else's change back at all
	a, _, errOut := testApp(t)
	a.procRoot, a.cgroupRoot = "/proc", "/sys/fs/cgroup"
	return &journaled{t, a, errOut}
}

// TestUndoAsksForAnothersChange: at the command line what the same user changed is taken back without a question, and what
// another did only with --yes. It is said before which change it is: when, who and what.
func TestUndoAsksForAnothersChange(t *testing.T) {
	j := newJournaled(t)
	earlier := j.stopped()
	j.give(0, 4321) // an earlier run's
	said := j.run(0, "undo")
	if !strings.Contains(said, "root (uid 0)") || !strings.Contains(said, "number 1 ") || !strings.Contains(said, "SIGSTOP") ||
		!strings.Contains(said, time.Now().Format("2006-01-02")) {
		t.Errorf("it does not say which change it takes back: %q", said)
	}
	j.wait(earlier, 'S')

	own := j.stopped()
	other := j.stopped()
	j.give(4294967, 4321)
	if said := j.run(exitUsage, "undo", "4"); !strings.Contains(said, "uid 4294967") || !strings.Contains(said, "--yes") ||
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

// TestUndoKeyAsksForWhatThisSessionDidNotDo: the effects that the terminal UI gets ask for whatever another run of bones did.
func TestUndoKeyAsksForWhatThisSessionDidNotDo(t *testing.T) {
	j := newJournaled(t)
	asks := func(what string, want bool, plan func(context.Context, maker) (effect.Effect, error)) effect.Effect {
		t.Helper()
		e, err := plan(context.Background(), thisRun)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if r := e.Risk(); (r.Level > effect.Safe) != want {
			t.Errorf("%s: asks %v (%q), want %v", what, r.Level > effect.Safe, r.Why, want)
		}
		return e
	}
	j.stopped()
	asks("undo of this session's", false, j.app.undoLast)
	j.give(0, 4321)
	e := asks("undo of an earlier session's", true, j.app.undoLast)
	for _, part := range []string{"root (uid 0)", "PID 4321", time.Now().Format("2006-01-02"), "SIGSTOP"} {
		if why := e.Risk().Why; !strings.Contains(why, part) {
			t.Errorf("the question lacks %q: %s", part, why)
		}
	}
	j.run(0, "undo")

	// What can be made again is a limit.
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
	asks("redo of this session's undo", false, j.app.redoLast)
	j.give(9, 4322)
	asks("redo of another's undo", true, j.app.redoLast)
	j.run(exitUsage, "undo", "--redo")
	j.run(0, "undo", "--redo", "--yes")
	asks("undo of what this session made again", false, j.app.undoLast)
	j.give(9, 4323)
	asks("undo of what another made again", true, j.app.undoLast)
	if b, err := os.ReadFile(filepath.Join(dir, "pids.max")); err != nil || string(b) != "77\n" {
		t.Errorf("the limit is %q: %v", b, err)
	}
}

// TestAccountIsOneCleanLine: what a record says is as hostile as who could write it.
func TestAccountIsOneCleanLine(t *testing.T) {
	c := &change{number: 7, intent: record{What: "a\x1b[2J\nb\u202ec"}, made: record{UID: 12, PID: 5, Time: time.Unix(0, 0)}}
	got := c.account(runner{uid: 12}, userNames{12: "eve\x1b[0m\n"})
	if strings.ContainsAny(got, "\x1b\n\u202e") || !strings.Contains(got, "number 7 ") {
		t.Errorf("%q", got)
	}
}

type userNames map[uint32]string

func (n userNames) Name(id uint32) string { return n[id] }
