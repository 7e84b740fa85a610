package enter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// links prints the namespaces of the shell that runs it, by one program for all: tests do this often.
const links = `(cd /proc/self/ns && exec readlink cgroup ipc mnt net pid time user uts)`

func linksOf(t *testing.T, pid int) string {
	t.Helper()
	var b strings.Builder
	for _, typ := range AllTypes() {
		l, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, typ))
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(l + "\n")
	}
	return b.String()
}

func sh(script string) []string { return []string{"/bin/sh", "-c", script} }

func TestEveryTypeAloneAndAllTogether(t *testing.T) {
	sets := [][]procwalk.NSType{AllTypes(), {}}
	for _, typ := range AllTypes() {
		sets = append(sets, []procwalk.NSType{typ})
	}
	for _, types := range sets {
		t.Run(fmt.Sprint(types), func(t *testing.T) {
			id := startTarget(t, want{types: types})
			for _, as := range []As{AsRoot, AsContainer} {
				e, err := New("/proc", Request{Target: id, Program: sh(links), As: as})
				if err != nil {
					t.Fatal(err)
				}
				expect := slices.Clone(types)
				if os.Geteuid() != 0 && !slices.Contains(expect, procwalk.User) {
					expect = append(expect, procwalk.User)
					slices.Sort(expect)
				}
				if !slices.Equal(e.Joined(), expect) {
					t.Errorf("joins %v, want %v", e.Joined(), expect)
				}
				out, errOut, s := runEnter(t, e, "")
				if s.Code != 0 || out != linksOf(t, id.PID) {
					t.Errorf("as %s: status %d, namespaces\n%swant\n%s%s", as, s.Code, out, linksOf(t, id.PID), errOut)
				}
			}
		})
	}
}

func TestASubsetLeavesTheRest(t *testing.T) {
	id := startTarget(t, want{types: AllTypes()})
	types, err := ParseTypes("user,uts,net")
	if err != nil {
		t.Fatal(err)
	}
	out, errOut, s := run(t, Request{Target: id, Types: types, Program: sh(links), As: AsRoot}, "")
	if s.Code != 0 {
		t.Fatalf("status %d: %s", s.Code, errOut)
	}
	ours, theirs := strings.Fields(linksOf(t, os.Getpid())), strings.Fields(linksOf(t, id.PID))
	for i, got := range strings.Fields(out) {
		w := ours[i]
		if slices.Contains(types, procwalk.NSType(i)) {
			w = theirs[i]
		}
		if got != w {
			t.Errorf("%s: %s, want %s", procwalk.NSType(i), got, w)
		}
	}
}

// TestEveryRunIsWhole: no run of many loses output, input or the status.
func TestEveryRunIsWhole(t *testing.T) {
	id := startTarget(t, want{types: AllTypes()})
	e, err := New("/proc", Request{Target: id, Program: sh("read x; echo $x; exit 7")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range proctest.Soak(12, 2000) {
		in := fmt.Sprintf("%d\n", i)
		if out, errOut, s := runEnter(t, e, in); out != in || s.Code != 7 {
			t.Fatalf("run %d: %q, status %d: %s", i, out, s.Code, errOut)
		}
	}
}

// TestAsAnUnprivilegedUser runs the tests above again as a user who owns nothing but the targets.
func TestAsAnUnprivilegedUser(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users, proctest.UserNamespaces)
	c := proctest.Tests(testProgram(t),
		"TestEveryType.*|TestASubset.*|TestEveryRun.*|TestStatuses.*|TestRootOwned.*|TestTerminal.*")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534},
		Pdeathsig: syscall.SIGKILL}
	c.Dir = "/"
	c.Env = []string{"PATH=/usr/bin:/bin", "TMPDIR=/tmp", innerRun + "=1"}
	out, err := c.CombinedOutput()
	if err != nil || strings.Contains(string(out), "--- SKIP") {
		t.Errorf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), "--- PASS"); n < 15 {
		t.Errorf("only %d tests passed\n%s", n, out)
	}
}

func TestRootOwnedTargetSaysWhatIsMissing(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("for users; TestAsAnUnprivilegedUser runs it")
	}
	id, err := Identify("/proc", 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = New("/proc", Request{Target: id})
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(fmt.Sprint(err), "CAP_SYS_PTRACE") ||
		!strings.Contains(fmt.Sprint(err), "CAP_SYS_ADMIN") {
		t.Errorf("entering PID 1: %v", err)
	}
}

