package reexec_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// The parts of these tests: what cleans up makes a file, so that it can be seen that it has; what owns it starts it
// and waits for its own end.
const (
	cleanerPart = "__reexec-cleaner"
	ownerPart   = "__reexec-owner"
)

func init() {
	reexec.RegisterCleanup(cleanerPart, "bones-cleaner", func(args []string) error {
		if len(args) != 1 {
			return errors.New("it takes the name of a file")
		}
		f, err := os.OpenFile(args[0], os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return &fault.Error{Kind: fault.NotPermitted, What: "making the file", Why: "it cannot be made", Err: err}
		}
		return f.Close()
	})
	proctest.Part(ownerPart, func(args []string) error {
		c, err := reexec.StartCleanup(cleanerPart, args...)
		if err != nil {
			return err
		}
		fmt.Println(c.PID())
		bufio.NewReader(os.Stdin).ReadString('\n')
		return c.Run()
	})
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

func ended(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(b), ") Z ")
}

// ignores reports whether a process ignores signals.
func ignores(pid int, signals ...unix.Signal) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, mask, _ := strings.Cut(string(b), "\nSigIgn:\t")
	mask, _, _ = strings.Cut(mask, "\n")
	bits, err := strconv.ParseUint(mask, 16, 64)
	return err == nil && !slices.ContainsFunc(signals, func(sig unix.Signal) bool { return bits>>(sig-1)&1 == 0 })
}

// TestCleanupAfterAnyEnd: the process that cleans up does it once, whatever ends the one that started it, and is gone
// then. Until that moment it does nothing.
func TestCleanupAfterAnyEnd(t *testing.T) {
	for how, end := range map[string]func(t *testing.T, owner *proctest.Child, cleaner int){
		"SIGKILL": func(t *testing.T, owner *proctest.Child, _ int) { proctest.Signal(t, owner.Process.Pid, unix.SIGKILL) },
		"SIGKILL of all its process group": func(t *testing.T, owner *proctest.Child, _ int) {
			proctest.Signal(t, -owner.Process.Pid, unix.SIGKILL)
		},
		"signals of the terminal, then SIGKILL": func(t *testing.T, owner *proctest.Child, cleaner int) {
			for _, sig := range []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT} {
				proctest.Signal(t, cleaner, sig)
			}
			proctest.Signal(t, owner.Process.Pid, unix.SIGKILL)
		},
		"its own wish":       func(_ *testing.T, owner *proctest.Child, _ int) { fmt.Fprintln(owner.In) },
		"its standard input": func(_ *testing.T, owner *proctest.Child, _ int) { owner.In.Close() },
		"SIGTERM of what cleans up": func(t *testing.T, _ *proctest.Child, cleaner int) {
			proctest.Signal(t, cleaner, unix.SIGTERM)
		},
	} {
		t.Run(how, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "cleaned")
			cmd := reexec.Command(ownerPart, file)
			cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
			owner := proctest.Start(t, cmd)
			var cleaner int
			if _, err := fmt.Sscan(owner.Said, &cleaner); err != nil || cleaner <= 1 {
				t.Fatalf("%q: %v", owner.Said, err)
			}
			if sid, err := unix.Getsid(cleaner); err != nil || sid != cleaner {
				t.Errorf("it is in the session %d: %v", sid, err)
			}
			// It has its name when it waits for signals and for the end.
			proctest.Until(t, "it waits", func() bool {
				b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", cleaner))
				return string(b) == "bones-cleaner\n" && ignores(cleaner, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT)
			})
			if exists(file) {
				t.Fatal("it cleans up while the other still runs")
			}
			end(t, owner, cleaner)
			proctest.Until(t, "it has cleaned up", func() bool { return exists(file) })
			proctest.Until(t, "it is gone", func() bool { return ended(cleaner) })
		})
	}
}

// TestCleanupSaysWhatFailed: to who asked for it, with the kind of the error; on the terminal where nobody is left.
func TestCleanupSaysWhatFailed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "not", "there")
	c, err := reexec.StartCleanup(cleanerPart, file)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Run(); fault.Of(err) != fault.NotPermitted || !errors.Is(err, unix.ENOENT) ||
			errors.Is(err, reexec.ErrNoCleanup) {
			t.Errorf("it failed with %v", err)
		}
	}

	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := reexec.Command(ownerPart, file)
	cmd.Stderr = w
	owner := proctest.Start(t, cmd)
	w.Close()
	proctest.Signal(t, owner.Process.Pid, unix.SIGKILL)
	said, err := io.ReadAll(r) // its end: both have ended
	if err != nil || !strings.HasPrefix(string(said), "bones: making the file: ") || strings.Count(string(said), "\n") != 1 {
		t.Errorf("it said %q, %v", said, err)
	}
}

// TestCleanupKilled: that nothing was cleaned up is not taken for success.
func TestCleanupKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cleaned")
	c, err := reexec.StartCleanup(cleanerPart, file)
	if err != nil {
		t.Fatal(err)
	}
	proctest.Signal(t, c.PID(), unix.SIGKILL)
	if err := c.Run(); !errors.Is(err, reexec.ErrNoCleanup) || !strings.Contains(err.Error(), "killed") {
		t.Errorf("it ended with %v", err)
	}
	if exists(file) {
		t.Error("it has cleaned up")
	}
}
