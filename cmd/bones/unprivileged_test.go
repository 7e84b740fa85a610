package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// unprivilegedLines are command lines for somebody without any privilege: {} stands for a target, {own} for a process
// of theirs.
var unprivilegedLines = []string{
	"host", "snapshot -", "snapshot nosuchdir/x", "record -o nosuchdir/x", "record --dir /nosuchdir/x",
	"replay nosuchfile", "ps --from nosuchfile",
	"ps", "ps {}", "ps --aux", "ps -o pid,user,args,container,netns {}", "ps --columns", "ps --json {}",
	"top {}", "which {pid}", "which --all", "pid {}", "ns", "ns --all", "ns --tree", "ns {}", "ns --diff {pid} {own}",
	"ns --json",
	"containers", "containers {}", "containers --json", "containers --sandboxes", "stats --once --interval 0.1",
	"stats --sandboxes --once --interval 0.1", "stats {} --once --interval 0.1",
	"cgroup {}", "cgroup {} pids.max", "cgroup {} --json", "cgroup {} --stat",
	"set {} pids=10", "set {} pids=10 --yes", "set {} pids=10 --dry-run", "set {} pids=10 --persist --yes",
	"freeze {}", "freeze {} --dry-run", "thaw {}", "thaw {} --dry-run",
	"kill {} --yes -s CONT", "kill {} --dry-run", "kill {} --all --yes", "kill {} --all --dry-run",
	"enter {} -- true", "enter {} --dry-run -- true", "enter {} -n net -- true", "enter {} --as root -- true",
	"enter {} -n user --env -- true",
	"unshare -- true", "unshare --fork --pid --mount-proc -- true", "unshare -r -- true",
	"unshare --dry-run --memory 64M -- true", "unshare --memory 64M -- true",
	"unshare --net -- true", "unshare -- /nosuch", "unshare -- /etc/passwd",
	"files ls {}", "files ls {} /etc --json", "files ls {} --proc-dir", "files cat {} /etc/hostname",
	"files cat {} /status --proc-dir", "files stat {} /etc",
	"files get {} /etc/hostname -", "files get {} /etc/hostname /nosuch/x", "files touch {} /nosuchfile",
	"files touch {} /nosuchfile --dry-run", "files mkdir {} /nosuchdir",
	"files mkdir {} /nosuchdir --dry-run", "files rm {} /etc/hostname --yes", "files rm {} /etc/hostname --dry-run",
	"files put {} /etc/passwd /nosuchfile",
	"files put {} - /nosuchfile", "files put {} /etc/shadow /nosuchfile", "files edit {} /etc/hostname",
	"files mv {} /etc/hostname /etc/name --yes", "files mv {} /etc/hostname /etc/name --dry-run",
	"undo", "undo 1", "undo --dry-run", "history", "history --sh", "history --json", "demo --list", "demo --stop",
	"demo --dry-run",
	"version", "completion bash", "man", "man /nosuch", "help", "help kill", "files", "",
	"ports", "ports {}", "ports -a --json", "net", "net {}", "net {own}", "reach {own} {}", "reach {own} {own}",
	"explain {}", "events", "events {}", "health --over 0", "health {} --over 0", "export --reference", "deploy",
	"deploy systemd", "deploy systemd export --web.config.file /etc/x", "deploy prometheus",
	"deploy grafana", "deploy kubernetes", "diff {own} {own}", "logs nosuch", "schema", "schema ps", "storage {}",
	"storage {own}", "tune {}", "tune {} nice=-5", "tune {own} nice=5", "kubectl node --dry-run",
	"tour", "tour {}", "tour --list", "tour --list {}", "tour --list {own}",
}

// missingNamed is what an answer names that something was not possible for: the kernel's name of the error, a
// capability, a file or a setting that is missing.
var missingNamed = regexp.MustCompile(`\bE[A-Z]{3,}\b|\bCAP_[A-Z_]+\b`)

