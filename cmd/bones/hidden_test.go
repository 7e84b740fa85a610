package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// hiddenWord starts bones over a /proc with other options, as another user: hiddenWord DIR OPTIONS UID ARG...
const hiddenWord = "__hidden"

func init() {
	reexec.Register(hiddenWord, func(args []string) int {
		uid := 0
		fmt.Sscan(args[2], &uid)
		err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		if err == nil {
			err = unix.Mount("proc", args[0], "proc", 0, args[1])
		}
		if err == nil && uid != 0 {
			if err = syscall.Setgroups(nil); err == nil {
				err = syscall.Setgid(uid)
			}
			if err == nil {
				err = syscall.Setuid(uid)
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "mounting:", err)
			return 99
		}
		a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
		return a.run(context.Background(), append([]string{"--proc", args[0]}, args[3:]...))
	})
}

// underProc runs bones over a /proc of its own.
func underProc(t *testing.T, flags uintptr, options string, uid int, args ...string) (out string, status int) {
	t.Helper()
	dir, err := os.MkdirTemp("", "bones-proc")
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(dir)
	os.Chmod(dir, 0o755)
	c := reexec.Command(append([]string{hiddenWord, dir, options, fmt.Sprint(uid)}, args...)...)
	c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS, Cloneflags: flags}
	b, _ := c.CombinedOutput()
	if c.ProcessState.ExitCode() == 99 {
		t.Skipf("this kernel has no proc with %s: %s", options, b)
	}
	return strings.ReplaceAll(string(b), dir, "/proc"), c.ProcessState.ExitCode()
}

// TestHiddenIsNotGone: where /proc hides a process, every command that takes one says so, and of one that does not
// exist that it does not.
func TestHiddenIsNotGone(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Mounts, proctest.CgroupFiles)
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { c.Process.Kill(); c.Wait() }()
	pid := fmt.Sprint(c.Process.Pid)
	const nobody = "4194000"
	for _, command := range []string{"ps PID", "which PID", "pid PID", "explain PID", "ns PID", "top PID", "kill PID",
		"cgroup PID", "files ls PID /", "files cat PID /etc/passwd", "files stat PID /", "enter PID -- true",
		"freeze PID --yes", "set PID pids=100 --yes", "kill PID --all --yes", "files get PID /etc/passwd -"} {
		args := func(pid string) []string { return strings.Fields(strings.ReplaceAll(command, "PID", pid)) }
		out, status := underProc(t, 0, "hidepid=2", 54321, args(pid)...)
		if status == 0 || !strings.Contains(out, "hidden (hidepid=2)") || strings.Contains(out, "no such process") {
			t.Errorf("hidepid=2, bones %s: %d, %s", command, status, out)
		}
		out, status = underProc(t, 0, "hidepid=2", 54321, args(nobody)...)
		if status == 0 || !strings.Contains(out, "there is no such process") {
			t.Errorf("hidepid=2, bones %s of nobody: %d, %s", command, status, out)
		}
	}
	for _, command := range []string{"ps PID", "which PID", "explain PID", "kill PID"} {
		out, status := underProc(t, 0, "hidepid=1", 54321, strings.Fields(strings.ReplaceAll(command, "PID", pid))...)
		if status == 0 || !strings.Contains(out, "hidden (hidepid=1)") {
			t.Errorf("hidepid=1, bones %s: %d, %s", command, status, out)
		}
	}
}

// TestOnlyPIDs: with subset=pid there are processes and nothing else, and bones shows them.
func TestOnlyPIDs(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Mounts)
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { c.Process.Kill(); c.Wait() }()
	for _, args := range []string{"ps -o pid,args PID", "ps --aux PID", "which PID", "explain PID"} {
		out, status := underProc(t, 0, "subset=pid", 0, strings.Fields(strings.ReplaceAll(args, "PID",
			fmt.Sprint(c.Process.Pid)))...)
		if status != 0 || !strings.Contains(out, "sleep") {
			t.Errorf("bones %s: %d, %s", args, status, out)
		}
	}
}

// TestSelfIsNoStranger: where /proc is that of another pid namespace, self is whoever that knows bones as, or nobody;
// and nothing is done by numbers that mean somebody else here.
func TestSelfIsNoStranger(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
	// Bones is in a pid namespace of its own, and /proc is still that of the outer one, as in a container with the
	// host's /proc.
	inner := func(args ...string) (string, int) {
		c := reexec.Command(append([]string{innerWord}, args...)...)
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
		b, _ := c.CombinedOutput()
		return string(b), c.ProcessState.ExitCode()
	}
	out, status := inner("ps", "-o", "pid=,args=", "self")
	if status != 0 || !strings.Contains(out, innerWord) {
		t.Errorf("self is %s, status %d", out, status)
	}
	if out, status := inner("kill", "self", "-s", "CONT", "--yes"); status == 0 ||
		!strings.Contains(out, "pid namespace") {
		t.Errorf("kill self: %d, %s", status, out)
	}
	if out, status := inner("enter", "self", "--yes", "--", "true"); status == 0 ||
		!strings.Contains(out, "pid namespace") {
		t.Errorf("enter self: %d, %s", status, out)
	}
	// A /proc that does not see bones at all.
	root := inNamespaceProc(t)
	if out, status := runHere(t, "--proc", root, "freeze", "self"); status == 0 {
		t.Errorf("bones freeze self: %d, %s", status, out)
	}
	for _, args := range []string{"ps self", "which self", "pid self", "explain self", "kill self",
		"files ls self /", "top self", "ns self"} {
		out, status := runHere(t, append([]string{"--proc", root}, strings.Fields(args)...)...)
		if status == 0 || !strings.Contains(out, "another pid namespace") {
			t.Errorf("bones %s: %d, %s", args, status, out)
		}
	}
}

// innerWord is bones as the first process of a pid namespace.
const innerWord = "__inner"

// procWord mounts the /proc of its pid namespace at a directory, says so, and waits.
const procWord = "__proc-of-namespace"

func init() {
	reexec.Register(innerWord, func(args []string) int {
		a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
		return a.run(context.Background(), args)
	})
	reexec.Register(procWord, func(args []string) int {
		err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		if err == nil {
			err = unix.Mount("proc", args[0], "proc", 0, "")
		}
		fmt.Println(err)
		os.Stdin.Read(make([]byte, 1))
		return 0
	})
}

// inNamespaceProc returns where the /proc of a namespace below ours can be seen.
func inNamespaceProc(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	c := reexec.Command(procWord, dir)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
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
	t.Cleanup(func() { in.Close(); c.Process.Kill(); c.Wait() })
	b := make([]byte, 100)
	n, err := out.Read(b)
	if err != nil || strings.TrimSpace(string(b[:n])) != "<nil>" {
		t.Fatalf("%v: %s", err, b[:n])
	}
	return filepath.Join("/proc", fmt.Sprint(c.Process.Pid), "root", dir)
}
