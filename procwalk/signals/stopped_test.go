package signals

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestStoppedAlready: a process that is stopped is not sent another SIGSTOP, which would wait until it goes on, and
// could stop one that goes on meanwhile while bones says that nothing was changed.
func TestStoppedAlready(t *testing.T) {
	c := child(t, "sleep", "1000")
	stop := signalTo(t, snapshot(t), c.Process.Pid, unix.SIGSTOP)
	for n, want := range []bool{false, true} {
		out, err := stop.Apply(context.Background())
		if err != nil || out.Unchanged != want {
			t.Errorf("time %d: unchanged %v, %v", n+1, out.Unchanged, err)
		}
		proctest.Until(t, "it is stopped", func() bool { return snapshot(t).Find(c.Process.Pid).State == 'T' })
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(c.Process.Pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), "ShdPnd:")
	waiting, err := strconv.ParseUint(strings.Fields(after)[0], 16, 64)
	if err != nil || waiting&(1<<(unix.SIGSTOP-1)) != 0 {
		t.Errorf("signals wait for it: %x, %v", waiting, err)
	}
}

// TestKernelThread: a signal that nobody will ever notice is sent, and that it does nothing is said.
func TestKernelThread(t *testing.T) {
	proctest.Need(t, proctest.Root)
	s := snapshot(t)
	for i := range s.Processes {
		p := &s.Processes[i]
		if !p.KernelThread() {
			continue
		}
		for _, signal := range []unix.Signal{unix.SIGSTOP, unix.SIGCONT} {
			e, err := New("/proc", s, p, signal)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := e.Apply(t.Context()); err != nil || out.Note == "" {
				t.Errorf("%v: %+v, %v", signal, out, err)
			}
		}
		return
	}
	t.Skip("this pid namespace has no thread of the kernel")
}
