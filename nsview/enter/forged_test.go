package enter

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"bones/nsview/enter/child"

	"golang.org/x/sys/unix"
)

// wasTellPID is the number of the step that told a PID, when PIDs were told.
const wasTellPID = child.TellSecond

// startForger starts a container whose first process is testdata/attacks/forgedreport.
func startForger(t *testing.T, victim int) *proctest.Child {
	t.Helper()
	path := proctest.Build(t, t.TempDir(), "bones/testdata/attacks/forgedreport")
	c := exec.Command("/bin/sh", "-c", `mount --make-rprivate / && mount -t proc proc /proc && exec "$@"`, "sh", path,
		fmt.Sprint(uint64(wasTellPID)), fmt.Sprint(victim))
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, Unshareflags: unix.CLONE_NEWNS,
		Pdeathsig: syscall.SIGKILL}
	k := proctest.Start(t, c)
	if k.Said != "ready" {
		t.Fatalf("the container said %q", k.Said)
	}
	return k
}

// startVictim starts a process of the host with a group of its own.
func startVictim(t *testing.T) *exec.Cmd {
	t.Helper()
	victim := exec.Command("sleep", "1000")
	victim.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { victim.Process.Kill(); victim.Wait() })
	return victim
}

// lives reports whether a child that nobody has waited for still runs.
func lives(t *testing.T, pid int) bool {
	t.Helper()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil); err != nil {
		t.Fatal(err)
	}
	return info.Signo == 0
}

// TestForgedReportSteersNothing: the container tells the worker that a process of the host is the one that was started
// inside. Whatever is then sent to that must not reach the host's.
func TestForgedReportSteersNothing(t *testing.T) {
	needRoot(t)
	victim := startVictim(t)
	k := startForger(t, victim.Process.Pid)
	id, err := Identify("/proc", k.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New("/proc", Request{Target: id, Program: []string{"sleep", "1000"}, As: AsRoot, NoCgroup: true})
	if err != nil {
		t.Fatal(err)
	}
	forged := ""
	e.hold = func() {
		if forged == "" {
			forged, _ = k.Out.ReadString('\n')
		}
	}
	s, err := e.Start(t.Context(), Stdio{})
	if !strings.Contains(forged, "pipe:") {
		t.Fatalf("the container could write to nothing: this test is worth nothing: %q", forged)
	}
	switch {
	case err == nil:
		s.Signal(syscall.SIGKILL)
		if status, err := s.Wait(); err != nil || status.Signal != syscall.SIGKILL {
			t.Errorf("what was started inside ended with %+v, %v", status, err)
		}
	case !errors.Is(err, errForged) && !strings.Contains(err.Error(), errForged.Error()):
		t.Error(err)
	}
	if !lives(t, victim.Process.Pid) {
		t.Error("the signal for what runs inside went to the process of the host that the container named")
	}
}

// TestStrangersHandNothingOver: a pidfd counts only from the first child, and only if it is a child of the worker's.
func TestStrangersHandNothingOver(t *testing.T) {
	ours, theirs, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(ours)
	defer unix.Close(theirs)
	first, victim := startVictim(t), startVictim(t)
	pidfd, err := unix.PidfdOpen(victim.Process.Pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pidfd)
	record := make([]byte, child.ReportSize)
	record[0] = byte(child.TellSecond)
	if err := unix.Sendmsg(theirs, record, unix.UnixRights(pidfd), nil, 0); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	w := &worker{plan: plan{Root: "/proc"}}
	go func() {
		_, err := w.awaitSecond(ours, first.Process.Pid, &started{})
		over <- err
	}()
	select {
	case err := <-over:
		t.Errorf("another's message was taken for the first child's: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	first.Process.Kill()
	if err := <-over; err == nil || !strings.Contains(err.Error(), "ended from outside") {
		t.Errorf("%v", err)
	}
	w.mu.Lock()
	if w.program != nil {
		t.Error("it became the program")
	}
	w.mu.Unlock()

	for name, fd := range map[string]func() (int, error){
		"PID 1":                  func() (int, error) { return unix.PidfdOpen(1, 0) },
		"the worker itself":      func() (int, error) { return unix.PidfdOpen(os.Getpid(), 0) },
		"the first child itself": func() (int, error) { return unix.PidfdOpen(first.Process.Pid, 0) },
		"a file":                 func() (int, error) { return unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0) },
	} {
		fd, err := fd()
		if err != nil {
			t.Fatal(err)
		}
		if p, err := newEntered("/proc", fd, first.Process.Pid); !errors.Is(err, errNotOurs) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			t.Errorf("%s: the descriptor stays open", name)
		}
	}
	fd, err := unix.PidfdOpen(victim.Process.Pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newEntered("/proc", fd, first.Process.Pid)
	if err != nil || p.pid != victim.Process.Pid {
		t.Fatalf("a child of ours: %+v, %v", p, err)
	}
	unix.Close(p.pidfd)
}
