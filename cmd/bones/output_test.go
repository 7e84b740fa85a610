package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/complete"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk/proctest"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// full runs bones with an output that cannot be written, and returns its status and what it says.
func full(t *testing.T, m made, args ...string) (int, string) {
	t.Helper()
	out, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var said bytes.Buffer
	c := exec.CommandContext(t.Context(), m.bones, append([]string{"--journal", filepath.Join(m.dir, "journal")},
		args...)...)
	c.Stdout, c.Stderr = out, &said
	watchdog := time.AfterFunc(proctest.Patience, func() { c.Process.Kill() })
	defer watchdog.Stop()
	c.Run()
	return c.ProcessState.ExitCode(), said.String()
}

// fullHere is full in this process, with the same output that bones has.
func fullHere(t *testing.T, args ...string) (int, string) {
	t.Helper()
	out, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	ctx, cancel := context.WithTimeout(t.Context(), proctest.Patience)
	defer cancel()
	a, _, said := testApp(t)
	a.out = &terminal.Output{File: out}
	return a.run(ctx, append([]string{"--journal", a.journal}, args...)), said.String()
}

// TestOutputThatCannotBeWritten: of every command that prints something, and the help of each third one, of all with a
// soak: the same code prints them. Bones itself prints each eighth, and all with a soak; this process prints the
// others.
func TestOutputThatCannotBeWritten(t *testing.T) {
	m := builtBones(t)
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir()) // without root, bones keeps there which demos there are
	lines := []string{
		"ps", "ps --json", "top self", "ns", "ns --json", "which self", "pid self", "explain self", "containers",
		"containers --json", "version",
		"history", "history --sh", "man", "completion bash", "completion zsh", "completion fish", "cgroup self",
		"demo --list", "demo --dry-run",
		"files ls self /", "files cat self /proc/version", "files get self /proc/version -", "enter self --dry-run",
		"unshare --dry-run -m -- true",
		"kill self --dry-run", "__complete ps --", "stats --once", "stats --count 1000000 --interval 0.05", "events --json",
	}
	n := 0
	for c := range complete.Commands((&app{}).rootCommand()) {
		if !c.Hidden && !c.HasParent() || c.Parent() != nil && !hiddenCommand(c) {
			if n++; n%proctest.Soak(3, 1) != 0 {
				continue
			}
			lines = append(lines, strings.TrimPrefix(c.CommandPath()+" --help", "bones "))
		}
	}
	for i, line := range lines {
		if line == "cgroup self" && proctest.Lacks(proctest.Cgroups) != nil {
			continue // it has nothing to print
		}
		var status int
		var said string
		// Who has run a program as another user, as these tests have, is one that only CAP_SYS_PTRACE may look into.
		if i%proctest.Soak(8, 1) == 0 || strings.HasPrefix(line, "files ") {
			status, said = full(t, m, strings.Fields(line)...)
		} else {
			status, said = fullHere(t, strings.Fields(line)...)
		}
		// Before it may stand what bones was not permitted to see, and what cobra says of a completion.
		if status != exitFailed || strings.Count(said, "ENOSPC") != 1 || !strings.HasSuffix(said, "(ENOSPC)\n") {
			t.Errorf("bones %s > /dev/full: status %d, says %q", line, status, said)
		}
	}
}

func hiddenCommand(c *cobra.Command) bool {
	for ; c != nil; c = c.Parent() {
		if c.Hidden {
			return true
		}
	}
	return false
}

// TestEnterOutputThatCannotBeWritten: the program is ended, also one that does not care.
func TestEnterOutputThatCannotBeWritten(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	target := sleeper(t)
	pid := strconv.Itoa(target.Process.Pid)
	for _, program := range [][]string{
		{"head", "-c", "5000000", "/dev/zero"},
		{"yes"},
		{"echo", "little"},
		{"sh", "-c", "trap '' PIPE HUP TERM; while :; do echo x; sleep 0.1; done"},
		{"sh", "-c", "while :; do echo x >&2; sleep 0.1; echo y; done 2>&1"},
	} {
		status, said := full(t, m, append([]string{"enter", pid, "--"}, program...)...)
		if status != exitBones || !strings.Contains(said, "cannot be written") || !strings.Contains(said, "ENOSPC") {
			t.Errorf("%q: status %d, says %q", program, status, said)
		}
	}
}

// TestEnterEndsWithItsTerminal: when the terminal is closed or bones gets a signal, a program that does not care ends
// within 3 s, whatever odd bytes were typed before.
func TestEnterEndsWithItsTerminal(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	target := sleeper(t)
	nothing := func() {}
	for name, end := range map[string]func(u *ptyUI) (release func()){
		"the terminal's end": func(u *ptyUI) func() { u.master.Close(); return nothing },
		"TERM":               func(u *ptyUI) func() { u.guard.Process.Signal(unix.SIGTERM); return nothing },
		"HUP, and a terminal that takes nothing": func(u *ptyUI) func() {
			u.hold.Lock()
			u.guard.Process.Signal(unix.SIGHUP)
			return u.hold.Unlock
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := startPTY(t, exec.Command(m.bones, "--journal", filepath.Join(m.dir, "journal"), "enter",
				strconv.Itoa(target.Process.Pid), "--",
				"sh", "-c", "trap '' HUP INT TERM QUIT; stty raw -echo; echo in side $$.; "+
					"more=$(printf %1000s more); while :; do echo \"$more\"; sleep 0.1; done"))
			program := 0
			u.until("the program", proctest.Patience, func() bool {
				_, said, _ := strings.Cut(u.modes.text.String(), "in side ")
				number, _, whole := strings.Cut(said, ".")
				program, _ = strconv.Atoi(number)
				return whole && program > 0
			})
			for name, in := range hostileInputs() {
				if len(in) < 4096 {
					if _, err := u.master.Write(in); err != nil {
						t.Fatal(name, err)
					}
				}
			}
			defer end(u)()
			if !u.ends(proctest.Patience) { // 3 s, on a machine that has nothing else to do
				t.Fatal("bones waits still")
			}
			defer func() {
				if alive(program) {
					proctest.Signal(t, program, unix.SIGKILL)
				}
			}()
			until(t, "the program to end with bones", func() bool { return !alive(program) })
		})
	}
}
