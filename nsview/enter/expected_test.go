package enter

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

const threadWord = "__enter-thread"

func init() { proctest.Part(threadWord, beThread) }

// beThread has a thread with a net namespace of its own, and with "dead" a leader that ends before it.
func beThread(args []string) error {
	tid := make(chan int)
	go func() {
		// Not the first thread: that one is the leader.
		lockAnother(func() {
			if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
				fmt.Println(err)
			}
			tid <- unix.Gettid()
			for {
				time.Sleep(time.Hour)
			}
		})
	}()
	fmt.Println("ready")
	fmt.Println(<-tid)
	if len(args) > 0 && args[0] == "dead" {
		return endLeader()
	}
	b := make([]byte, 1)
	os.Stdin.Read(b)
	return nil
}

// startThreaded starts it and returns the PID and the thread's number.
func startThreaded(t *testing.T, args ...string) (pid, tid int) {
	t.Helper()
	needRoot(t)
	c := exec.Command(testProgram(t), append([]string{threadWord}, args...)...)
	child := proctest.Start(t, c)
	line, err := bufio.NewReader(child.Out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if tid, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		t.Fatalf("the helper said %q", line)
	}
	return c.Process.Pid, tid
}

// TestThread: a thread that is elsewhere than its process is entered by its own number.
func TestThread(t *testing.T) {
	pid, tid := startThreaded(t)
	id, err := Identify("/proc", tid)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", tid))
	if err != nil {
		t.Fatal(err)
	}
	if leader, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid)); leader == want {
		t.Fatal("the thread is where its process is")
	}
	out, errOut, s := run(t, Request{Target: id, Program: sh("readlink /proc/self/ns/net")}, "")
	if out != want+"\n" || s.Code != 0 {
		t.Errorf("%q, %+v: %s", out, s, errOut)
	}
}

// TestLeaderThatHasEnded: of a process whose leader has ended, a thread is entered, and by hand too.
func TestLeaderThatHasEnded(t *testing.T) {
	pid, tid := startThreaded(t, "dead")
	proctest.Until(t, "the end of the leader", func() bool {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return bytes.Contains(b, []byte(") Z "))
	})
	id, err := Identify("/proc", pid)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.Readlink(fmt.Sprintf("/proc/%d/task/%d/ns/uts", pid, tid))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New("/proc", Request{Target: id, Program: sh("readlink /proc/self/ns/uts")})
	if err != nil {
		t.Fatal(err)
	}
	out, errOut, s := runEnter(t, e, "")
	if out != want+"\n" || s.Code != 0 {
		t.Errorf("%q, %+v: %s", out, s, errOut)
	}
	if b, err := exec.Command("sh", "-c", e.ByHand()).Output(); err != nil || string(b) != want+"\n" {
		t.Errorf("%s: %q, %v", e.ByHand(), b, err)
	}
}

// TestHostsProgramMayWhatItsCallerMay: without the target's mounts it is the host's program, for root with root's
// rights, whatever the target may do.
func TestHostsProgramMayWhatItsCallerMay(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.Net, procwalk.PID, procwalk.Mnt},
		attr: func(a *syscall.SysProcAttr) { a.Credential = &syscall.Credential{Uid: 65534, Gid: 65534} }})
	net := []procwalk.NSType{procwalk.Net}
	e, err := New("/proc", Request{Target: id, Types: net, Program: sh("id -u; readlink /proc/self/ns/net")})
	if err != nil {
		t.Fatal(err)
	}
	out, errOut, s := runEnter(t, e, "")
	if w := "0\n" + strings.Fields(linksOf(t, id.PID))[procwalk.Net] + "\n"; out != w || s.Code != 0 {
		t.Errorf("%q, want %q: %+v, %s", out, w, s, errOut)
	}
	if r := e.Risk(); r.Level == effect.Confirm {
		t.Errorf("it is asked about: %+v", r)
	}
	if e, err = New("/proc", Request{Target: id, Types: net, As: AsContainer}); err != nil || e.As() != AsContainer {
		t.Errorf("what was asked for does not count: %v", err)
	}
	if e, err = New("/proc", Request{Target: id}); err != nil || e.As() != AsContainer {
		t.Errorf("with its mounts: as %v, %v", e.As(), err)
	}
}

