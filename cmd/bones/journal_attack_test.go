package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
)

// TestPoisonedJournal: another user writes a journal whose last change seems harmless and whose inverse makes a
// program of root's with the set-user-ID bit somewhere else. Root is brought to name it with --journal.
func TestPoisonedJournal(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	shell := filepath.Join(dir, "rootshell")
	op := func(kind, path string, more map[string]any) map[string]any {
		o := map[string]any{"kind": kind, "path": path, "expect": map[string]any{"absent": true}}
		for k, v := range more {
			o[k] = v
		}
		return map[string]any{"pid": os.Getpid(), "start": start, "op": o}
	}
	suid := map[string]any{"mode": 0o4755, "uid": 0, "gid": 0, "content": "IyEvYmluL3NoCg=="}
	written := 0
	write := func(intentKind string, state any, inverseKind string, inverse any) string {
		written++
		journal := filepath.Join(dir, fmt.Sprintf("journal%d", written))
		c := exec.Command("/bin/sh", "../../testdata/attacks/journal.sh", journal, intentKind, inJSON(t, state), inverseKind,
			inJSON(t, inverse))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("journal.sh: %v: %s", err, out)
		}
		return journal
	}
	touch := op("touch", dir+"/harmless", nil)
	try := func(journal, want string, commands ...[]string) {
		t.Helper()
		for _, args := range commands {
			a, out, errOut := testApp(t)
			if got := a.run(context.Background(), append([]string{"--journal", journal}, args...)); got == 0 {
				t.Errorf("%q: status 0; %s", args, out)
			}
			if said := errOut.String(); !strings.Contains(said, want) || strings.Count(said, "\n") != 1 ||
				strings.Contains(said+out.String(), "harmless") {
				t.Errorf("%q said %q, want one line with %q and nothing that the journal says", args, said, want)
			}
			if _, err := os.Lstat(shell); err == nil {
				t.Fatalf("%q made %s", args, shell)
			}
		}
	}
	undos := [][]string{{"undo"}, {"undo", "--yes"}, {"undo", "1", "--yes"}, {"undo", "--dry-run"}}

	foreign := write("file.touch", touch, "file.put", op("put", shell, suid))
	if err := os.Chown(foreign, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	try(foreign, "not ours", append(undos, []string{"undo", "--redo"}, []string{"history"}, []string{"history", "--sh"},
		[]string{"kill", fmt.Sprint(sleeper(t).Process.Pid)})...)

	// Also where it is taken for ours, the inverse must be one that such a change has, and about the same file.
	const unfit = "not that of the change"
	try(write("file.touch", touch, "file.put", op("put", dir+"/harmless", suid)), unfit, undos...)
	try(write("file.put", op("put", dir+"/harmless", nil), "file.put", op("put", shell, suid)), unfit, undos...)
	try(write("file.put", op("put", dir+"/harmless", nil), "file.rm", op("put", shell, suid)), unfit, undos...)
	try(write("file.touch", op("put", shell, nil), "file.put", op("put", shell, suid)), unfit, undos...)
	try(write("file.mkdir", op("mkdir", dir+"/harmless", nil), "file.rm",
		op("rm", dir+"/harmless", map[string]any{"recursive": true})), unfit, undos...)
	try(write("file.mv", op("mv", dir+"/harmless", map[string]any{"to": dir + "/there"}), "file.mv",
		op("mv", dir+"/there", map[string]any{"to": shell})), unfit, undos...)
	try(write("signal", map[string]any{"pid": 1, "start": 1, "signal": 19}, "signal", map[string]any{"pid": os.Getpid(),
		"start": start, "signal": 9}), unfit, undos...)
}

func inJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
