package procwalk

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

const everything = WantStatus | WantCmdline | WantCgroup | WantNS | WantIO

func newTestWalker(t *testing.T, root string, options ...Option) *Walker {
	t.Helper()
	w, err := NewWalker(root, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func snapshot(t *testing.T, w *Walker, want Want) *Snapshot {
	t.Helper()
	return snapshotOf(t, w, Request{Want: want})
}

func snapshotOf(t *testing.T, w *Walker, r Request) *Snapshot {
	t.Helper()
	s, err := w.Snapshot(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// child starts a command that is killed and reaped when the test ends, and returns its PID.
func child(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(name, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	return c
}

func TestWalkerReadsOwnChild(t *testing.T) {
	begun := time.Now()
	c := child(t, "sleep", "1000")
	for _, keep := range []bool{false, true} {
		options, passes := []Option{Workers(2)}, 3
		if keep {
			options, passes = append(options, Keep()), 40 // over more than rereadEvery
		}
		w := newTestWalker(t, "/proc", options...)
		for pass := range passes {
			s := snapshot(t, w, everything)
			p := s.Find(c.Process.Pid)
			if p == nil {
				t.Fatalf("keep %v, pass %d: the child is missing", keep, pass)
			}
			if p.Comm.Raw() != "sleep" || p.PPID != os.Getpid() || p.State != 'S' && p.State != 'R' && p.State != 'D' {
				t.Fatalf("stat = %+v", p.Stat)
			}
			if got := p.Cmdline.Raw.Raw(); got != "sleep\x001000\x00" {
				t.Fatalf("cmdline = %q", got)
			}
			if p.Status.Err != nil || int(p.Status.EUID) != os.Geteuid() || p.Status.NSpid[0] != p.PID {
				t.Fatalf("status = %+v", p.Status)
			}
			if len(p.Cgroups.Lines) == 0 || p.IO.Err != nil {
				t.Fatalf("cgroups = %+v, io = %+v", p.Cgroups, p.IO)
			}
			for ns := range NSTypes {
				var st unix.Stat_t
				if err := unix.Stat("/proc/self/ns/"+ns.String(), &st); err != nil {
					t.Fatal(err)
				}
				if p.NS.Inode[ns] != st.Ino || p.NS.Err[ns] != nil {
					t.Fatalf("ns %v = %d (%v), want %d", ns, p.NS.Inode[ns], p.NS.Err[ns], st.Ino)
				}
			}
			if age := time.Since(s.StartedAt(p)); age < -2*time.Second || age > time.Since(begun)+2*time.Second {
				t.Fatalf("the child seems to be %v old", age)
			}
			if self := s.Find(os.Getpid()); self == nil || s.FindID(self.ID()) != self {
				t.Fatal("the test itself is missing")
			}
		}
	}
}

func TestKeepingWalkerSeesExecAndEnd(t *testing.T) {
	w := newTestWalker(t, "/proc", Keep())
	c := exec.Command("sh", "-c", "read x; exec sleep 1000")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { c.Process.Kill(); c.Wait() }()
	var before *Process
	eventually(t, "the shell shows", func() bool { // the kernel may still be busy with its own exec
		before = snapshot(t, w, WantCmdline).Find(c.Process.Pid)
		return before != nil && strings.HasPrefix(before.Cmdline.Raw.Raw(), "sh\x00")
	})
	in.Write([]byte("\n"))
	eventually(t, "the exec shows", func() bool {
		p := snapshot(t, w, WantCmdline).Find(c.Process.Pid)
		return p != nil && p.Comm.Raw() == "sleep" && p.Cmdline.Raw.Raw() == "sleep\x001000\x00" && p.ID() == before.ID()
	})
	if before.Comm.Raw() != "sh" {
		t.Error("a later snapshot changed an earlier one")
	}
	c.Process.Kill()
	eventually(t, "the zombie shows", func() bool {
		p := snapshot(t, w, WantCmdline).Find(c.Process.Pid)
		return p != nil && p.State == 'Z' && p.Cmdline.Raw.Len() == 0
	})
	c.Wait()
	if p := snapshot(t, w, WantCmdline).Find(c.Process.Pid); p != nil {
		t.Errorf("the process is reaped, but still shows: %v", p.ID())
	}
}

// eventually polls until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := proctest.Deadline()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func openFDs(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestWalkerLeaksNoDescriptor(t *testing.T) {
	before := openFDs(t)
	for _, options := range [][]Option{nil, {Keep()}} {
		w, err := NewWalker("/proc", options...)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			c := exec.Command("true")
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			snapshot(t, w, everything)
			c.Wait()
			cancelled, cancel := context.WithCancel(context.Background())
			cancel()
			if _, err := w.Snapshot(cancelled, Request{Want: everything}); err == nil {
				t.Fatal("a cancelled snapshot succeeded")
			}
		}
		w.Close()
	}
	if after := openFDs(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestWalkerOnly(t *testing.T) {
	c := child(t, "sleep", "1000")
	s := snapshot(t, newTestWalker(t, "/proc", Only([]int{c.Process.Pid, 1, 1, 1 << 22})), WantCmdline)
	if len(s.Processes) != 2 || s.Processes[0].PID != 1 || s.Processes[1].PID != c.Process.Pid || s.Vanished != 1 {
		t.Errorf("%d rows, %d vanished", len(s.Processes), s.Vanished)
	}
	if s := snapshot(t, newTestWalker(t, "/proc", Only([]int{})), 0); len(s.Processes) != 0 {
		t.Errorf("nobody was asked for, but there are %d rows", len(s.Processes))
	}
}

func TestWalkerSaysWhatIsNoProc(t *testing.T) {
	for _, root := range []string{t.TempDir(), "/nonexistent", "/etc/passwd"} {
		if w, err := NewWalker(root); err == nil {
			w.Close()
			t.Errorf("NewWalker(%q) succeeded", root)
		} else if !strings.Contains(err.Error(), root) {
			t.Errorf("the error does not name %s: %v", root, err)
		}
	}
}
