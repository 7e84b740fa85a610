package enter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// Each attack is tried against the naive way too: if it failed there, the test would show nothing.

// leakedFD is a descriptor that callers have open without close-on-exec.
const leakedFD = 9

// look is what a hostile target does when it sees a process that is not its own: it tells what it can get at. It keeps
// what the process runs from open.
func look() (held []int) {
	runtime.LockOSThread() // ptrace belongs to a thread
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		fd, err := unix.Open(fmt.Sprintf("/proc/%d/exe", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		fmt.Printf("exe=%s ", word(err))
		if err == nil {
			held = append(held, fd)
		}
		mem, err := unix.Open(fmt.Sprintf("/proc/%d/mem", pid), unix.O_RDWR|unix.O_CLOEXEC, 0)
		fmt.Printf("mem=%s ", word(err))
		if err == nil {
			unix.Close(mem)
		}
		_, err = os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		fmt.Printf("fd=%s ", word(err))
		_, err = os.Stat(fmt.Sprintf("/proc/%d/root/", pid))
		fmt.Printf("root=%s ", word(err))
		_, err = os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		fmt.Printf("environ=%s ", word(err))
		_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(pid), 0, 0, 0, 0)
		fmt.Printf("ptrace=%s\n", word(errno))
		if errno == 0 { // let it go again, or nobody would see its end
			unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_INTERRUPT, uintptr(pid), 0, 0, 0, 0)
			unix.Wait4(pid, nil, unix.WALL, nil)
			unix.PtraceDetach(pid)
		}
	}
	return held
}

// overwrite writes to what look found, now that it does not run any more.
func overwrite(held []int) {
	for _, h := range held {
		fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", h), unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			fmt.Printf("open=%s\n", word(err))
			continue
		}
		_, err = unix.Write(fd, []byte("overwritten"))
		fmt.Printf("write=%s\n", word(err))
		unix.Close(fd)
	}
}

func word(err error) string {
	var errno unix.Errno
	switch {
	case err == nil, err == unix.Errno(0):
		return "ok"
	case errors.As(err, &errno):
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

// beCaller is somebody who enters a process: naively or with this package, with a descriptor open by mistake. A
// naive one with "pause" tells when it is inside and waits for its input to end.
func beCaller(args []string) error {
	pid, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	dir, err := unix.Open(".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	if err := unix.Dup2(dir, leakedFD); err != nil {
		return err
	}
	switch args[0] {
	case "naive":
		_, err = naive(pid, none, none, args[2:])
	case "naive-pause":
		_, err = naive(pid, 0, 1, args[2:])
	case "ours", "ours-tty":
		var id procwalk.ID
		if id, err = Identify("/proc", pid); err != nil {
			return err
		}
		var e *Enter
		if e, err = New("/proc", Request{Target: id, Program: args[2:], As: AsRoot}); err != nil {
			return err
		}
		_, err = e.Run(context.Background(), Stdio{In: strings.NewReader(""), Out: os.Stdout, Err: os.Stderr,
			TTY: args[0] == "ours-tty"})
	}
	return err
}

// probe is the program that the caller runs inside. It works for the target.
func probe() {
	var open []string
	for fd := range 1024 {
		link, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		own := strings.HasPrefix(link, "anon_inode:[event") || strings.Contains(link, "/cpu.") // of the Go runtime
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && !own {
			open = append(open, strconv.Itoa(fd))
		}
	}
	fmt.Printf("fds=%s\n", strings.Join(open, ","))
	tty, err := unix.Open("/dev/tty", unix.O_RDWR, 0)
	fmt.Printf("tty=%s\n", word(err))
	for _, fd := range []int{0, 1, 2, tty} {
		for _, c := range []byte("rm -rf\n") {
			unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSTI, uintptr(unsafe.Pointer(&c)))
		}
	}
	b, err := os.ReadFile("secret")
	fmt.Printf("secret=%s %s\n", word(err), b)
	fmt.Printf("environ=%v\n", os.Getenv("HOST_SECRET"))
}

// callers runs a caller with a terminal of its own as its input and as its controlling terminal, in a directory with a
// file secret, and returns what the program inside printed and how much was typed on the terminal meanwhile.
func callers(t *testing.T, how string, pid int, program, dir string) (out string, typed int) {
	t.Helper()
	_, slave := proctest.PTY(t)
	c := exec.Command(program, callerWord, how, strconv.Itoa(pid), program, probeWord)
	c.Dir = dir
	c.Env = []string{"PATH=/usr/bin:/bin", "HOST_SECRET=of the host"}
	c.Stdin = slave
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0, Pdeathsig: syscall.SIGKILL}
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v: %s", how, err, &e)
	}
	var err error
	if typed, err = unix.IoctlGetInt(int(slave.Fd()), unix.TIOCINQ); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(o.String(), "\r\n", "\n"), typed
}

