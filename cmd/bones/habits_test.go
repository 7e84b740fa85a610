package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// say runs a whole command line, as main does.
func say(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &errs, journal: ownJournal(t)}
	status = a.run(context.Background(), args)
	return out.String(), errs.String(), status
}

// TestHabits runs command lines as people write them who know other tools.
func TestHabits(t *testing.T) {
	for _, c := range []struct {
		line   string
		status int
		want   string // on standard output, or of what fails on the other
	}{
		{"--version", 0, "bones "},
		{"ps aux", 0, "USER "}, // how wide PID is, each pid namespace has of its own
		{"containers --sort -memory", 0, "NAME"},
		{"containers -a", 0, "NAME"},
		{"stats --sort cpu --once --interval 0.05", 0, "NAME"},
		{"stats --sort memry --once", exitUsage, "did you mean memory?"},
		{"containers --sort none", exitUsage, "the orders are name, pid"},
		{"contaners", exitUsage, "did you mean containers?"},
		{"files sl web", exitUsage, "did you mean ls?"},
		{"files", 0, "Work with the files"},
		{"pid", exitUsage, "TARGET is missing: bones pid TARGET"},
		{"set self", exitUsage, "FILE=VALUE is missing"},
		{"freeze a b", exitUsage, "2 arguments were given, but it takes at most 1: bones freeze TARGET"},
		{"stats --once --interval 100ms", 0, "NAME"},
		{"stats --once --interval 2h", exitUsage, "is not a time from 50ms to 1h"},
		{"record --interval 0 --dir /nosuch", exitUsage, "is not a time from 100ms to 24h"},
		{"stats --intervall 1", exitUsage, "did you mean --interval?"},
	} {
		out, errs, status := say(t, strings.Fields(c.line)...)
		if status != c.status || status == 0 && !strings.HasPrefix(out, c.want) ||
			status != 0 && !strings.Contains(errs, c.want) {
			t.Errorf("bones %s: status %d, %.100q, %s", c.line, status, out, errs)
		}
		if status != 0 && strings.Count(errs, "\n") != 1 {
			t.Errorf("bones %s: not one line: %q", c.line, errs)
		}
	}
}

// TestKillByNumber kills a process of the test's own as kill(1) is written, and says in JSON what was done.
func TestKillByNumber(t *testing.T) {
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	defer c.Process.Kill()
	out, errs, status := say(t, "kill", "-9", strconv.Itoa(c.Process.Pid), "--json")
	if status != 0 {
		t.Fatal(status, errs)
	}
	var done []struct {
		Kind, What string
		ByHand     string `json:"by_hand"`
		Undoable   *bool
	}
	if err := json.Unmarshal([]byte(out), &done); err != nil || len(done) != 1 || done[0].Kind != "signal" ||
		!strings.Contains(done[0].ByHand, "-KILL") || done[0].Undoable == nil || *done[0].Undoable {
		t.Errorf("%v: %s", err, out)
	}
	proctest.Until(t, "the process ends", func() bool { return len(ended) == 1 })
}
