package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// explainedAnswer is what these tests read of `bones explain --json`.
type explainedAnswer struct {
	Target, Kind, Verdict string
	PID                   int
	PIDInside             *int `json:"pid_inside"`
	Container             *struct{ ID, Runtime, Name string }
	Steps                 []struct {
		Title, Means, Without string
		Seen                  []struct{ Name, Value string }
		ByHand                string `json:"by_hand"`
		Note                  *string
	}
	Errors map[string]string
}

func (m made) explained(t *testing.T, target string, change ...func(*exec.Cmd)) explainedAnswer {
	t.Helper()
	c := exec.Command(m.bones, "--json", "explain", target)
	for _, f := range change {
		f(c)
	}
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	var e explainedAnswer
	if err := errors.Join(err, json.Unmarshal(out, &e)); err != nil {
		t.Fatalf("bones explain %s: %v\n%s%s", target, err, out, errs.String())
	}
	if e.Target != target || e.Verdict == "" || len(e.Steps) == 0 || e.Errors == nil {
		t.Errorf("bones explain %s is not whole: %+v", target, e)
	}
	return e
}

// seen returns what a step says of one thing.
func (e *explainedAnswer) seen(title, name string) string {
	for _, s := range e.Steps {
		for _, l := range s.Seen {
			if s.Title == title && l.Name == name {
				return l.Value
			}
		}
	}
	return ""
}

// runByHand runs the command of every step with sh; what it prints must hold what the step has seen.
func (e *explainedAnswer) runByHand(t *testing.T, holds map[string]string) {
	t.Helper()
	for _, s := range e.Steps {
		c := exec.Command("sh", "-c", s.ByHand)
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
		out, err := c.CombinedOutput()
		if err != nil || len(bytes.TrimSpace(out)) == 0 {
			t.Errorf("%s: %s: %v\n%s", s.Title, s.ByHand, err, out)
		}
		if want := holds[s.Title]; !strings.Contains(string(out), want) {
			t.Errorf("%s: %s does not show %q:\n%s", s.Title, s.ByHand, want, out)
		}
		delete(holds, s.Title)
	}
	for title := range holds {
		t.Errorf("there is no step %q", title)
	}
}

// inFirstPIDNS reports whether this test sees the whole host.
func inFirstPIDNS() bool {
	l, _ := os.Readlink("/proc/self/ns/pid")
	return l == "pid:[4026531836]"
}

