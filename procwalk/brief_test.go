package procwalk

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"bones/procwalk/proctest"
)

// TestBriefIsWhatStatusSays: what a Walker says in brief is what the whole status of the same process says.
func TestBriefIsWhatStatusSays(t *testing.T) {
	read := func(want Want) *Snapshot { // closes what it opens: it is called again and again
		t.Helper()
		w, err := NewWalker("/proc")
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		return snapshot(t, w, want)
	}
	wrong := ""
	proctest.Until(t, "the same in brief and as a whole", func() bool { // processes do this and that meanwhile
		compared := 0
		wrong = ""
		whole, brief := read(WantStatus|WantCmdline), read(WantBrief|WantRSS|WantCmdline)
		for i := range brief.Processes {
			p := &brief.Processes[i]
			q := whole.FindID(p.ID())
			if q == nil || p.Status.Err != nil || q.Status.Err != nil {
				continue
			}
			a, b := p.Status, q.Status
			if !a.Brief || b.Brief {
				t.Fatalf("%d: brief: %t and %t", p.PID, a.Brief, b.Brief)
			}
			compared++
			if a.UID != b.UID || a.EUID != b.EUID || !slices.Equal(a.NSpid, b.NSpid) || a.HasMemory != b.HasMemory ||
				a.VmLck != b.VmLck || p.KernelThread() && a.Threads != b.Threads || p.Cmdline.Raw != q.Cmdline.Raw {
				wrong = fmt.Sprintf("%d: %+v, and as a whole %+v", p.PID, *a, *b)
			}
		}
		return wrong == "" && compared > 0
	})
	if wrong != "" {
		t.Error(wrong)
	}
}

// TestKernelThreadsAreAlike: the status of one thread of the kernel tells that of the others, which is not read where
// it is wanted in brief; that of the processes among them is.
func TestKernelThreadsAreAlike(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("stat", "cpu 1 2 3\nbtime 1700000000\n")
	write("uptime", "5000.00 100.00\n")
	const kernel, process = 0x208040, 0x400100 // PF_KTHREAD is 0x200000
	one := func(pid, flags int, status string) {
		write(strconv.Itoa(pid)+"/stat", fmt.Sprintf("%d (name) S 0 0 0 0 -1 %d 0 0 0 0 3 2 0 0 20 0 1 0 100 %d 5 "+
			"18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", pid, flags, flags&process))
		if status != "" {
			write(strconv.Itoa(pid)+"/status", status)
		}
		write(strconv.Itoa(pid)+"/cmdline", "")
	}
	status := func(uid, pid int) string {
		return fmt.Sprintf("Uid:\t%d\t%d\t%d\t%d\nNSpid:\t%d\nThreads:\t1\n", uid, uid, uid, uid, pid)
	}
	one(2, kernel, status(65534, 2)) // as the kernel's ids are seen in a user namespace
	one(3, kernel, "")
	one(4, process, status(1000, 4)+"VmSize:\t8 kB\nVmLck:\t4 kB\n")
	one(5, kernel, "")
	one(6, kernel, "")
	one(7, process, status(1001, 7))
	s := snapshot(t, newTestWalker(t, dir, Workers(1)), WantBrief|WantRSS|WantCmdline)
	if len(s.Processes) != 6 {
		t.Fatal(s)
	}
	for i, want := range []struct {
		uid    uint32
		locked uint64
	}{{65534, 0}, {65534, 0}, {1000, 4 << 10}, {65534, 0}, {65534, 0}, {1001, 0}} {
		p := &s.Processes[i]
		if st := p.Status; st.Err != nil || st.EUID != want.uid || st.VmLck != want.locked || p.PID != i+2 ||
			!slices.Equal(st.NSpid, []int{p.PID}) || st.Threads != 1 || p.Cmdline.Err != nil {
			t.Errorf("%d: %+v, %+v, want %+v", p.PID, *st, *p.Cmdline, want)
		}
	}
}
