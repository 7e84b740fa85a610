package signals

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func snapshot(t *testing.T) *procwalk.Snapshot {
	t.Helper()
	w, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(context.Background(), procwalk.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// child starts a command that is killed and reaped when the test ends.
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

func signalTo(t *testing.T, s *procwalk.Snapshot, pid int, signal unix.Signal) Signal {
	t.Helper()
	p := s.Find(pid)
	if p == nil {
		t.Fatalf("PID %d is not in the snapshot", pid)
	}
	e, err := New("/proc", s, p, signal)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSignalStopsAndUndoContinues(t *testing.T) {
	c := child(t, "sleep", "1000")
	state := func() byte { return snapshot(t).Find(c.Process.Pid).State }
	stop := signalTo(t, snapshot(t), c.Process.Pid, unix.SIGSTOP)
	if !stop.Undo().Possible || stop.Risk().Level != effect.Confirm {
		t.Errorf("undo %+v, risk %+v", stop.Undo(), stop.Risk())
	}
	out, err := stop.Apply(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	proctest.Until(t, "it is stopped", func() bool { return state() == 'T' })
	record, err := out.Inverse.(effect.Recorder).Record()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Restore("/proc", snapshot(t), record)
	if err != nil || back != out.Inverse {
		t.Fatalf("written down and read again it is %+v, %v", back, err)
	}
	if _, err := back.Apply(context.Background()); err != nil {
		t.Fatal(err)
	}
	proctest.Until(t, "it goes on", func() bool { return state() == 'S' })
	c.Process.Kill()
	c.Wait()
	if _, err := Restore("/proc", snapshot(t), record); !errors.Is(err, procwalk.ErrGone) {
		t.Errorf("of a process that has ended: %v", err)
	}
}

func TestSignalNeverHitsAReusedPID(t *testing.T) {
	c := child(t, "sleep", "1000")
	s := snapshot(t)
	e := signalTo(t, s, c.Process.Pid, unix.SIGKILL)
	e.target.Start-- // as if the process that was shown had started earlier, and ended
	if _, err := e.Apply(context.Background()); !errors.Is(err, procwalk.ErrGone) || !strings.Contains(err.Error(),
		"another process") {
		t.Errorf("err = %v, want ErrGone", err)
	}
	if err := unix.Kill(c.Process.Pid, 0); err != nil {
		t.Errorf("the process with the reused PID was hit: %v", err)
	}
	right := signalTo(t, s, c.Process.Pid, unix.SIGKILL)
	if _, err := right.Apply(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	if _, err := right.Apply(context.Background()); !errors.Is(err, procwalk.ErrGone) {
		t.Errorf("err = %v, want ErrGone", err)
	}
}

func TestSignalRefusesForeignProc(t *testing.T) {
	c := child(t, "sleep", "1000")
	e := signalTo(t, snapshot(t), c.Process.Pid, unix.SIGKILL)
	e.root = t.TempDir()
	if _, err := e.Apply(context.Background()); !errors.Is(err, procwalk.ErrUnsupported) {
		t.Errorf("err = %v, want ErrUnsupported", err)
	}
}

func TestSignalGraveTargets(t *testing.T) {
	s := snapshot(t)
	for _, pid := range []int{1, os.Getppid(), os.Getpid()} {
		if r := signalTo(t, s, pid, unix.SIGTERM).Risk(); r.Level != effect.Grave || r.Why == "" {
			t.Errorf("PID %d: risk %+v", pid, r)
		}
	}
}

func TestSignalByHandDoesTheSame(t *testing.T) {
	c := child(t, "sleep", "1000")
	e := signalTo(t, snapshot(t), c.Process.Pid, unix.SIGTERM)
	if out, err := exec.Command("sh", "-c", e.ByHand()).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", e.ByHand(), err, out)
	}
	err := c.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(interface{ Signal() unix.Signal }).Signal() != unix.SIGTERM {
		t.Errorf("after %q it ended with %v", e.ByHand(), err)
	}
}

func TestParseSignal(t *testing.T) {
	for word, want := range map[string]unix.Signal{
		"TERM": 15, "SIGTERM": 15, "sigkill": 9, "9": 9, "hup": 1, "RTMIN": 34, "RTMIN+3": 37, "SIGRTMAX-2": 62,
		"64": 64, "RTMIN+20": 54, "POLL": 29, "CLD": 17,
	} {
		if got, err := Parse(word); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", word, got, err, want)
		}
	}
	for _, word := range []string{"", "0", "65", "-1", "NOPE", "SIG", "RTMIN+99", "RTMAX--1", "9 ", "1e1"} {
		if got, err := Parse(word); err == nil {
			t.Errorf("Parse(%q) = %d", word, got)
		}
	}
	for n := unix.Signal(1); n <= 64; n++ {
		if back, err := Parse(Name(n)); err != nil || back != n {
			t.Errorf("signal %d is called %q, which is %d, %v", n, Name(n), back, err)
		}
	}
}

// TestEveryFieldOfASignalIsRecorded: what the journal has of a signal is the signal.
func TestEveryFieldOfASignalIsRecorded(t *testing.T) {
	proctest.Recorded[recorded](t, nil, nil)
}