// TestProcOfThePIDNamespace: joined without the mounts, the pid namespace is what /proc shows.
func TestProcOfThePIDNamespace(t *testing.T) {
	needRoot(t)
	id := startTarget(t, untraceable(t))
	e, err := New("/proc", Request{Target: id, Types: []procwalk.NSType{procwalk.PID},
		Program: sh("tr '\\0' ' ' </proc/1/cmdline; exit 4")})
	if err != nil {
		t.Fatal(err)
	}
	if out, errOut, s := runEnter(t, e, ""); !strings.Contains(out, targetWord) || s.Code != 4 {
		t.Errorf("PID 1 is %q, %+v: %s", out, s, errOut)
	}
}

// spaceOf is a namespace of a process, as one that is entered by itself.
func spaceOf(pid int, typ procwalk.NSType) Space {
	path := fmt.Sprintf("/proc/%d/ns/%s", pid, typ)
	return Space{Type: typ, Name: text.New("blue"), Path: path, Open: func() (*os.File, error) { return os.Open(path) }}
}

// TestSpaces: every type of namespace is entered by itself. One of processes who could trace a program that has the
// host's files is refused.
func TestSpaces(t *testing.T) {
	needRoot(t)
	id := startTarget(t, want{types: AllTypes()})
	self, err := Identify("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	links := strings.Fields(linksOf(t, id.PID))
	for _, typ := range AllTypes() {
		e, err := New("/proc", Request{Target: self, Spaces: []Space{spaceOf(id.PID, typ)},
			Program: sh("readlink /proc/self/ns/" + typ.String())})
		if err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		out, errOut, s := runEnter(t, e, "")
		if out != links[typ]+"\n" || s.Code != 0 || !strings.Contains(e.Describe(), "blue") {
			t.Errorf("%s: %s: %q, %+v: %s", typ, e.Describe(), out, s, errOut)
		}
	}
	open := startTarget(t, want{types: []procwalk.NSType{procwalk.PID}})
	_, err = New("/proc", Request{Target: self, Spaces: []Space{spaceOf(open.PID, procwalk.PID)}})
	if err == nil || !strings.Contains(err.Error(), "CAP_SYS_PTRACE") {
		t.Errorf("whose processes may trace: %v", err)
	}
	_, err = New("/proc", Request{Target: self, Spaces: []Space{spaceOf(id.PID, procwalk.Net)}, User: "0"})
	if err == nil {
		t.Error("a namespace by itself has a user")
	}
}

// TestAppletIsLent: a program that the target has not is lent as an applet of busybox, and what is printed does so
// too.
func TestAppletIsLent(t *testing.T) {
	needRoot(t)
	if findBusybox() == "" {
		proctest.Missing(t, "this needs a static busybox (Debian's busybox-static)")
	}
	w := emptyRoot(t)
	dir := strings.TrimPrefix(w.does[2], "chroot=")
	w.does = append(w.does[:2:2], append([]string{"mkproc=" + dir}, w.does[2:]...)...)
	id := startTarget(t, w)
	e, err := New("/proc", Request{Target: id, Program: []string{"ls", "-a", "/"}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s, err := e.Start(t.Context(), Stdio{Out: &out, Err: &out})
	if err != nil {
		t.Fatal(err)
	}
	status, err := s.Wait()
	if out.String() != ".\n..\nproc\n" || status.Code != 0 || err != nil || !strings.Contains(s.Note(), "it has no ls") {
		t.Errorf("%q, %q, %+v, %v", &out, s.Note(), status, err)
	}
	b, err := exec.Command("sh", "-c", e.ByHand()).CombinedOutput()
	if err != nil || string(b) != ".\n..\nproc\n" {
		t.Errorf("%s: %q, %v", e.ByHand(), b, err)
	}
	e, err = New("/proc", Request{Target: id, Program: []string{"no-such-applet"}})
	if err != nil {
		t.Fatal(err)
	}
	st, err := e.Run(t.Context(), Stdio{})
	var x *ExecError
	if !errors.As(err, &x) || st.Code != 127 || !strings.Contains(err.Error(), "busybox") || len(err.Error()) > 190 {
		t.Errorf("%+v, %v", st, err)
	}
}

// TestDeletedDirectory: it is said that it was deleted, and not that it is outside.
func TestDeletedDirectory(t *testing.T) {
	needRoot(t)
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.Mnt}, does: []string{"chdir=" + dir}})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	e, err := New("/proc", Request{Target: id, Program: sh("pwd")})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s, err := e.Start(t.Context(), Stdio{Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Wait(); err != nil || out.String() != "/\n" || !strings.Contains(s.Note(), "has been deleted") {
		t.Errorf("%q, %q, %v", &out, s.Note(), err)
	}
}

// TestLongEnvironment: what a process has in its environment is taken over up to what the kernel takes.
func TestLongEnvironment(t *testing.T) {
	env := []string{"PATH=/usr/bin:/bin", "LAST=here"}
	for i := range 12 {
		env = append(env, fmt.Sprintf("V%d=%s", i, strings.Repeat("x", 100<<10)))
	}
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}, env: env})
	out, errOut, s := run(t, Request{Target: id, Program: sh("echo $LAST ${#V11}"), TargetEnv: true}, "")
	if out != "here 102400\n" || s.Code != 0 {
		t.Errorf("%q, %+v: %s", out, s, errOut)
	}
}

