package machines

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// TestFindsAMachine starts one in software emulation, which is held before its first instruction, beside a process
// that only has such a name.
func TestFindsAMachine(t *testing.T) {
	proctest.NeedPrograms(t, "qemu-system-x86_64")
	c := exec.Command("qemu-system-x86_64", "-accel", "tcg", "-S", "-display", "none", "-nodefaults", "-m", "64",
		"-smp", "2", "-name", "machines-probe,debug-threads=on")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	named := exec.Command("/bin/sleep", "1000")
	named.Args[0] = "qemu-system-x86_64"
	if err := named.Start(); err != nil {
		t.Fatal(err)
	}
	defer named.Wait()
	defer named.Process.Kill()
	// As a recorder reads: only the beginning of the command line. The rest is read where it is a machine's.
	w, err := procwalk.NewWalker("/proc", procwalk.Lines(32))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var found *GuestProcess
	proctest.Until(t, "the machine has its two processors", func() bool {
		s, err := w.Snapshot(context.Background(), procwalk.Request{Want: procwalk.WantCmdline})
		if err != nil {
			t.Fatal(err)
		}
		list, _ := New("/proc").Find(s)
		found = nil
		for i := range list {
			switch list[i].ID.PID {
			case c.Process.Pid:
				found = &list[i]
			case named.Process.Pid:
				t.Fatal("a name alone makes a machine")
			}
		}
		return found != nil && found.Guest.VCPUs == 2
	})
	if found.Label() != text.New("machines-probe") || found.Guest.Memory != 64<<20 || found.Guest.Accelerated ||
		found.Unread != "" {
		t.Errorf("it is %+v", found)
	}
}

func TestCandidate(t *testing.T) {
	for name, want := range map[string]bool{"qemu-system-x86": true, "cloud-hyperviso": true, "VBoxHeadless": true,
		"firecracker": true, "kvm": true, "qemu-img": false, "sleep": false, "kvm-nx-lpage-recovery": false} {
		if got := Candidate(&procwalk.Process{Stat: procwalk.Stat{PID: 5, PPID: 1, Comm: text.New(name)}}); got != want {
			t.Errorf("%s is looked into: %v", name, got)
		}
	}
}

// TestMoreThanIsLookedAt: a bound on what is read of one process is known to be reached, or not.
func TestMoreThanIsLookedAt(t *testing.T) {
	self, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	s, err := self.Snapshot(context.Background(), procwalk.Request{})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := procwalk.OpenFolder("/proc", s.Find(os.Getpid()).ID())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for most, want := range map[int]bool{1: true, 100_000: false} {
		list, cut, dir, err := names(folder, "fd", most)
		if err != nil {
			t.Fatal(err)
		}
		dir.Close()
		if cut != want || len(list) > most || len(list) == 0 {
			t.Errorf("at most %d: %d, cut %v", most, len(list), cut)
		}
	}
}
