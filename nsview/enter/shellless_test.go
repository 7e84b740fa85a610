package enter

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk"
)

// enterShell enters without naming a program, and returns the session's note too.
func enterShell(t *testing.T, e *Enter, in string) (out, note string, s Status) {
	t.Helper()
	var o bytes.Buffer
	session, err := e.Start(t.Context(), Stdio{In: strings.NewReader(in), Out: &o, Err: &o})
	if err != nil {
		t.Fatal(err)
	}
	note = session.Note()
	if s, err = session.Wait(); err != nil {
		t.Fatal(err)
	}
	return o.String(), note, s
}

func TestTheTargetsOwnShell(t *testing.T) {
	needRoot(t)
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.Mnt}, env: []string{"PATH=/bin", "SHELL=/bin/bash"}})
	e, err := New("/proc", Request{Target: id})
	if err != nil {
		t.Fatal(err)
	}
	if out, note, s := enterShell(t, e, "readlink /proc/$$/exe; exit 4"); !strings.HasSuffix(out, "/bash\n") || note != "" || s.Code != 4 {
		t.Errorf("%q, %q, %+v", out, note, s)
	}
}

// emptyRoot is a target whose root is an empty file system.
func emptyRoot(t *testing.T, more ...string) want {
	t.Helper()
	dir := t.TempDir()
	return want{
		types: []procwalk.NSType{procwalk.Mnt, procwalk.PID, procwalk.UTS},
		does:  append(more, "private", "cover="+dir, "chroot="+dir, "chdir=/"),
	}
}

// staticProgram builds a program that needs nothing and tells what it is called and where it runs.
func staticProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	src := filepath.Join(dir, "main.go")
	code := `package main

import "os"

func main() {
	entries, _ := os.ReadDir("/")
	exe := "none"
	if f, err := os.OpenFile("/proc/self/exe", os.O_WRONLY, 0); err == nil { exe = "writable"; f.Close() }
	println(os.Args[0], len(entries), os.Getpid() > 0, exe)
	os.Exit(9)
}
`
	if err := os.WriteFile(src, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "busybox")
	c := exec.Command("go", "build", "-o", out, src)
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return out
}

func TestBusyboxIsLent(t *testing.T) {
	needRoot(t)
	program := staticProgram(t)
	if !static(program) || static("/bin/sh") && !static(program) {
		t.Fatalf("%s is not taken for static", program)
	}
	e, err := New("/proc", Request{Target: startTarget(t, emptyRoot(t))})
	if err != nil {
		t.Fatal(err)
	}
	e.busybox = program
	out, note, s := enterShell(t, e, "")
	if out != "sh 0 true none\n" || s.Code != 9 || !strings.Contains(note, "busybox") {
		t.Errorf("%q, %q, %+v", out, note, s)
	}
}

func TestHostToolsWhereThereIsNoShell(t *testing.T) {
	needRoot(t)
	id := startTarget(t, emptyRoot(t, "untraceable"))
	e, err := New("/proc", Request{Target: id})
	if err != nil {
		t.Fatal(err)
	}
	e.busybox = "none"
	out, note, s := enterShell(t, e, "tr '\\0' ' ' </proc/1/cmdline; readlink /proc/self/ns/uts; ls /etc/passwd; exit 6")
	if !strings.Contains(out, helperWord+" target") || !strings.Contains(out, strings.Fields(linksOf(t, id.PID))[procwalk.UTS]) || !strings.Contains(out, "/etc/passwd") || s.Code != 6 {
		t.Errorf("%q, %+v", out, s)
	}
	if !strings.Contains(note, "the host's /bin/sh") {
		t.Errorf("note %q", note)
	}
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Count(string(b), " /proc rw") > 1 {
		t.Errorf("the mount of /proc came out: %v", err)
	}
}

func TestHostToolsAreRefusedWhereTheTargetCouldTraceThem(t *testing.T) {
	needRoot(t)
	e, err := New("/proc", Request{Target: startTarget(t, emptyRoot(t))})
	if err != nil {
		t.Fatal(err)
	}
	e.busybox = "none"
	s, err := e.Run(t.Context(), Stdio{})
	var x *ExecError
	if !errors.As(err, &x) || s.Code != 127 || !strings.Contains(err.Error(), "host's files") {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestPidWithoutMountsAsTheContainerIsRefused(t *testing.T) {
	needRoot(t)
	id := startTarget(t, emptyRoot(t))
	r := Request{Target: id, Types: []procwalk.NSType{procwalk.PID}, As: AsContainer}
	if _, err := New("/proc", r); err == nil || !strings.Contains(err.Error(), "root") {
		t.Errorf("as the container: %v", err)
	}
	r.As = AsDefault
	e, err := New("/proc", r)
	if err != nil {
		t.Fatal(err)
	}
	if e.As() != AsRoot || e.Risk().Why == "" {
		t.Errorf("by default as %s, risk %+v", e.As(), e.Risk())
	}
}

// The printed command is run with sh and does what the effect does.
func TestByHandDoesTheSame(t *testing.T) {
	needRoot(t)
	id := startTarget(t, want{types: AllTypes(), does: []string{"chdir=/usr/lib"}, env: []string{"PATH=/bin:/usr/bin", "SECRET=a word"}})
	cgroupFor(t, "pids", id.PID)
	script := links + "; pwd -P; id -u; env | sort; cat /proc/self/cgroup; echo \"it's\""
	for _, r := range []Request{
		{Target: id, Program: sh(script), As: AsRoot, Term: "xterm"},
		{Target: id, Program: sh(script), As: AsRoot, Dir: "/etc"},
		{Target: id, Program: sh(script), As: AsRoot, TargetEnv: true},
		{Target: id, Program: sh(script), As: AsRoot, Types: []procwalk.NSType{procwalk.UTS, procwalk.User}, NoCgroup: true},
	} {
		e, err := New("/proc", r)
		if err != nil {
			t.Fatal(err)
		}
		out, errOut, _ := runEnter(t, e, "")
		if strings.Contains(e.ByHand(), "a word") {
			t.Errorf("the target's environment shows in %s", e.ByHand())
		}
		c := exec.Command("sh", "-c", e.ByHand())
		b, err := c.Output()
		tidy := func(s string) string { // the shells set these two
			var keep []string
			for line := range strings.Lines(s) {
				if !strings.HasPrefix(line, "OLDPWD=") && !strings.HasPrefix(line, "_=") {
					keep = append(keep, line)
				}
			}
			return strings.Join(keep, "")
		}
		if err != nil || tidy(string(b)) != tidy(out) {
			t.Errorf("%s\ngave %v\n%swant\n%s%s", e.ByHand(), err, b, out, errOut)
		}
	}
}
