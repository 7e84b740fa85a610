// Package world gives tests a pid and a mount namespace with a /proc of their own, in which hostile processes can be
// made and looked at without the host's in between.
package world

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/testdata/hostile/mini"
)

// Steady is how many processes with the command line SteadyArgs a World has from the start.
const (
	Steady     = 41
	SteadyArgs = "steady --lamp"
)

// World is such a pair of namespaces. They end with the test, or when the test program ends.
type World struct {
	Dir  string // for programs; everybody may read it
	Root string // the root of its mount namespace, seen from here: Root + "/proc" is its process table

	hostile, run string
	pid          int
}

// New makes a World. Where the machine does not let it, the test is skipped: it makes pid and mount namespaces, and
// reads as another user.
func New(t testing.TB) *World {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
	proctest.NeedPrograms(t, "go", "nsenter")
	dir, err := os.MkdirTemp("", "hostile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w := &World{Dir: dir, hostile: filepath.Join(dir, "hostile"), run: filepath.Join(dir, "run")}
	w.Build(t, "bones/testdata/hostile")
	if err := (mini.Program{Mode: mini.Run}).Write(w.run); err != nil {
		t.Fatal(err)
	}
	w.pid = start(t, w.hostile, "steady", strconv.Itoa(Steady-1))[0]
	w.Root = fmt.Sprintf("/proc/%d/root", w.pid)
	return w
}

// Build builds a main package into Dir, as the product is built, and returns the path.
func (w *World) Build(t testing.TB, pkg string) string {
	t.Helper()
	return proctest.Build(t, w.Dir, pkg)
}

// Kinds returns the kinds of hostile processes.
func (w *World) Kinds(t testing.TB) []string {
	t.Helper()
	return w.list(t)
}

// Small returns the kinds that cost a reader no memory, and hold nobody up: they can be looked at together.
func (w *World) Small(t testing.TB) []string {
	t.Helper()
	return w.list(t, "small")
}

func (w *World) list(t testing.TB, which ...string) []string {
	t.Helper()
	b, err := exec.Command(w.hostile, append([]string{"list"}, which...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for line := range strings.Lines(string(b)) {
		if name, _, _ := strings.Cut(line, " "); name != "steady" {
			kinds = append(kinds, name)
		}
	}
	return kinds
}

// Crowd is how many processes the kinds "chain" and "fan" have. One getdents64
// with the Walker's buffer gives some 1,000 names: the table takes more than one, and is longer than any screen or
// batch. Ten thousand take long to make.
func Crowd() int { return proctest.Soak(1_200, 10_000) }

// Start makes a kind in the World until the test ends, and returns the PIDs in there that matter, the main one first.
func (w *World) Start(t testing.TB, kind string) []int {
	t.Helper()
	if strings.HasPrefix(kind, "stuck") {
		proctest.Need(t, proctest.UserNamespaces) // these are made in one, also by root
	}
	args := []string{"-t", strconv.Itoa(w.pid), "-p", "-m", "-r", "-w", "--", w.hostile, kind}
	if kind == "chain" || kind == "fan" {
		args = append(args, strconv.Itoa(Crowd()))
	}
	return start(t, "nsenter", args...)
}

// StartSmall makes all that Small returns, by one program, and returns the PID of each in the World.
func (w *World) StartSmall(t testing.TB) map[string]int {
	t.Helper()
	kinds, pids := w.Small(t), w.Start(t, "small")
	if len(kinds) != len(pids) {
		t.Fatalf("%d small kinds have %d processes", len(kinds), len(pids))
	}
	byKind := map[string]int{}
	for i, kind := range kinds {
		byKind[kind] = pids[i]
	}
	return byKind
}

func start(t testing.TB, name string, args ...string) []int {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	// If it never stands, this kills it, and the line read is the end of file.
	tooLong := time.AfterFunc(proctest.Patience, func() { cmd.Process.Kill() })
	defer tooLong.Stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) < 2 || words[0] != "ready" {
		stdin.Close()
		cmd.Wait()
		t.Fatalf("hostile %s: said %q: %v\n%s", args, line, err, stderr.String())
	}
	var pids []int
	for _, word := range words[1:] {
		pid, err := strconv.Atoi(word)
		if err != nil {
			t.Fatalf("hostile %s: said %q", args, line)
		}
		pids = append(pids, pid)
	}
	return pids
}

// Result is what a program did.
type Result struct {
	mini.Usage
	Stdout, Stderr []byte
}

// Run runs a program in the World as a user, and returns an error if it is not done in time: it is killed then.
func (w *World) Run(uid int, limit time.Duration, argv ...string) (Result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var r Result
	usage, report, err := os.Pipe()
	if err != nil {
		return r, err
	}
	defer usage.Close()
	id := strconv.Itoa(uid)
	// nsenter sets the user itself, takes all other groups away, and becomes the program without a fork.
	args := []string{"-t", strconv.Itoa(w.pid), "-p", "-m", "-r", "-w", "-F", "-S", id, "-G", id, "--", w.run}
	cmd := exec.CommandContext(ctx, "nsenter", append(args, argv...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.ExtraFiles = []*os.File{report}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	report.Close()
	if ctx.Err() != nil {
		return r, fmt.Errorf("%v is not done after %v", argv, limit)
	}
	b, readErr := io.ReadAll(usage)
	if readErr != nil {
		return r, readErr
	}
	r.Stdout, r.Stderr = stdout.Bytes(), stderr.Bytes()
	if r.Usage, readErr = mini.ParseUsage(b); readErr != nil {
		return r, fmt.Errorf("%v: %w; %v: %s", argv, readErr, err, r.Stderr)
	}
	return r, nil
}
