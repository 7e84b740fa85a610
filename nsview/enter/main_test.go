package enter

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// helperWord is the argument 1 that makes the test binary one of the helpers below.
const helperWord = "enter-helper"

// innerRun is set in the environment of a test binary that a test runs as another user.
const innerRun = "BONES_TEST_INNER"

func init() {
	if len(os.Args) > 2 && os.Args[1] == helperWord {
		runtime.LockOSThread() // what a helper does to itself should be what /proc/PID says of it
	}
}

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == helperWord {
		helper(os.Args[2], os.Args[3:])
		return
	}
	if os.Getenv(innerRun) != "" {
		os.Exit(m.Run()) // whoever started it looks for leaks
	}
	leaktest.Main(m)
}

// helper is what the test binary does as a process of a test.
func helper(what string, args []string) {
	var err error
	switch what {
	case "target":
		err = beTarget(args)
	case "caller":
		err = beCaller(args)
	case "probe":
		probe()
	default:
		err = fmt.Errorf("no helper %q", what)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, what+":", err)
		os.Exit(1)
	}
}

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

// program is a copy of the test binary that everybody may execute: the directory of the original is root's own.
func testProgram(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		return exe // this is the copy
	}
	dir, err := os.MkdirTemp("", "bones-enter-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	src, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, src, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
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
	} else {
		proctest.Need(t, proctest.UserNamespaces)
	}
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	user := os.Geteuid() != 0
	for _, typ := range w.types {
		if typ == procwalk.Time { // not a flag of clone: its number is part of the exit signal's
			attr.Unshareflags |= unix.CLONE_NEWTIME
			continue
		}
		attr.Cloneflags |= uintptr(cloneFlags[typ])
		user = user || typ == procwalk.User
	}
	if user {
		attr.Cloneflags |= unix.CLONE_NEWUSER
		id, size := os.Geteuid(), 1
		if id == 0 {
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
		words = append([]string{testProgram(t), helperWord, "target"}, w.does...)
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
	var stderr bytes.Buffer
	c.Stderr = &stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatalf("starting the target: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		c.Process.Kill()
		c.Wait()
	})
	k := &talker{in: in, out: bufio.NewReader(out)}
	if line, err := k.out.ReadString('\n'); err != nil || line != "ready\n" {
		c.Wait()
		t.Fatalf("the target said %q: %v: %s", line, err, &stderr)
	}
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
	s, err := e.Run(t.Context(), Stdio{In: strings.NewReader(in), Out: &o, Err: &eo})
	if err != nil {
		t.Fatalf("Run: %v; %s", err, &eo)
	}
	return o.String(), eo.String(), s
}

func needRoot(t *testing.T) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
}
