package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/record"
	"bones/procwalk/connector"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// writeEvents writes a recording of five minutes with an event in each.
func writeEvents(t *testing.T) (path string) {
	t.Helper()
	tree := proctest.New(t)
	tree.Fill(9, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{"x"}} })
	plain := filepath.Join(t.TempDir(), "plain")
	writePast(t, plain, tree.Path(), 5)
	r, err := record.Open(plain)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path = filepath.Join(t.TempDir(), "events")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := record.NewStream(f)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range []events.Event{
		{Kind: events.Exec, PID: 77, What: text.New("runs make \x1b[2J")},
		{Kind: events.Container, PID: 4, Key: "k", Name: text.New("web"), ID: text.New("abcdef"), What: text.New("begun")},
		{Kind: events.Limit, Key: "k", Name: text.New("web"), ID: text.New("abcdef"), What: text.New("64M")},
		{Kind: events.OOM, PID: 5, Name: text.New("web"), ID: text.New("abcdef"), Group: text.New("/docker/abcdef/x"),
			What: text.New("killed PID 5 (hog)")},
		{Kind: events.Exit, PID: 77, Exit: &events.Ended{Told: true, Status: 3}, What: text.New("exit status 3")},
	} {
		frame, err := r.Frame(i)
		if err != nil {
			t.Fatal(err)
		}
		e.Time = r.Time(i)
		if err := s.Write(frame); err != nil {
			t.Fatal(err)
		}
		if err := s.WriteEvents(&events.Batch{Until: e.Time, Events: []events.Event{e}}); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestEvents: which events of a recording are printed, for which words of the command line.
func TestEvents(t *testing.T) {
	path := writeEvents(t)
	for line, want := range map[string]string{
		"":                            "exec container limit oom exit",
		"--kind oom,limit":            "limit oom",
		"--kind exec --kind exit":     "exec exit",
		"web":                         "container limit oom",
		"abcd":                        "container limit oom",
		"id:abcdef --since 90s":       "oom",
		"77":                          "exec exit",
		"cgroup:/docker/abcdef":       "oom",
		"--since 150s --until 30s":    "limit oom",
		"--at -1h --until now":        "",
		"--at -90s":                   "exec container limit",
		"--since 2000-01-01 --at now": "exec container limit oom exit",
	} {
		a, out, errOut := testApp(t)
		got := a.run(t.Context(), append([]string{"events", "--from", path, "--json"}, strings.Fields(line)...))
		var list []struct{ Kind string }
		json.Unmarshal(out.Bytes(), &list)
		var kinds []string
		for _, e := range list {
			kinds = append(kinds, e.Kind)
		}
		if strings.Join(kinds, " ") != want || got != 0 && want != "" {
			t.Errorf("%q: %q, want %q; status %d %s", line, kinds, want, got, errOut)
		}
	}
	a, out, _ := testApp(t)
	a.run(t.Context(), []string{"events", "--from", path, "--until", "now"})
	if s := out.String(); !strings.HasPrefix(s, "TIME") || !strings.Contains(s, `make \x1b[2J`) ||
		strings.Count(s, "\n") != 6 {
		t.Error(s)
	}
	for line, status := range map[string]int{"nobody": exitNoTarget, "--kind lunch": exitUsage, "--since soon": exitUsage,
		"--since 1m --until 2m": exitUsage, "--follow --until 1m": exitUsage, "a b": exitUsage, "cgroup:": exitUsage} {
		a, _, errOut := testApp(t)
		got := a.run(t.Context(), append([]string{"events", "--from", path}, strings.Fields(line)...))
		if got != status || strings.Count(errOut.String(), "\n") != 1 {
			t.Errorf("%q: status %d, %s", line, got, errOut)
		}
	}
}

// TestEventsOfAnOldRecording: what its frames tell is printed.
func TestEventsOfAnOldRecording(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(9, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{"x"}} })
	path := filepath.Join(t.TempDir(), "past")
	writePast(t, path, tree.Path(), 5)
	a, out, errOut := testApp(t)
	if got := a.run(t.Context(), []string{"events", "--from", path, "--kind", "fork"}); got != 0 ||
		strings.Count(out.String(), "was started") != 4 {
		t.Errorf("status %d, %s\n%s", got, out, errOut)
	}
}

// TestEventsFollow: a program that is run meanwhile is told, and ^C ends it.
func TestEventsFollow(t *testing.T) {
	if c, err := connector.Open(); err != nil {
		proctest.Missing(t, "process events: %v", err)
	} else {
		c.Close()
	}
	s := newTerminal(t, 160, 24)
	s.line(s.bones + " events -f --kind exec,fork --since 1s | grep --line-buffered 'sleep 0.0371'")
	proctest.Until(t, "a program that was run", func() bool {
		exec.Command("sh", "-c", "sleep 0.0371; sleep 0.2").Run()
		return strings.Contains(s.screen(), "runs sleep 0.0371")
	})
	s.keys("C-c")
	s.until("the shell", atShell)
}

// TestStoryKilledForMemory: a container runs out of memory while bones records. In the recording one key shows when it
// was, who was killed, whose limit it was and who had asked for more; three show the container as it was just before.
func TestStoryKilledForMemory(t *testing.T) {
	m := builtBones(t)
	name := fmt.Sprintf("oom-%d", os.Getpid())
	s := newTerminal(t, 150, 40)
	if out, err := exec.Command(m.bones, "demo", "--name", name, "--memory", "48M").CombinedOutput(); err != nil {
		proctest.Missing(t, "a container: %s", out)
	}
	t.Cleanup(func() { exec.Command(m.bones, "demo", "--name", name, "--stop").Run() })
	out, err := exec.Command(m.bones, "cgroup", name, "--json").Output()
	var groups []struct {
		Controllers []string
		Dir         string
	}
	if err != nil || json.Unmarshal(out, &groups) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	dir := ""
	for _, g := range groups {
		if slices.Contains(g.Controllers, "memory") {
			dir = g.Dir
		}
	}
	if dir == "" {
		proctest.Missing(t, "a control group with a limit on memory")
	}
	recording := filepath.Join(t.TempDir(), "recording")
	c := exec.Command(m.bones, "record", "--interval", "200ms", "--dir", recording)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() { c.Process.Signal(unix.SIGTERM); c.Wait() })
	t.Cleanup(end)
	recorded := func(command, want string) func() bool {
		return func() bool {
			out, _ := exec.Command(m.bones, command, "--from", recording).Output()
			return strings.Contains(string(out), want)
		}
	}
	proctest.Until(t, "a moment with the container", recorded("containers", name))
	exec.Command("sh", "-c", "echo $$ > "+dir+"/cgroup.procs && exec tail /dev/zero").Run()
	proctest.Until(t, "that it was killed", recorded("events", "killed PID"))
	end()
	s.line(s.bones + " replay --theme mono --no-mouse " + recording)
	s.until("the end", shows(" live"))
	s.keys("6")
	s.until("who was killed", shows(" oom ", name, "killed PID", "at the limit of 48M", "asked for more"))
	s.keys("/")
	s.line("kind:oom")
	s.until("that alone", shows("filter \"kind:oom\""))
	s.keys("Enter")
	s.until("the moment before", func(screen string) bool {
		return !strings.Contains(screen, " live") && strings.Contains(screen, name)
	})
	s.keys("q")
	s.until("the shell", atShell)
}
