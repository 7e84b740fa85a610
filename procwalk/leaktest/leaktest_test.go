package leaktest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRunFindsWhatIsLeft(t *testing.T) {
	var cleanup []func()
	desk := t.TempDir()
	for _, c := range []struct {
		what string
		leak func()
	}{
		{"descriptor", func() {
			f, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			cleanup = append(cleanup, func() { f.Close() })
		}},
		{"goroutine", func() {
			stop := make(chan struct{})
			go func() { <-stop }()
			cleanup = append(cleanup, func() { close(stop) })
		}},
		{"child", func() {
			cmd := exec.Command("sleep", "1000")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			cleanup = append(cleanup, func() { cmd.Process.Kill(); cmd.Wait() })
		}},
		{"file", func() {
			if err := os.WriteFile(filepath.Join(desk, "left"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			cleanup = append(cleanup, func() { os.Remove(filepath.Join(desk, "left")) })
		}},
	} {
		before := inventory(desk)
		c.leak()
		if left := before.missingIn(inventory(desk)); !strings.Contains(strings.Join(left, "\n"), c.what) {
			t.Errorf("a leaked %s was not found; found %q", c.what, left)
		}
		for _, f := range cleanup {
			f()
		}
		cleanup = nil
	}
}

// TestGroupsAreFound: a control group with the PID of this process in its name is found in each hierarchy, also in a
// group of somebody else, until it is gone.
func TestGroupsAreFound(t *testing.T) {
	desk := t.TempDir()
	before := inventory(desk)
	made := 0
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"} {
		around := filepath.Join(root, fmt.Sprintf("others-%d", os.Getpid()))
		if os.Mkdir(around, 0o755) != nil {
			continue
		}
		defer os.Remove(around)
		for _, in := range []string{root, around} {
			group := filepath.Join(in, fmt.Sprintf("bones-leak-%d-x", os.Getpid()))
			if err := os.Mkdir(group, 0o755); err != nil {
				continue // an inner group is not allowed here
			}
			made++
			if left := before.missingIn(inventory(desk)); len(left) != 1 || left[0] != "1 × cgroup "+group {
				t.Errorf("of %s it found %q", group, left)
			}
			if err := os.Remove(group); err != nil {
				t.Error(err)
			}
			if left := before.missingIn(inventory(desk)); len(left) > 0 {
				t.Errorf("after the end of %s it found %q", group, left)
			}
		}
	}
	if made == 0 {
		t.Skip("no control group can be made here")
	}
}

// TestNeighboursAreNoLeak: what others make on this machine meanwhile is not ours.
func TestNeighboursAreNoLeak(t *testing.T) {
	desk := t.TempDir()
	before := inventory(desk)
	name := fmt.Sprintf("bones-demo-test-%d", os.Getppid()) // as a package that is tested beside this one names it
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"} {
		if os.Mkdir(filepath.Join(root, name), 0o755) == nil {
			defer os.Remove(filepath.Join(root, name))
		}
	}
	elsewhere := t.TempDir()
	if err := unix.Mount("none", elsewhere, "tmpfs", 0, "size=4k"); err == nil {
		defer unix.Unmount(elsewhere, unix.MNT_DETACH)
	}
	if left := before.missingIn(inventory(desk)); len(left) > 0 {
		t.Errorf("it would fail for what others have made: %q", left)
	}
	for name, want := range map[string]bool{"bones-test-12": true, "bones-demo-12-x": true, "bones-test-112": false,
		"bones-unshare-7-12": true} {
		if named(name, 12) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

func TestRunHandsTheStatusOn(t *testing.T) {
	if got := Run(func() int { return 3 }); got != 3 {
		t.Errorf("status %d, want 3", got)
	}
	if got := Run(func() int { return 0 }); got != 0 {
		t.Errorf("status %d with nothing left, want 0", got)
	}
}

// TestFuzzingMayBeEndedInTheMidst: a worker that is stopped when the time is up removes nothing.
func TestFuzzingMayBeEndedInTheMidst(t *testing.T) {
	leave := func() int {
		if err := os.WriteFile(filepath.Join(os.Getenv("TMPDIR"), "left"), nil, 0o600); err != nil {
			t.Error(err)
		}
		return 0
	}
	worker := flag.Lookup("test.fuzzworker")
	if err := worker.Value.Set("true"); err != nil {
		t.Fatal(err)
	}
	defer worker.Value.Set(worker.DefValue)
	if got := Run(leave); got != 0 {
		t.Errorf("status %d", got)
	}
}

// TestWithoutProc: where there is no proc file system, nothing runs that would fail for want of it, and it is said.
func TestWithoutProc(t *testing.T) {
	if err := lacksProc("/proc"); err != nil {
		t.Error(err)
	}
	why := lacksProc(t.TempDir())
	if why == nil {
		t.Fatal("an empty directory is taken for a proc file system")
	}
	for ci, want := range []int{0, 1} {
		var said strings.Builder
		if got := without(why, ci == 1, &said); got != want || !strings.Contains(said.String(), why.Error()) {
			t.Errorf("status %d, %q", got, said.String())
		}
	}
}

// TestSignalsAreHeeded: a test that is run with nohup, or in the background of a script, starts shells that can trap
// what those have it ignore.
func TestSignalsAreHeeded(t *testing.T) {
	const word = "BONES_TEST_HEEDS"
	if os.Getenv(word) != "" {
		Run(func() int { return 1 })
		out, err := exec.Command("sh", "-c", "for s in HUP INT QUIT; do trap 'echo got $s' $s; kill -s $s $$; done").Output()
		fmt.Printf("%s%v\n", out, err)
		return
	}
	c := exec.Command("sh", "-c", `trap "" HUP INT QUIT; exec "$0" -test.run '^TestSignalsAreHeeded$'`, os.Args[0])
	c.Env = append(os.Environ(), word+"=1")
	out, err := c.CombinedOutput()
	if !strings.Contains(string(out), "got HUP\ngot INT\ngot QUIT\n<nil>\n") {
		t.Errorf("%v: %s", err, out)
	}
}
