package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFiles does on a demo's files what a user does, and feeds it what is nasty.
func TestFiles(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("files")
	row := m.startDemo(t, name, "")
	inside := func(path string) string { return fmt.Sprintf("/proc/%d/root%s", *row.PID, path) }
	status := func(want int, args ...string) string {
		t.Helper()
		c := exec.Command(m.bones, append([]string{"--journal", filepath.Join(m.dir, "journal")}, args...)...)
		out, _ := c.CombinedOutput()
		if got := c.ProcessState.ExitCode(); got != want {
			t.Errorf("%q: status %d, want %d; %s", args, got, want, out)
		}
		return string(out)
	}

	m.ask(t, "files", "mkdir", name, "/tmp/a/b", "-p")
	local := filepath.Join(t.TempDir(), "tree")
	for _, dir := range []string{local, local + "/sub"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	nasty := "n\x1b[2Jasty\u202e"
	for file, content := range map[string]string{"one": "1\n", "sub/two": "2\n", nasty: "\x1b]0;title\a"} {
		if err := os.WriteFile(filepath.Join(local, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.ask(t, "files", "put", name, local, "/tmp/tree", "--yes")
	if b, err := os.ReadFile(inside("/tmp/tree/sub/two")); err != nil || string(b) != "2\n" {
		t.Errorf("%q %v", b, err)
	}
	if out := m.ask(t, "files", "ls", name, "/tmp/tree"); strings.ContainsAny(out, "\x1b\u202e") ||
		!strings.Contains(out, `\x1b[2J`) {
		t.Errorf("a hostile name: %q", out)
	}
	var entries []struct {
		Name, Kind string
		UIDInside  *int64 `json:"uid_inside"`
	}
	if err := json.Unmarshal([]byte(m.ask(t, "--json", "files", "ls", name, "/tmp/tree")), &entries); err != nil ||
		len(entries) != 3 {
		t.Errorf("%+v %v", entries, err)
	}
	back := filepath.Join(t.TempDir(), "back")
	m.ask(t, "files", "get", name, "/tmp/tree", back)
	if out, err := exec.Command("diff", "-r", local, back).CombinedOutput(); err != nil {
		t.Errorf("out and in: %s", out)
	}
	if got := m.ask(t, "files", "get", name, "/tmp/tree/one", "-"); got != "1\n" {
		t.Errorf("%q", got)
	}

	byHand := m.ask(t, "files", "touch", name, "/tmp/by hand", "--dry-run")
	if out, err := exec.Command("sh", "-c", byHand).CombinedOutput(); err != nil {
		t.Errorf("%s: %s", byHand, out)
	}
	if _, err := os.Stat(inside("/tmp/by hand")); err != nil {
		t.Error(err)
	}

	editor := filepath.Join(m.dir, "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\necho edited > \"$1\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EDITOR", editor)
	t.Setenv("VISUAL", "")
	m.ask(t, "files", "edit", name, "/tmp/tree/one")
	if got := m.ask(t, "files", "cat", name, "/tmp/tree/one"); got != "edited\n" {
		t.Errorf("edited: %q", got)
	}
	m.ask(t, "undo")
	if got := m.ask(t, "files", "cat", name, "/tmp/tree/one"); got != "1\n" {
		t.Errorf("undone: %q", got)
	}
	m.ask(t, "files", "rm", name, "/tmp/tree/one", "--yes")
	status(exitFailed, "files", "cat", name, "/tmp/tree/one")
	m.ask(t, "undo")
	if got := m.ask(t, "files", "cat", name, "/tmp/tree/one"); got != "1\n" {
		t.Errorf("removed and undone: %q", got)
	}

	byHand = m.ask(t, "files", "mv", name, "/tmp/tree/one", "/tmp/tree/1", "--dry-run")
	m.ask(t, "files", "mv", name, "/tmp/tree/one", "/tmp/tree/1")
	if got := m.ask(t, "files", "cat", name, "/tmp/tree/1"); got != "1\n" {
		t.Errorf("renamed: %q", got)
	}
	m.ask(t, "undo")
	if out, err := exec.Command("sh", "-c", byHand).CombinedOutput(); err != nil {
		t.Errorf("%s: %s", byHand, out)
	}
	if got := m.ask(t, "files", "cat", name, "/tmp/tree/1"); got != "1\n" {
		t.Errorf("renamed back, and by hand: %q", got)
	}
	status(exitFailed, "files", "mv", name, "/tmp/tree/1", "/tmp/tree/sub")
	status(exitFailed, "files", "mv", name, "/tmp/nothing", "/tmp/x")
	status(exitPermission, "files", "mv", name, "/tmp/tree/1", "/proc/x")               // a file of the kernel's
	status(exitFailed, "files", "mv", name, "/tmp/tree/1", "/proc/x", "--kernel-files") // another mount
	if out := m.ask(t, "files", "cat", name, "/status", "--proc-dir", "--decoded"); !strings.Contains(out,
		"its PID in each pid namespace") {
		t.Errorf("decoded: %s", out)
	}
	status(exitUsage, "files", "cat", name, "/etc/passwd", "--decoded")

	status(exitUsage, "files", "rm", name, "/tmp/tree", "-r")
	status(exitFailed, "files", "rm", name, "/tmp/tree", "--yes")
	status(0, "files", "rm", name, "/tmp/tree", "-r", "--yes")
	status(exitFailed, "files", "cat", name, "/tmp/tree/1")
	status(exitPermission, "--readonly", "files", "touch", name, "/tmp/x")
	status(exitNoTarget, "files", "ls", "nosuch")
	status(exitUsage, "files", "touch", name, "/tmp/x", "--mode", "9")
	status(exitFailed, "files", "touch", name, "/tmp/..")
	if out := status(0, "files", "cat", name, "/status", "--proc-dir"); !strings.Contains(out, "NSpid:") {
		t.Errorf("%s", out)
	}
	status(exitFailed, "files", "cat", name, "/root/etc/passwd", "--proc-dir")
}

// TestUndoTakesNothingElseBack: where the last change cannot be undone, no older one is; and the script of what was
// done touches no process that has only the number.
func TestUndoTakesNothingElseBack(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("past")
	row := m.startDemo(t, name, "")
	journal := filepath.Join(m.dir, "journal")
	run := func(args ...string) (string, error) {
		out, err := exec.Command(m.bones, append([]string{"--journal", journal}, args...)...).CombinedOutput()
		return string(out), err
	}
	must := func(args ...string) {
		t.Helper()
		if out, err := run(args...); err != nil {
			t.Fatalf("%q: %v: %s", args, err, out)
		}
	}
	made := fmt.Sprintf("/proc/%d/root/tmp/made", *row.PID)
	must("files", "touch", name, "/tmp/made")
	if err := unix.Mkfifo(made+"-fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	must("files", "rm", name, "/tmp/made-fifo", "--yes")
	if out, err := run("undo"); err == nil || !strings.Contains(out, "number 2") {
		t.Errorf("undo of what cannot be undone: %v: %s", err, out)
	}
	if _, err := os.Lstat(made); err != nil {
		t.Errorf("an older change was taken back: %v", err)
	}
	must("undo", "1")
	if _, err := os.Lstat(made); !os.IsNotExist(err) {
		t.Errorf("undone by its number: %v", err)
	}
	must("kill", strconv.Itoa(*row.PID), "-s", "CONT", "--yes")
	script, err := run("history", "--sh")
	if err != nil {
		t.Fatal(err)
	}
	// As if the number were another process's by now.
	other := regexp.MustCompile(`(?m)^still (\d+) \d+$`).ReplaceAllString(script, "still $1 12")
	c := exec.Command("sh")
	c.Stdin = strings.NewReader(other)
	if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), "is not the process any more") {
		t.Errorf("%v: %s\n%s", err, out, other)
	}
	if _, err := os.Lstat(made); !os.IsNotExist(err) {
		t.Errorf("the script went on: %v", err)
	}
}