// A plain process of one's own, without any privilege, is entered too: there is nothing to join and nothing to change.
func TestStatusesOfOneself(t *testing.T) {
	id, err := Identify("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	out, errOut, s := run(t, Request{Target: id, Program: sh("id -u; exit 3")}, "")
	if out != fmt.Sprintf("%d\n", os.Geteuid()) || s.Code != 3 {
		t.Errorf("%q, %+v: %s", out, s, errOut)
	}
}

// Whoever enters is killed: what runs inside is hung up, and nothing stays behind.
func TestCallerThatIsKilledLeavesNothing(t *testing.T) {
	needRoot(t)
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}})
	for _, how := range []string{"ours", "ours-tty"} {
		c := exec.Command(testProgram(t), callerWord, how, fmt.Sprint(id.PID), "/bin/sh", "-c",
			"echo $$ $PPID; exec sleep 1000")
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		var program, worker int
		if _, err := fmt.Fscan(out, &program, &worker); err != nil {
			t.Error(err)
		}
		c.Process.Kill()
		c.Wait()
		for _, pid := range []int{program, worker} {
			for deadline := proctest.Deadline(); ; time.Sleep(5 * time.Millisecond) {
				if _, err := Identify("/proc", pid); errors.Is(err, procwalk.ErrGone) {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s: %d of program %d and worker %d is still there", how, pid, program, worker)
				}
			}
		}
	}
}

func TestCancelBeforeTheStart(t *testing.T) {
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}})
	e, err := New("/proc", Request{Target: id, Program: sh("true")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := e.Run(ctx, Stdio{}); err == nil || s.Code != 125 {
		t.Errorf("%+v, %v", s, err)
	}
}

// A process of our own user in a pid namespace that root made: looking is allowed, joining is not.
func TestDeniedNamesTheNamespaceAndTheCapability(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	for _, typ := range []procwalk.NSType{procwalk.PID, procwalk.UTS, procwalk.Mnt} {
		id := startTarget(t, want{types: []procwalk.NSType{typ, procwalk.IPC}, attr: func(a *syscall.SysProcAttr) {
			a.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
		}})
		c := proctest.Tests(testProgram(t), "TestDeniedInner")
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534},
			Pdeathsig: syscall.SIGKILL}
		c.Dir = "/"
		c.Env = []string{"PATH=/usr/bin:/bin", fmt.Sprintf("BONES_TEST_TARGET=%d", id.PID), "BONES_TEST_TYPE=" +
			typ.String(), innerRun + "=1"}
		if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%s: %v\n%s", typ, err, out)
		}
	}
}