// unprivilegedWord makes the test program a user's who may do nothing.
const unprivilegedWord = "__unprivileged" // with the journal

func init() {
	reexec.Register(unprivilegedWord, func(args []string) int { return runLines(args[0]) })
}

// runLines carries out the command lines that come at descriptor 3, and says at 4 with which status each ended. One
// process for all of them: starting it, and finding out what this host is, would take most of the time.
func runLines(journal string) int {
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)
	lines, statuses := json.NewDecoder(os.NewFile(3, "lines")), json.NewEncoder(os.NewFile(4, "statuses"))
	for {
		var args []string
		if lines.Decode(&args) != nil {
			return 0
		}
		a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
		statuses.Encode(a.run(context.Background(), append([]string{"--journal", journal}, args...)))
	}
}

// unprivilegedUser is the process that carries out the command lines of somebody without any privilege.
type unprivilegedUser struct {
	process  *os.Process
	lines    *json.Encoder
	statuses *json.Decoder
	said     *os.File // its error stream, as far as it was read
}

// startUnprivileged starts it, until the test ends.
func startUnprivileged(t *testing.T, journal string) *unprivilegedUser {
	t.Helper()
	theirLines, lines, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	statuses, theirStatuses, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "said")
	theirErrors, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	said, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	c := reexec.Command(unprivilegedWord, journal)
	unprivileged(c)
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/nonexistent", "LC_ALL=C.UTF-8", "EDITOR=true"}
	c.ExtraFiles, c.Stderr = []*os.File{theirLines, theirStatuses}, theirErrors
	err = c.Start()
	theirLines.Close()
	theirStatuses.Close()
	theirErrors.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		lines.Close()
		c.Process.Kill()
		c.Wait()
		statuses.Close()
		said.Close()
	})
	return &unprivilegedUser{c.Process, json.NewEncoder(lines), json.NewDecoder(statuses), said}
}

// runs has it carry out one command line, and returns its status and what it and all that it started said.
func (u *unprivilegedUser) runs(t *testing.T, args []string) (status int, said string) {
	t.Helper()
	watchdog := time.AfterFunc(proctest.Patience, func() { u.process.Kill() })
	defer watchdog.Stop()
	err := u.lines.Encode(args)
	if err == nil {
		err = u.statuses.Decode(&status)
	}
	b, readErr := io.ReadAll(u.said)
	if err = errors.Join(err, readErr); err != nil {
		t.Fatalf("no answer, or none in %v: %v: %s", proctest.Patience, err, b)
	}
	return status, string(b)
}

// TestWithoutPrivilege: every command as a user who may do nothing, on a container of root's, and some on PID 1 or
// a process of the user's own, with a soak all on both, ends soon: well, or with one line that says what is missing.
func TestWithoutPrivilege(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	m := builtBones(t)
	name := demoName("roots")
	row := m.startDemo(t, name, "")
	sleep := exec.Command("sleep", "1000")
	unprivileged(sleep)
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sleep.Process.Kill(); sleep.Wait() })
	own := strconv.Itoa(sleep.Process.Pid)

	for _, c := range visibleCommands() {
		path := strings.Fields(c.CommandPath())[1:]
		if !slices.ContainsFunc(unprivilegedLines,
			func(line string) bool { return after(strings.Fields(line), path) == len(path) }) {
			t.Errorf("%s: not tried without privilege", c.CommandPath())
		}
	}
	user := startUnprivileged(t, filepath.Join(m.dir, "journal-65534"))
	pids := map[string]string{"1": "1", name: strconv.Itoa(*row.PID), own: own}
	root := (&app{}).rootCommand()
	for _, target := range []string{"1", name, own} {
		for i, line := range unprivilegedLines {
			if !strings.Contains(line, "{}") && target != name {
				continue
			}
			if (target == "1" && i%4 != 1 || target == own && i%2 == 1) && proctest.Soak(0, 1) == 0 {
				continue // every line is tried on the container, half on the user's own process, and a quarter on PID 1
			}
			args := strings.Fields(strings.NewReplacer("{}", target, "{pid}", pids[target], "{own}", own).Replace(line))
			if c, _, err := root.Find(args); err != nil || c == root && line != "" {
				continue // of another version of bones
			}
			t.Run(strings.Join(args, " "), func(t *testing.T) {
				status, said := user.runs(t, args)
				t.Logf("status %d: %s", status, said)
				judge(t, status, said)
			})
		}
	}
	if err := unix.Kill(*row.PID, 0); err != nil || !alive(sleep.Process.Pid) {
		t.Errorf("what was not theirs has ended: %v", err)
	}
}