// TestWhatComesAlong: the terminal (TIOCSTI), open descriptors, the working directory and the environment.
func TestWhatComesAlong(t *testing.T) {
	needRoot(t)
	program := testProgram(t)
	secrets := t.TempDir()
	if err := os.WriteFile(filepath.Join(secrets, "secret"), []byte("of the host"), 0o600); err != nil {
		t.Fatal(err)
	}
	id := startTarget(t, want{
		types: []procwalk.NSType{procwalk.Mnt, procwalk.PID, procwalk.UTS},
		does:  []string{"private", "proc", "cover=" + secrets},
	})
	injects := true
	if b, err := os.ReadFile("/proc/sys/dev/tty/legacy_tiocsti"); err == nil && strings.TrimSpace(string(b)) == "0" {
		injects = false // the kernel refuses it; then the terminal's being another is what is left to see
	}
	out, typed := callers(t, "naive", id.PID, program, secrets)
	for _, w := range []string{"," + strconv.Itoa(leakedFD), "tty=ok", "secret=ok of the host", "environ=of the host"} {
		if !strings.Contains(out, w) {
			t.Errorf("the naive way does not show %q: this test is worth nothing\n%s", w, out)
		}
	}
	if injects && typed == 0 {
		t.Error("the naive way lets nobody type on the caller's terminal: this test is worth nothing")
	}
	for how, tty := range map[string]string{"ours": "ENXIO", "ours-tty": "ok"} {
		out, typed := callers(t, how, id.PID, program, secrets)
		for _, w := range []string{"fds=0,1,2\n", "tty=" + tty, "secret=ENOENT", "environ=\n"} {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%s", how, w, out)
			}
		}
		if typed != 0 {
			t.Errorf("%s: %d bytes were typed on the caller's terminal from inside", how, typed)
		}
	}
}

// naivePaused enters naively with a copy of the program, and has during called while the process inside has not
// executed anything yet.
func naivePaused(t *testing.T, program string, pid int, during func()) {
	t.Helper()
	c := exec.Command(program, callerWord, "naive-pause", strconv.Itoa(pid), "/bin/true")
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		t.Error(err)
	} else {
		during()
	}
	in.Close()
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

// oursPaused is the same with this package.
func oursPaused(t *testing.T, id procwalk.ID, as As, during func()) {
	t.Helper()
	e, err := New("/proc", Request{Target: id, Program: []string{"/bin/true"}, As: as})
	if err != nil {
		t.Fatal(err)
	}
	called := false
	e.hold = func() { called = true; during() }
	if s, err := e.Run(t.Context(), Stdio{}); err != nil || s.Code != 0 || !called {
		t.Fatalf("%+v, %v, held: %v", s, err, called)
	}
}

// TestPtraceOfTheEnteringProcess: root of the target's own user namespace looks at, traces and writes into it.
func TestPtraceOfTheEnteringProcess(t *testing.T) {
	needRoot(t)
	program := testProgram(t)
	attacks := []string{"exe", "root", "ptrace"} // the others fail by the files' owner alone
	for _, types := range [][]procwalk.NSType{AllTypes(), {procwalk.User, procwalk.PID, procwalk.Mnt}} {
		k := startTalker(t, want{types: types, does: []string{"private", "proc"}})
		naivePaused(t, program, k.id.PID, func() {
			saw, err := k.do("look")
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range attacks {
				if !strings.Contains(saw, a+"=ok") {
					t.Errorf("%s fails in the naive way: this test is worth nothing: %s", a, saw)
				}
			}
		})
		for _, as := range []As{AsRoot, AsContainer} {
			oursPaused(t, k.id, as, func() {
				saw, err := k.do("look")
				if err != nil {
					t.Fatal(err)
				}
				if strings.Count(saw, "\n") != 1 || strings.Contains(saw, "=ok") {
					t.Errorf("as %s the target gets at the entering process: %s", as, saw)
				}
			})
		}
	}
}

// TestOverwriteThroughExe: a target with every capability of the host opens what the entering process runs from, and
// writes to it when it has ended.
func TestOverwriteThroughExe(t *testing.T) {
	needRoot(t)
	program := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("cp", testProgram(t), program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	k := startTalker(t, want{types: []procwalk.NSType{procwalk.PID, procwalk.Mnt}, does: []string{"private", "proc"}})
	naivePaused(t, program, k.id.PID, func() {
		if saw, err := k.do("look"); err != nil || !strings.Contains(saw, "exe=ok") {
			t.Fatalf("%s, %v", saw, err)
		}
	})
	if did, err := k.do("overwrite"); err != nil || did != "write=ok\n" || !overwritten(t, program) {
		t.Fatalf("the naive way withstands: this test is worth nothing: %s, %v", did, err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, as := range []As{AsRoot, AsContainer} {
		oursPaused(t, k.id, as, func() {
			if saw, err := k.do("look"); err != nil || strings.Count(saw, "\n") != 1 {
				t.Fatalf("%s, %v", saw, err)
			}
		})
		if did, err := k.do("overwrite"); err != nil || strings.Contains(did, "write=ok") {
			t.Errorf("as %s: %s, %v", as, did, err)
		}
		if overwritten(t, self) {
			t.Fatal("the program on disk is overwritten")
		}
	}
}

func overwritten(t *testing.T, path string) bool {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var head [11]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		t.Fatal(err)
	}
	return string(head[:]) == "overwritten"
}

// TestDirectoryOutsideOfTheRoot: the target itself sits in a directory that it could not get to, or get out of.
func TestDirectoryOutsideOfTheRoot(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	id := startTarget(t, want{
		types: []procwalk.NSType{procwalk.Mnt},
		does:  []string{"private", "bind=" + dir, "chdir=/tmp", "chroot=" + dir},
	})
	e, err := New("/proc", Request{Target: id, Program: sh("pwd -P")})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s, err := e.Start(t.Context(), Stdio{Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	note := s.Note()
	if _, err := s.Wait(); err != nil {
		t.Fatal(err)
	}
	if out.String() != "/\n" || !strings.Contains(note, "outside") {
		t.Errorf("landed in %q, note %q", out.String(), note)
	}
}