func TestExplainDemo(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("explain")
	row := m.startDemo(t, name, "--memory 96M")
	pid := *row.PID

	e := m.explained(t, name)
	if e.Kind != "container" || e.PID != pid || e.PIDInside == nil || *e.PIDInside != 1 || e.Container == nil ||
		e.Container.Name != name || e.Container.Runtime != "bones" {
		t.Errorf("%+v", e)
	}
	for _, want := range []string{fmt.Sprintf("PID %d (demo-service) is PID 1 of the bones container %s: an ordinary "+
		"process with namespaces of its own (cgroup, ipc, mnt, net, pid, uts)", pid, name),
		"a memory limit of 96M and another root", "It may have SYS_ADMIN"} {
		if !strings.Contains(strings.ToLower(e.Verdict), strings.ToLower(want)) {
			t.Errorf("the verdict does not say %q: %s", want, e.Verdict)
		}
	}
	if got := e.seen("The limits that bind it", "memory"); !strings.Contains(got, "96M (100663296), set by ") ||
		!strings.HasSuffix(got, "/bones-demo-"+name+", its own group") {
		t.Errorf("its memory limit: %q", got)
	}
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		t.Fatal(err)
	}
	inode := strings.Trim(strings.TrimPrefix(link, "net:"), "[]")
	if got := e.seen("Its namespaces", "net"); !strings.HasPrefix(got, inode+"  its own") {
		t.Errorf("its network namespace is %s, and the step says %q", link, got)
	}
	caps := ""
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/status", pid))) {
		if strings.HasPrefix(line, "CapBnd:") {
			caps = strings.TrimSpace(line)
		}
	}
	e.runByHand(t, map[string]string{"An ordinary process": "demo-service", "Its namespaces": link,
		"Its users": "4294967295", "Its control groups": "/bones-demo-" + name,
		"The limits that bind it": "100663296", "Its root directory": "tmpfs", "Its capabilities": caps,
		"What it may ask of the kernel": "Seccomp:\t0", "Who calls it a container": strconv.Itoa(pid)})

	until(t, "its workers", func() bool { return len(childrenOf(pid)) == 2 })
	worker := childrenOf(pid)[0]
	w := m.explained(t, strconv.Itoa(worker))
	if w.Kind != "container" || w.PID != worker || w.PIDInside == nil ||
		!strings.Contains(w.Verdict, fmt.Sprintf("is PID %d of the bones container %s", *w.PIDInside, name)) {
		t.Errorf("a worker: %s", w.Verdict)
	}
	w.runByHand(t, map[string]string{})

	// As text: no line but a command is too long, and everything is there.
	plain := m.ask(t, "explain", name)
	for line := range strings.Lines(plain) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > explainWidth &&
			!strings.Contains(line, "by hand") {
			t.Errorf("%d cells: %s", n, line)
		}
	}
	words := strings.Join(strings.Fields(plain), " ")
	for _, s := range e.Steps {
		for _, want := range []string{s.Title, s.Means, s.ByHand, s.Without} {
			if !strings.Contains(words, strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%q is not in the text:\n%s", want, plain)
			}
		}
	}

	proctest.Need(t, proctest.Users)
	// Without privilege the name of the group still tells, and the walk goes on.
	u := m.explained(t, strconv.Itoa(pid), unprivileged)
	if u.Kind != "container" || !strings.Contains(u.Verdict,
		"Its namespaces may not be looked at: that takes CAP_SYS_PTRACE") || len(u.Steps) != len(e.Steps) ||
		u.Errors["ns.pid"] == "" || u.Errors["root"] == "" {
		t.Errorf("without privilege: %s %v", u.Verdict, u.Errors)
	}
	if got := u.seen("Its namespaces", "all types"); !strings.Contains(got, "not permitted") ||
		!strings.Contains(got, "CAP_SYS_PTRACE") {
		t.Errorf("without privilege: %q", got)
	}
	if got := u.seen("The limits that bind it", "memory"); !strings.Contains(got, "96M") {
		t.Errorf("without privilege its limit is %q", got)
	}
}