// judge holds an answer to what is promised of every answer.
func judge(t *testing.T, status int, said string) {
	t.Helper()
	for line := range strings.Lines(said) {
		if !strings.HasPrefix(line, "bones: ") {
			t.Errorf("said %q", said)
		}
	}
	switch status {
	case 0:
		if strings.Count(said, "\n") > 2 { // ns --all says what it did not look into, and what it did not count
			t.Errorf("what could not be read is said over and over: %q", said)
		}
	case exitFailed, exitUsage, exitNoTarget, exitPermission, 125, 126, 127:
		if strings.Count(said, "\n") != 1 {
			t.Errorf("status %d and not one line: %q", status, said)
		}
	default:
		t.Errorf("status %d: %s", status, said)
	}
	if status == exitPermission && !missingNamed.MatchString(said) {
		t.Errorf("it does not say what is missing: %q", said)
	}
}

// TestScreenWithoutPrivilege looks at a container of root's in each view as a user who may do nothing: every view
// shows what anybody may see, and says what is missing for the rest.
func TestScreenWithoutPrivilege(t *testing.T) {
	needRoot(t)
	if _, err := exec.LookPath("setpriv"); err != nil {
		skipMissing(t, "setpriv, of util-linux, is not installed")
	}
	m := builtBones(t)
	name := demoName("seen")
	row := m.startDemo(t, name, "")
	s := newTerminal(t, 150, 64)
	s.line("cd /; clear; setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent " + m.bones +
		" --journal " + filepath.Join(m.dir, "journal-65534"))
	s.until("the process table", contains("by hand: ps -o"))
	s.line(":" + strconv.Itoa(*row.PID))
	for _, view := range []struct {
		key   string
		shown []string
	}{
		{"1", []string{"demo-service", "Program", "not permitted (it takes the same"}},
		{"2", []string{name, "33M/128M|M/128M", "records could not be read|Use and limits"}},
		{"3", []string{"m: list", "processes cannot be read", "permission denied"}},
		{"4", []string{"cgroup.procs", "Group ", "bones-demo-"}},
		{"5", []string{"root of PID " + strconv.Itoa(*row.PID), "not permitted (EACCES); needs CAP_SYS_PTRACE"}},
	} {
		s.keys(view.key)
		s.until("view "+view.key+" without privilege", func(screen string) bool {
			if !strings.Contains(screen, "missing: CAP_SYS_PTRACE") {
				return false
			}
			for _, want := range view.shown {
				if !slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool { return strings.Contains(screen, w) }) {
					return false
				}
			}
			return true
		})
	}
	// What is tried all the same is refused, and the screen says why.
	s.keys("2")
	s.until("the container", contains("Use and limits"))
	s.keys("p")
	s.until("the question", contains("[No]"))
	s.keys("y")
	s.until("the refusal", contains("not permitted (EACCES); this needs root"))
	s.keys("q")
	s.until("the prompt", func(screen string) bool { return strings.HasSuffix(strings.TrimSpace(screen), "ready$") })
	if got := stateLetter(*row.PID); got != "runs" {
		t.Errorf("root's demo: %s", got)
	}
}
