package procwalk

import (
	"os/exec"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestListKnown: where few numbers were given out since the last snapshot, those are looked up and the directory is
// not listed; who has started is in the next snapshot all the same, and who has ended is not.
func TestListKnown(t *testing.T) {
	w := newTestWalker(t, "/proc", Keep())
	if !w.clocks {
		proctest.Missing(t, "processes of this /proc have other numbers than ours")
	}
	// Beside fewer processes the directory is listed, and a container may have no other than the tests.
	for range 40 - len(snapshot(t, w, 0).Processes) {
		proctest.Start(t, exec.Command("sh", "-c", "echo; exec cat"))
	}
	snapshot(t, w, 0)
	looked := false
	proctest.Until(t, "one that has started was found by its number", func() bool {
		c := exec.Command("sleep", "1000")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		s := snapshot(t, w, 0)
		k := w.keptRow(c.Process.Pid)
		if s.Find(c.Process.Pid) == nil || k == nil {
			t.Errorf("PID %d has started, and is not in the snapshot", c.Process.Pid)
		} else {
			looked = k.ino == 0 // only the directory tells it
		}
		c.Process.Kill()
		c.Wait()
		if s := snapshot(t, w, 0); s.Find(c.Process.Pid) != nil {
			t.Errorf("PID %d has ended, and is in the snapshot", c.Process.Pid)
		}
		return looked || t.Failed()
	})
}

// TestOthersChange: what others change of a process that sleeps, while it does nothing, is in a snapshot after one
// turn at the latest, without what only the process itself changes being read again.
func TestOthersChange(t *testing.T) {
	proctest.Need(t, proctest.NiceValues)
	c := exec.Command("setsid", "sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	pid := c.Process.Pid
	w := newTestWalker(t, "/proc", Keep())
	if !w.clocks {
		proctest.Missing(t, "processes of this /proc have other numbers than ours")
	}
	const want = WantStatus | WantCmdline | WantNS | WantCgroup
	proctest.Until(t, "it sleeps, and its turn came without another status", func() bool {
		var before *Status
		var groups *Cgroups // which are read again
		same := true
		for range rereadEvery + 1 {
			p := snapshot(t, w, want).Find(pid)
			same = same && p.State == 'S' && (before == nil || before == p.Status && groups == p.Cgroups)
			before, groups = p.Status, p.Cgroups
		}
		return same
	})
	if err := unix.Setpriority(unix.PRIO_PROCESS, pid, 5); err != nil {
		t.Fatal(err)
	}
	proctest.Until(t, "its nice value is that which it was given", func() bool {
		for range rereadEvery {
			if snapshot(t, w, want).Find(pid).Nice == 5 {
				return true
			}
		}
		return false
	})
}
