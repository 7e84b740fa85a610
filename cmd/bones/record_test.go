package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/recording"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestRecord: frames come at the interval until somebody ends it, and the directory is a recording then.
func TestRecord(t *testing.T) {
	m := builtBones(t)
	dir := filepath.Join(t.TempDir(), "recording")
	c := exec.Command(m.bones, "record", "--interval", "100ms", "--keep", "1d", "--max-size", "100M", "--dir", dir)
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		r, err := record.Open(dir)
		if err != nil {
			return 0
		}
		defer r.Close()
		return r.Len()
	}
	for deadline := proctest.Deadline(); count() < 3; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.Process.Kill()
			c.Wait()
			t.Fatalf("there are %d frames; it said %s", count(), &said)
		}
	}
	a, _, errOut := testApp(t)
	if got := a.run(t.Context(), []string{"record", "--dir", dir}); got != exitFailed ||
		!strings.Contains(errOut.String(), "another bones is recording there") {
		t.Errorf("a second recorder: status %d, %s", got, errOut)
	}
	c.Process.Signal(unix.SIGTERM)
	if err := c.Wait(); err != nil || !strings.Contains(said.String(), "every 100ms") {
		t.Errorf("it ended with %v and said %s", err, &said)
	}
	r, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := r.Frame(r.Len() - 1)
	if err != nil || len(r.Damaged()) > 0 {
		t.Fatal(err, r.Damaged())
	}
	found := false
	for i := range f.Processes {
		found = found || f.Processes[i].PID == os.Getpid()
	}
	if !found {
		t.Errorf("this process is none of %d", len(f.Processes))
	}
}

// TestRecordStream: one stream goes to a new file or through a pipe; snapshot is one with one moment.
func TestRecordStream(t *testing.T) {
	m := builtBones(t)
	dir := t.TempDir()
	piped := filepath.Join(dir, "piped")
	line := fmt.Sprintf("timeout -s INT 2 %s record --interval 100ms -o - > %s; %[1]s snapshot %[3]s/one", m.bones,
		piped, dir)
	out, err := exec.Command("sh", "-c", line).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v; it prints %q", err, out)
	}
	for name, least := range map[string]int{piped: 2, dir + "/one": 1} {
		r, err := record.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if r.Len() < least || len(r.Damaged()) > 0 {
			t.Errorf("%s has %d frames; %v", name, r.Len(), r.Damaged())
		}
		r.Close()
	}
	if info, err := os.Stat(dir + "/one"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for _, args := range [][]string{{"snapshot", dir + "/one"}, {"record", "--output", dir + "/one"}} {
		a, _, errOut := testApp(t)
		if got := a.run(t.Context(), args); got != exitUsage || !strings.Contains(errOut.String(), "overwrites no file") {
			t.Errorf("%q: status %d, %s", args, got, errOut)
		}
	}
}

func TestRecordRefuses(t *testing.T) {
	for _, args := range [][]string{
		{"record", "--interval", "1ms"}, {"record", "--interval", "soon"}, {"record", "--keep", "1s"},
		{"record", "--keep", "-1d"}, {"record", "--max-size", "1"}, {"record", "--max-size", "-1"},
		{"record", "--dir", "x", "-o", "y"}, {"record", "x"}, {"snapshot"},
	} {
		a, _, errOut := testApp(t)
		if got := a.run(t.Context(), args); got != exitUsage || strings.Count(errOut.String(), "\n") != 1 {
			t.Errorf("%q: status %d, %s", args, got, errOut)
		}
	}
	everybodys := t.TempDir()
	if err := os.Chmod(everybodys, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	a, _, errOut := testApp(t)
	if got := a.run(t.Context(), []string{"record", "--dir", everybodys}); got != exitFailed ||
		!strings.Contains(errOut.String(), "--dir") {
		t.Errorf("a directory of everybody's: status %d, %s", got, errOut)
	}
}

// TestSnapshotThatFails: nothing is left that would stand in the way of the next try.
func TestSnapshotThatFails(t *testing.T) {
	name := filepath.Join(t.TempDir(), "now")
	for range 2 {
		a, _, errOut := testApp(t)
		if got := a.run(t.Context(), []string{"snapshot", name, "--proc", t.TempDir()}); got != exitFailed {
			t.Errorf("status %d, %s", got, errOut)
		}
	}
	// Whoever may write to the directory exchanges it: what has the name by then is not ours to remove.
	dir := filepath.Join(t.TempDir(), "d")
	os.Mkdir(dir, 0o755)
	other := filepath.Join(dir, "now")
	b, _, _ := testApp(t)
	failing := recording.Stream(program{b}, other, func(*record.Stream) error {
		return errors.Join(os.ErrInvalid, os.Rename(dir, dir+"-moved"), os.Mkdir(dir, 0o755),
			os.WriteFile(other, []byte("theirs"), 0o600))
	})
	if _, ours := os.Stat(dir + "-moved/now"); failing == nil || ours == nil {
		t.Errorf("%v, and what was begun stays", failing)
	}
	if theirs, _ := os.ReadFile(other); string(theirs) != "theirs" {
		t.Error("a file of somebody else's was removed")
	}
	a, _, _ := testApp(t)
	err := recording.Stream(program{a}, name, func(*record.Stream) error { return os.ErrInvalid })
	if _, there := os.Stat(name); err == nil || there == nil {
		t.Errorf("%v, and the file is there", err)
	}
}

// TestRecordALargeHost: a recorder holds what it writes. Command lines of 90 MB, of which it keeps the beginnings,
// cost it nothing, and do not end it.
func TestRecordALargeHost(t *testing.T) {
	m := builtBones(t)
	tree := proctest.New(t)
	args := []string{"java", strings.Repeat("x", 120<<10)}
	tree.Fill(750, func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 1, PPID: min(i, 1), Comm: "java", Args: args}
	})
	file := filepath.Join(t.TempDir(), "large")
	c := exec.Command(m.bones, "record", "--proc", tree.Path(), "--interval", "200ms", "-o", file)
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	frames := func() int {
		r, err := record.Open(file)
		if err != nil {
			return 0
		}
		defer r.Close()
		return r.Len()
	}
	for deadline := proctest.Deadline(); frames() < 3; time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v, %s", err, &said)
		default:
		}
		if time.Now().After(deadline) {
			c.Process.Kill()
			t.Fatalf("there are %d frames", frames())
		}
	}
	used := highWater(c.Process.Pid)
	t.Logf("%d KiB", used)
	if used > 64<<10 || used == 0 {
		t.Errorf("it has had %d KiB", used)
	}
	c.Process.Signal(unix.SIGTERM)
	if err := <-ended; err != nil {
		t.Errorf("%v, %s", err, &said)
	}
}