// TestHint: a variable that a program lacks is named if it is one that the target has and the program, or its
// arguments, named.
func TestHint(t *testing.T) {
	e := &Enter{req: Request{Program: sh(`echo "${DATABASE_URL:?}"`)}, plan: plan{Lacks: []string{"DATABASE_URL", "B", "C_D"}}}
	for _, c := range []struct {
		status Status
		named  []string
		want   string
	}{
		{Status{Code: 1}, nil, "DATABASE_URL"},
		{Status{Code: 1}, []string{"C_D"}, "C_D, DATABASE_URL"},
		{Status{}, []string{"C_D"}, ""},
		{Status{Code: 137, Signal: 9}, nil, ""},
	} {
		got := e.Hint(c.status, c.named)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) || c.want != "" &&
			!strings.Contains(got, "--env") {
			t.Errorf("%+v: %q, want %q", c, got, c.want)
		}
	}
	e.req.Program = []string{"true"}
	if got := e.Hint(Status{Code: 1}, nil); got != "" {
		t.Errorf("an ordinary no: %q", got)
	}
	if got := e.Hint(Status{Code: 127}, nil); !strings.Contains(got, "--env") {
		t.Errorf("not started well: %q", got)
	}
}

// TestSignalsToTheProgramAlone: what is for the program does not reach what it has started.
func TestSignalsToTheProgramAlone(t *testing.T) {
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}})
	e, err := New("/proc", Request{Target: id, Program: sh(
		`trap 'echo got; kill $!; exit 3' USR1
		(trap 'echo too' USR1; trap 'kill $!; exit' TERM; sleep 1000 & echo ready; wait; wait) & wait; wait`)})
	if err != nil {
		t.Fatal(err)
	}
	out := &screen{}
	s, err := e.Start(t.Context(), Stdio{Out: out})
	if err != nil {
		t.Fatal(err)
	}
	out.until(t, "ready")
	s.SignalProgram(unix.SIGUSR1)
	out.until(t, "got")
	if st, err := s.Wait(); st.Code != 3 || err != nil || strings.Contains(out.buf.String(), "too") {
		t.Errorf("%+v, %v: %q", st, err, out.buf.String())
	}
	s.Signal(unix.SIGKILL)
}

// TestItsOwnTerminals: where the target has a file system of terminals of its own, the program's terminal is there.
func TestItsOwnTerminals(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.PTYs)
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.Mnt}, does: []string{"private", "devpts"}})
	k := startTerminal(t, Request{Target: id, Program: sh(`echo it is $(tty); ls -l $(tty) && stty size`)})
	k.until(t, "it is /dev/pts/0\r\n")
	k.until(t, "31 97")
	if s, err := k.Wait(); err != nil || s.Code != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestValuesOfTheUserAreNotKept: what was given with -e is in the command by hand, and not in what a journal keeps.
func TestValuesOfTheUserAreNotKept(t *testing.T) {
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}})
	for _, env := range []bool{false, true} {
		e, err := New("/proc", Request{Target: id, Program: []string{"true"}, Set: []string{"PASSWORD=hunter2"},
			TargetEnv: env})
		if err != nil {
			t.Fatal(err)
		}
		if by := e.ByHand(); !strings.Contains(by, "PASSWORD=hunter2") {
			t.Errorf("by hand: %s", by)
		}
		if kept := effect.Kept(e); strings.Contains(kept, "hunter2") || !strings.Contains(kept, "PASSWORD=") {
			t.Errorf("kept: %s", kept)
		}
	}
}
