package roots

import (
	"context"
	"os/exec"
	"testing"

	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/procwalk/taskiter"
)

// TestRootsOfABatch: where BPF gave the rows, its numbers tell the same of the roots of all processes as the links of
// /proc do, and no file is read for it.
func TestRootsOfABatch(t *testing.T) {
	proctest.Need(t, proctest.Root)
	c := exec.Command("chroot", "/usr", "/bin/sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	w, err := procwalk.NewWalker("/proc", taskiter.BPF.Once())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	read := func() *procwalk.Snapshot {
		s, err := w.Snapshot(context.Background(), procwalk.Request{Want: procwalk.WantNS})
		if kind := fault.Of(err); err != nil && (kind == fault.NotPermitted || kind == fault.Unsupported) {
			proctest.Missing(t, "BPF cannot be used here: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	proctest.Until(t, "it sleeps below its own root", func() bool {
		p := read().Find(c.Process.Pid)
		return p != nil && p.Comm.Raw() == "sleep"
	})
	// Others change their roots and end meanwhile: what is wrong is wrong again and again.
	proctest.Until(t, "the numbers say what /proc says", func() bool {
		s, by, agreed, own := read(), New("/proc", "/"), 0, false
		for i := range s.Processes {
			p := &s.Processes[i]
			if p.NS.Root() == 0 {
				continue // it has ended, or the kernel hides it from BPF
			}
			another, known := by.Another(s, p)
			if !known || len(by.known) > 0 {
				t.Fatalf("PID %d: the root was looked at in /proc, although BPF gave its number", p.PID)
			}
			files, spaces := *p, p.NS.WithRoot(0)
			files.NS = &spaces
			if looked, known := New("/proc", "/").Another(s, &files); known && looked == another {
				agreed++
			} else if known {
				t.Logf("PID %d (%s) has another root: %v by BPF, %v by /proc", p.PID, p.Comm.Raw(), another, looked)
				return false
			}
			own = own || another && p.PID == c.Process.Pid
		}
		return agreed > 1 && own
	})
}
