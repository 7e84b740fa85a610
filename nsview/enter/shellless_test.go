package enter

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/proctest"
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
	if out, note, s := enterShell(t, e, "readlink /proc/$$/exe; exit 4"); !strings.HasSuffix(out, "/bash\n") ||
		note != "" || s.Code != 4 {
		t.Errorf("%q, %q, %+v", out, note, s)
	}
}

// untraceable is emptyRoot for a target that may trace nobody.
func untraceable(t *testing.T) want {
	t.Helper()
	w := emptyRoot(t)
	w.cannotTrace = true
	return w
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

func TestBusyboxIsLent(t *testing.T) {
	needRoot(t)
	program := proctest.Build(t, t.TempDir(), "bones/testdata/lent")
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

func TestNoShellIsSaidAndTheHostsIsNotRun(t *testing.T) {
	needRoot(t)
	for _, w := range []want{untraceable(t), emptyRoot(t)} {
		e, err := New("/proc", Request{Target: startTarget(t, w)})
		if err != nil {
			t.Fatal(err)
		}
		e.busybox = "none"
		var out bytes.Buffer
		s, err := e.Run(t.Context(), Stdio{In: strings.NewReader("ls -d /home\n"), Out: &out, Err: &out})
		var x *ExecError
		if !errors.As(err, &x) || s.Code != 127 || out.Len() > 0 {
			t.Errorf("%+v, %v, %q", s, err, &out)
		}
		for _, w := range []string{"there is no shell in the target", "busybox", "--host-tools"} {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("no %q in %v", w, err)
			}
		}
	}
}

func TestHostTools(t *testing.T) {
	needRoot(t)
	mounted := mountsOfProc(t) // in a container there can be one over another
	id := startTarget(t, untraceable(t))
	e, err := New("/proc", Request{Target: id, HostTools: true})
	if err != nil {
		t.Fatal(err)
	}
	if e.As() != AsRoot || e.Risk().Level != effect.Confirm || !strings.Contains(e.Describe(), "the host's shell") {
		t.Errorf("%s; risk %+v", e.Describe(), e.Risk())
	}
	script := "tr '\\0' ' ' </proc/1/cmdline; readlink /proc/self/ns/uts; ls /etc/passwd; pwd; exit 6"
	check := func(how, out string, code int) {
		t.Helper()
		for _, w := range []string{targetWord, strings.Fields(linksOf(t, id.PID))[procwalk.UTS], "/etc/passwd\n/\n"} {
			if !strings.Contains(out, w) || code != 6 {
				t.Errorf("%s: status %d, no %q in %q", how, code, w, out)
			}
		}
	}
	out, _, s := enterShell(t, e, script)
	check("--host-tools", out, s.Code)
	c := exec.Command("sh", "-c", e.ByHand())
	c.Stdin = strings.NewReader(script)
	b, _ := c.Output()
	check(e.ByHand(), string(b), c.ProcessState.ExitCode())
	if n := mountsOfProc(t); n != mounted {
		t.Errorf("/proc is mounted %d times, before it was %d times: the mount of /proc came out", n, mounted)
	}
	if _, err := New("/proc", Request{Target: id, HostTools: true, As: AsContainer}); err == nil ||
		!strings.Contains(err.Error(), "root only") {
		t.Errorf("as the container: %v", err)
	}
}

func TestPidWithoutMountsAsTheContainerIsRefused(t *testing.T) {
	needRoot(t)
	id := startTarget(t, untraceable(t))
	r := Request{Target: id, Types: []procwalk.NSType{procwalk.PID}, As: AsContainer}
	if _, err := New("/proc", r); err == nil || !strings.Contains(err.Error(), "root") {
		t.Errorf("as the container: %v", err)
	}
	r.As = AsDefault
	e, err := New("/proc", r)
	if err != nil {
		t.Fatal(err)
	}
	if e.As() != AsRoot || e.Risk().Level != effect.Confirm {
		t.Errorf("by default as %s, risk %+v", e.As(), e.Risk())
	}
}

// The printed command is run with sh and does what the effect does.
func TestByHandDoesTheSame(t *testing.T) {
	needRoot(t)
	id := startTarget(t, want{types: AllTypes(), does: []string{"chdir=/usr/lib"}, env: []string{"PATH=/bin:/usr/bin",
		"SECRET=a word"}})
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

func mountsOfProc(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), " /proc rw")
}
