package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// Flags that no story leads by.

// TestScreenFlags: characters, colours and the mouse of the terminal UI.
func TestScreenFlags(t *testing.T) {
	colour := regexp.MustCompile(`\x1b\[([0-9;]*;)?([34][0-7]|9[0-7]|10[0-7]|[34]8;[0-9;]*)m`)
	type drawn struct{ lines, colours, mouse bool }
	look := func(flags string, env ...string) drawn {
		s := newTerminal(t, 110, 30, env...)
		s.start(flags)
		screen := s.tmux("capture-pane", "-p", "-e")
		mouse := strings.TrimSpace(s.tmux("display-message", "-p", "#{mouse_any_flag}"))
		s.keys("q")
		s.until("the prompt", func(screen string) bool { return strings.HasSuffix(strings.TrimSpace(screen), "ready$") })
		_, ui, _ := strings.Cut(screen, "1 Processes")
		return drawn{strings.ContainsAny(ui, "─│┌└"), colour.MatchString(ui), mouse == "1"}
	}
	for flags, want := range map[string]drawn{
		"--delay 1":            {true, true, true},
		"--delay 1 --ascii":    {false, true, true},
		"--delay 1 --no-color": {true, false, true},
		"--delay 1 --no-mouse": {true, true, false},
	} {
		if got := look(flags); got != want {
			t.Errorf("%s: drawn %+v, want %+v", flags, got, want)
		}
	}
	if got := look("", "NO_COLOR=1"); got.colours {
		t.Error("colours in spite of NO_COLOR")
	}
}

// TestFlagsOnADemo asks of a demo what is asked of nothing else.
func TestFlagsOnADemo(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("flags")
	m.startDemo(t, name, "")
	if got := m.askHere(t, "containers", name, "--quiet"); got != name+"\n" {
		t.Errorf("its id: %q", got)
	}
	if got := m.askHere(t, "stats", name, "--count", "2", "--interval", "0.05"); strings.Count(got, "NAME") != 2 ||
		strings.Count(got, name) != 2 {
		t.Errorf("two tables: %q", got)
	}
	plain, stat := m.askHere(t, "cgroup", name), m.askHere(t, "cgroup", name, "--stat")
	if usage := regexp.MustCompile(`(?m)^memory\.usage\S* [1-9]\d*$`); !usage.MatchString(stat) ||
		usage.MatchString(plain) {
		t.Errorf("statistics: %s", stat)
	}
	// No unit of systemd's has the demo: nothing is changed.
	out, err := exec.Command(m.bones, "--journal", filepath.Join(m.dir, "journal"), "set", name, "pids=33", "--persist",
		"--yes").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "leave out --persist") ||
		strings.TrimSpace(m.askHere(t, "cgroup", name, "pids.max")) == "33" {
		t.Errorf("--persist: %v %s", err, out)
	}
	if got := m.askHere(t, "files", "ls", name, "/", "--proc-dir"); !strings.Contains(got, " status\n") ||
		!strings.Contains(got, " cgroup\n") {
		t.Errorf("its folder in /proc: %s", got)
	}
	if got := m.askHere(t, "files", "stat", name, "/status", "--proc-dir"); !strings.Contains(got, "0444") {
		t.Errorf("%s", got)
	}
	if got := m.askHere(t, "files", "get", name, "/comm", "-", "--proc-dir"); got != "demo-service\n" {
		t.Errorf("%q", got)
	}
	if got := m.askHere(t, "help", "files", "get"); !strings.Contains(got,
		"Copy a file or a directory out of the container") {
		t.Errorf("%s", got)
	}
	if out, err := exec.Command(m.bones, "help", "frobnicate").CombinedOutput(); err == nil ||
		!strings.HasPrefix(string(out), "bones: there is no command frobnicate") {
		t.Errorf("%s", out)
	}
	for shell, want := range map[string]string{"bash": "complete -o default", "zsh": "#compdef bones",
		"fish": "complete -c bones"} {
		if got := m.askHere(t, "completion", shell); !strings.Contains(got, want) {
			t.Errorf("%s: %d bytes without %q", shell, len(got), want)
		}
	}
	if out, err := exec.Command(m.bones, "completion", "ksh").CombinedOutput(); err == nil ||
		strings.Count(string(out), "\n") != 1 {
		t.Errorf("%s", out)
	}

	// A namespace that no process is in.
	kept := filepath.Join(m.dir, "uts")
	if err := os.WriteFile(kept, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(kept, unix.MNT_DETACH) })
	if got := shell(t, m.line("--uts="+kept+" true")); got != "status 0\n" {
		t.Fatal(got)
	}
	var st unix.Stat_t
	if err := unix.Stat(kept, &st); err != nil {
		t.Fatal(err)
	}
	inode := fmt.Sprint(st.Ino)
	if got := m.askHere(t, "ns", "--type", "uts"); strings.Contains(got, inode) {
		t.Errorf("a namespace without a process: %s", got)
	}
	if got := m.askHere(t, "ns", "--all", "--type", "uts"); !strings.Contains(got, inode) {
		t.Errorf("%s is not in\n%s", inode, got)
	}

	// The environment of the target, and a clean one.
	c := exec.Command("sleep", "1000")
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "WORD=of the target"}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	target := strconv.Itoa(c.Process.Pid)
	if got := m.ask(t, "enter", target, "--env", "--", "sh", "-c", "echo $WORD"); got != "of the target\n" {
		t.Errorf("with its environment: %q", got)
	}
	if got := m.ask(t, "enter", target, "--", "sh", "-c", "echo $WORD"); got != "\n" {
		t.Errorf("without: %q", got)
	}
}

// TestUnshareMapAuto maps the block of /etc/subuid: one of the test's own, which only a mount namespace of its own
// sees.
func TestUnshareMapAuto(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users, proctest.UserNamespaces)
	m := builtBones(t)
	for _, file := range []string{"/etc/subuid", "/etc/subgid"} {
		if _, err := os.Stat(file); err != nil {
			skipMissing(t, "%v", err)
		}
	}
	mine := filepath.Join(m.dir, "sub")
	if err := os.WriteFile(mine, []byte("someone:5:6\nroot:100000:7\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	inner := m.line("--map-auto -- cat /proc/self/uid_map /proc/self/gid_map")
	got := shell(t, m.line("--mount -- sh -c 'mount --bind "+mine+" /etc/subuid && "+
		"mount --bind "+mine+" /etc/subgid && "+inner+"'"))
	if strings.Join(strings.Fields(got), " ") != "0 100000 7 0 100000 7 status 0" {
		t.Errorf("%q", got)
	}
}
