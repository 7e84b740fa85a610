package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// TestTestsHaveAJournalOfTheirOwn: what tests have bones do without --journal is in no history of this machine's root,
// who could otherwise take it back with `bones undo`.
func TestTestsHaveAJournalOfTheirOwn(t *testing.T) {
	proctest.Need(t, proctest.Root)
	m, pid := builtBones(t), sleeper(t).Process.Pid
	if out, err := exec.Command(m.bones, "kill", strconv.Itoa(pid)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	line := "send SIGTERM to PID " + strconv.Itoa(pid) + " "
	b, err := os.ReadFile(filepath.Join(built.state(), "journal.jsonl"))
	if err != nil || !strings.Contains(string(b), line) {
		t.Errorf("the tests' own journal lacks %q: %v", line, err)
	}
}