// In a cgroup of root's, a user's own process cannot be joined there: the program stays outside of it, which is said.
func TestDeniedCgroup(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	id := startTarget(t, want{attr: func(a *syscall.SysProcAttr) { a.Credential = nobody }})
	hierarchy := "pids"
	if _, err := os.Stat("/sys/fs/cgroup/pids"); err != nil {
		hierarchy = ""
	}
	cgroupFor(t, hierarchy, id.PID)
	c := proctest.Tests(testProgram(t), "TestDeniedInner")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: nobody, Pdeathsig: syscall.SIGKILL}
	c.Dir = "/"
	c.Env = []string{"PATH=/usr/bin:/bin", fmt.Sprintf("BONES_TEST_TARGET=%d", id.PID), "BONES_TEST_TYPE=",
		innerRun + "=1"}
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestDeniedInner(t *testing.T) {
	var pid int
	if _, err := fmt.Sscan(os.Getenv("BONES_TEST_TARGET"), &pid); err != nil {
		t.Skip("a part of TestDeniedNamesTheNamespaceAndTheCapability")
	}
	id, err := Identify("/proc", pid)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("BONES_TEST_TYPE") == "" {
		r := Request{Target: id, Program: sh("true")}
		e, err := New("/proc", r)
		if err != nil {
			t.Fatal(err)
		}
		note := ""
		status, err := e.WhenStarted(func(s *Session) func() {
			note = s.Note()
			return func() {}
		}).Run(t.Context(), Stdio{})
		if err != nil || status.Code != 0 || !strings.Contains(note, "the target's limits do not bind it") ||
			!strings.Contains(note, e.plan.Denied[0].Dir) || strings.Contains(note, "\n") {
			t.Errorf("in a cgroup of root's: %+v, %v, said: %q", status, err, note)
		}
		if by := e.ByHand(); strings.Contains(by, "cgroup.procs") {
			t.Errorf("by hand it would fail: %s", by)
		}
		r.NoCgroup = true
		run(t, r, "")
		return
	}
	types, err := ParseTypes(os.Getenv("BONES_TEST_TYPE"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New("/proc", Request{Target: id, Types: types, Program: sh("true"), NoCgroup: true, As: AsRoot})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Run(t.Context(), Stdio{})
	w := fmt.Sprintf("enter %d: joining its %s namespace: not permitted (EPERM); needs CAP_SYS_ADMIN in the user "+
		"namespace that owns it", pid, types[0])
	if !errors.Is(err, fs.ErrPermission) || fault.Of(err) != fault.NotPermitted ||
		!strings.HasPrefix(fmt.Sprint(err), w) {
		t.Errorf("%v\nwant %s", err, w)
	}
}

func TestStatuses(t *testing.T) {
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS, procwalk.PID}})
	for _, c := range []struct {
		program []string
		code    int
		signal  syscall.Signal
		failed  bool
	}{
		{sh("exit 0"), 0, 0, false},
		{sh("exit 42"), 42, 0, false},
		{sh("kill -TERM $$"), 0, 0, false}, // replaced below: $$ is a PID inside
		{[]string{"/nonexistent/program"}, 127, 0, true},
		{[]string{"no-such-program-anywhere"}, 127, 0, true},
		{[]string{"/etc/passwd"}, 126, 0, true},
		{[]string{"/"}, 126, 0, true},
		{[]string{"true"}, 0, 0, false},
	} {
		if len(c.program) == 3 && strings.HasPrefix(c.program[2], "kill") {
			c.code, c.signal = 128+15, syscall.SIGTERM
		}
		e, err := New("/proc", Request{Target: id, Program: c.program, As: AsRoot})
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.Run(t.Context(), Stdio{})
		var x *ExecError
		if s.Code != c.code || s.Signal != c.signal || (err != nil) != c.failed || c.failed != errors.As(err, &x) {
			t.Errorf("%q: %+v, %v; want %d, signal %d", c.program, s, err, c.code, c.signal)
		}
	}
}

func TestOnlyThreeDescriptors(t *testing.T) {
	id := startTarget(t, want{types: AllTypes(), does: []string{"private", "proc"}})
	out, errOut, s := run(t, Request{Target: id, Program: sh("ls /proc/$$/fd; true")}, "")
	if out != "0\n1\n2\n" || s.Code != 0 {
		t.Errorf("descriptors %q, status %d: %s", out, s.Code, errOut)
	}
}

func TestGoneTarget(t *testing.T) {
	id := startTarget(t, want{})
	id.Start++
	if _, err := New("/proc", Request{Target: id}); !errors.Is(err, procwalk.ErrGone) {
		t.Errorf("another start time: %v, want ErrGone", err)
	}
	id.Start--
	e, err := New("/proc", Request{Target: id, Program: sh("true")})
	if err != nil {
		t.Fatal(err)
	}
	e.plan.Target.Start++
	if s, err := e.Run(t.Context(), Stdio{}); !errors.Is(err, procwalk.ErrGone) || s.Code != 125 {
		t.Errorf("status %d, %v; want 125, ErrGone", s.Code, err)
	}
}

func TestTargetThatDiesEndsTheSession(t *testing.T) {
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.PID, procwalk.User}})
	e, err := New("/proc", Request{Target: id, Program: sh("echo in; read x")})
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	s, err := e.Start(t.Context(), Stdio{In: r})
	if err != nil {
		t.Fatal(err)
	}
	proctest.Signal(t, id.PID, unix.SIGKILL)
	if got, err := s.Wait(); err != nil || got.Signal != syscall.SIGKILL || got.Code != 137 {
		t.Errorf("%+v, %v; want ended by SIGKILL", got, err)
	}
}

func TestCancelEndsTheSession(t *testing.T) {
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}})
	e, err := New("/proc", Request{Target: id, Program: []string{"sleep", "1000"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s, err := e.Start(ctx, Stdio{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if got, err := s.Wait(); err != nil || got.Code != 137 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLargeStreamsBothWays(t *testing.T) {
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}})
	in := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	e, err := New("/proc", Request{Target: id, Program: []string{"cat"}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if s, err := e.Run(t.Context(), Stdio{In: bytes.NewReader(in), Out: &out}); err != nil || s.Code != 0 {
		t.Fatal(s, err)
	}
	if !bytes.Equal(in, out.Bytes()) {
		t.Errorf("%d bytes came back of %d, or others", out.Len(), len(in))
	}
}
