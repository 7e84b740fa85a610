package enter

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// Words that make the test program one of the helpers below.
const (
	targetWord = "__enter-target"
	callerWord = "__enter-caller"
	probeWord  = "__enter-probe"
)

// innerRun is set in the environment of a test binary that a test runs as another user.
const innerRun = "BONES_TEST_INNER"

func init() {
	proctest.Part(targetWord, beTarget)
	proctest.Part(callerWord, beCaller)
	proctest.Part(probeWord, func([]string) error { probe(); return nil })
}

func TestMain(m *testing.M) {
	if os.Getenv(innerRun) != "" {
		os.Exit(m.Run()) // whoever started it looks for leaks
	}
	os.Exit(leaktest.Run(func() int {
		status := m.Run()
		if f, err := sharedProgram(); err == nil {
			f.Close()
		}
		return status
	}))
}

// sharedProgram is the copy of this program that the workers of most tests run from. Those of attacks, and of what is
// about that copy, run from one of their own, as users' workers do.
var sharedProgram = sync.OnceValues(func() (*os.File, error) { return sealedCopy(reexec.Self) })

// beTarget prepares what the arguments say, tells that it is ready, and lives until its input ends.
func beTarget(args []string) error {
	for _, a := range args {
		key, value, _ := strings.Cut(a, "=")
		var err error
		switch key {
		case "private":
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		case "proc":
			err = unix.Mount("proc", "/proc", "proc", 0, "")
		case "chroot":
			err = unix.Chroot(value)
		case "devpts":
			err = unix.Mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666")
		case "mkproc":
			if err = unix.Mkdir(value+"/proc", 0o555); err == nil {
				err = unix.Mount("proc", value+"/proc", "proc", 0, "")
			}
		case "chdir":
			err = unix.Chdir(value)
		case "cover":
			err = unix.Mount("none", value, "tmpfs", 0, "")
		case "bind":
			err = unix.Mount("/", value, "", unix.MS_BIND|unix.MS_REC, "")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", a, err)
		}
	}
	fmt.Println("ready")
	var held []int
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); fmt.Println("end") {
		switch lines.Text() {
		case "look":
			held = look()
		case "overwrite":
			overwrite(held)
		}
	}
	return nil
}

// testProgram is a copy of the test binary that everybody may execute.
func testProgram(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		return exe // this is the copy
	}
	return proctest.Program(t)
}

// want says what a test's target is like.
type want struct {
	types []procwalk.NSType
	does  []string // see beTarget
	env   []string
	attr  func(*syscall.SysProcAttr)
	words []string // another program than the helper

	cannotTrace bool // without CAP_SYS_PTRACE, in no thread and no set
}

// startTarget starts a process in new namespaces. Without privilege a user namespace is always among them.
func startTarget(t *testing.T, w want) procwalk.ID {
	t.Helper()
	return startTalker(t, w).id
}

// talker is a target that does what it is told, a line at a time.
type talker struct {
	id  procwalk.ID
	in  io.Writer
	out *bufio.Reader
}

// do returns what the target says to a command.
func (k *talker) do(command string) (string, error) {
	if _, err := io.WriteString(k.in, command+"\n"); err != nil {
		return "", err
	}
	var b strings.Builder
	for {
		line, err := k.out.ReadString('\n')
		if err != nil || line == "end\n" {
			return b.String(), err
		}
		b.WriteString(line)
	}
}

func startTalker(t *testing.T, w want) *talker {
	t.Helper()
	if os.Geteuid() == 0 {
		proctest.Need(t, proctest.Namespaces, proctest.Mounts)
	}
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	user := os.Geteuid() != 0
	for _, typ := range w.types {
		if typ == procwalk.Time { // not a flag of clone: its number is part of the exit signal's
			attr.Unshareflags |= unix.CLONE_NEWTIME
			continue
		}
		attr.Cloneflags |= uintptr(nsview.CloneFlag(typ))
		user = user || typ == procwalk.User
	}
	if user {
		proctest.Need(t, proctest.UserNamespaces)
		attr.Cloneflags |= unix.CLONE_NEWUSER
		id, size := os.Geteuid(), 1
		if id == 0 {
			proctest.Need(t, proctest.Users)
			id, size = 100000, 65536
		}
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: size}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: size}}
		attr.GidMappingsEnableSetgroups = os.Geteuid() == 0
		if os.Geteuid() == 0 {
			attr.Credential = &syscall.Credential{}
		}
	}
	if w.attr != nil {
		w.attr(attr)
	}
	words := w.words
	if words == nil {
		words = append([]string{testProgram(t), targetWord}, w.does...)
	}
	if w.cannotTrace {
		words = append([]string{"setpriv", "--bounding-set", "-sys_ptrace"}, words...)
	}
	c := exec.Command(words[0], words[1:]...)
	c.SysProcAttr = attr
	c.Env = w.env
	if c.Env == nil {
		c.Env = []string{"PATH=/usr/bin:/bin"}
	}
	child := proctest.Start(t, c)
	if child.Said != "ready" {
		t.Fatalf("the target said %q", child.Said)
	}
	k := &talker{in: child.In, out: child.Out}
	var err error
	if k.id, err = Identify("/proc", c.Process.Pid); err != nil {
		t.Fatal(err)
	}
	return k
}

// run runs a request with pipes and returns what came out.
func run(t *testing.T, r Request, in string) (out, errOut string, s Status) {
	t.Helper()
	e, err := New("/proc", r)
	if err != nil {
		t.Fatal(err)
	}
	return runEnter(t, e, in)
}

func runEnter(t *testing.T, e *Enter, in string) (out, errOut string, s Status) {
	t.Helper()
	var o, eo bytes.Buffer
	var err error
	if e.copied, err = sharedProgram(); err != nil {
		t.Fatal(err)
	}
	s, err = e.Run(t.Context(), Stdio{In: strings.NewReader(in), Out: &o, Err: &eo})
	if err != nil {
		t.Fatalf("Run: %v; %s", err, &eo)
	}
	return o.String(), eo.String(), s
}

func needRoot(t *testing.T) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
}