func TestExplainOthers(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	t.Run("PID 1", func(t *testing.T) {
		e := m.explained(t, "1")
		kind, words := "init", "PID 1 ("
		if inFirstPIDNS() {
			words = "is not in a container: it is the first process of this host; the host's namespaces are by definition " +
				"its own."
		} else {
			kind = "inside"
		}
		if e.Kind != kind || !strings.Contains(e.Verdict, words) || e.Container != nil {
			t.Errorf("%s: %s", e.Kind, e.Verdict)
		}
	})
	t.Run("an ordinary process", func(t *testing.T) {
		child := sleeper(t)
		e := m.explained(t, strconv.Itoa(child.Process.Pid))
		if inFirstPIDNS() && (slices.Contains([]string{"container", "sandbox", "inside", "beside"}, e.Kind) ||
			!strings.Contains(e.Verdict, "is not in a container") || e.Container != nil) {
			t.Errorf("%s: %s", e.Kind, e.Verdict)
		}
		e.runByHand(t, map[string]string{"An ordinary process": "sleep 1000"})
		proctest.Need(t, proctest.Users)
		// The user whose process it is not may look at little.
		u := m.explained(t, strconv.Itoa(child.Process.Pid), unprivileged)
		if u.Errors["ns.mnt"] == "" || len(u.Steps) != len(e.Steps) {
			t.Errorf("without privilege: %s %v", u.Verdict, u.Errors)
		}
	})
	t.Run("a kernel thread", func(t *testing.T) {
		if comm(2) != "kthreadd" {
			t.Skip("the kernel's threads are not seen here")
		}
		e := m.explained(t, "2")
		if e.Kind != "kernel" || !strings.Contains(e.Verdict, "a thread of the kernel") {
			t.Errorf("%s: %s", e.Kind, e.Verdict)
		}
		e.runByHand(t, map[string]string{"A thread of the kernel": "kthreadd"})
	})
	t.Run("namespaces of its own are no sandbox", func(t *testing.T) {
		_, pid := m.running(t, "sleep", "--net", "--uts", "--", "sleep", "1000")
		e := m.explained(t, strconv.Itoa(pid))
		kind, words := "process", "Its net and uts namespaces are not the host's"
		if !inFirstPIDNS() {
			kind, words = "inside", "uts namespaces are not the host's" // also those that the tests are in
		}
		if e.Kind != kind || !strings.Contains(e.Verdict, words) || e.Container != nil {
			t.Errorf("%s: %s", e.Kind, e.Verdict)
		}
		e.runByHand(t, map[string]string{})
	})
	t.Run("bones within a pid namespace", func(t *testing.T) {
		out := shell(t, m.line("--fork --pid --mount-proc --uts -- "+m.bones+" --json explain self"))
		var e explainedAnswer
		if err := json.Unmarshal([]byte(strings.TrimSuffix(out, "status 0\n")), &e); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if e.Kind != "inside" || !strings.Contains(e.Verdict,
			"is the first process of this pid namespace, which is not the host's") || !strings.Contains(e.Verdict,
			"uts namespaces are not the host's") {
			t.Errorf("%s: %s", e.Kind, e.Verdict)
		}
	})
	t.Run("no such target", func(t *testing.T) {
		for _, c := range []struct {
			args   []string
			status int
		}{{[]string{"nosuchcontainer"}, exitNoTarget}, {[]string{"pid:4194300"}, exitNoTarget}, {[]string{"4194300"},
			exitNoTarget}, {[]string{""}, exitUsage}, {nil, exitUsage}, {[]string{"1", "2"}, exitUsage}} {
			var exit *exec.ExitError
			var errs bytes.Buffer
			run := exec.Command(m.bones, append([]string{"explain"}, c.args...)...)
			run.Stderr = &errs
			if err := run.Run(); !errors.As(err, &exit) || exit.ExitCode() != c.status ||
				strings.Count(errs.String(), "\n") != 1 {
				t.Errorf("explain %q: %v, want status %d and one line\n%s", c.args, err, c.status, errs.String())
			}
		}
	})
}

// TestExplainHostileGroup explains a process in a group whose name attacks the terminal and the shell.
func TestExplainHostileGroup(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Cgroups)
	m := builtBones(t)
	base := "/sys/fs/cgroup/memory"
	if _, err := os.Stat(base); err != nil {
		base = "/sys/fs/cgroup"
	}
	canary := filepath.Join(m.dir, "canary")
	group := filepath.Join(base, fmt.Sprintf("bones-test-%d ' $(echo x > canary)`id`\x1b[2J\u202e", os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Fatal(err)
	}
	child := exec.Command("sleep", "1000")
	t.Cleanup(func() {
		if child.Process != nil {
			child.Process.Kill()
			child.Wait()
		}
		deadline := proctest.Deadline()
		for os.Remove(group) != nil && time.Now().Before(deadline) {
			time.Sleep(5 * time.Millisecond) // the kernel lets go of the dead shortly after they were waited for
		}
		if _, err := os.Stat(group); err == nil {
			t.Errorf("%q is left", group)
		}
	})
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(child.Process.Pid)
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(pid), 0); err != nil {
		t.Fatal(err)
	}
	t.Chdir(m.dir)
	out := m.ask(t, "explain", pid)
	for line := range strings.Lines(out) {
		if line = strings.TrimSuffix(line, "\n"); text.Line(line) != line {
			t.Errorf("not safe to print: %q", line)
		}
	}
	if !strings.Contains(out, `$(echo x > canary)`) || !strings.Contains(out, `\x1b[2J\u202e`) {
		t.Errorf("the name of the group is not shown:\n%s", out)
	}
	e := m.explained(t, pid)
	e.runByHand(t, map[string]string{"Its control groups": "cgroup.procs"})
	if _, err := os.Stat(canary); err == nil {
		t.Error("a name was run by the shell")
	}
}
