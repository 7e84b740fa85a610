package leaktest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestRunFindsWhatIsLeft(t *testing.T) {
	var cleanup []func()
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
	} {
		before := inventory()
		c.leak()
		if left := before.missingIn(inventory()); !strings.Contains(strings.Join(left, "\n"), c.what) {
			t.Errorf("a leaked %s was not found; found %q", c.what, left)
		}
		for _, f := range cleanup {
			f()
		}
		cleanup = nil
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
