package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/healthreport"
	"bones/cmd/bones/internal/record"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// blockedPart is a process whose first thread waits, in state D, for a child of vfork that does not go on.
const blockedPart = "bones-test-blocked"

func init() {
	proctest.Part(blockedPart, func([]string) error {
		runtime.LockOSThread() // an init runs on the first thread
		pid, _, e := syscall.RawSyscall(unix.SYS_CLONE, unix.CLONE_VFORK|uintptr(unix.SIGCHLD), 0, 0)
		if pid == 0 && e == 0 {
			syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0)
			for {
				syscall.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
			}
		}
		return e
	})
}

// healthGroup makes a group of its own in each hierarchy that has one of the controllers, and removes it. limits are
// files to values, those of version 1; on version 2 what stands after the bar.
func healthGroup(t *testing.T, controller string, limits ...string) (target string, g *cgroupview.Group) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range h.Hierarchies() {
		if !in.Has(controller) || in.Root != "/" {
			continue
		}
		path := fmt.Sprintf("/bones-health-%d-%s", os.Getpid(), strings.ToLower(t.Name()[len("TestHealth"):]))
		dir := filepath.Join(in.Mount, path)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() {
			proctest.Until(t, dir+" to be empty", func() bool {
				err := os.Remove(dir)
				return err == nil || os.IsNotExist(err)
			})
		})
		if g, err = h.Group(in, path); err != nil {
			t.Fatal(err)
		}
		for _, l := range limits {
			v1, v2, _ := strings.Cut(l, "|")
			file, value, _ := strings.Cut(map[int]string{1: v1, 2: v2}[in.Version], "=")
			if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0); err != nil && !os.IsNotExist(err) {
				t.Skip(err)
			}
		}
		return "cgroup:" + path, g
	}
	t.Skipf("no hierarchy here has %s", controller)
	return "", nil
}

// runInside runs a script of sh in a group.
func runInside(t *testing.T, g *cgroupview.Group, script string) *exec.Cmd {
	t.Helper()
	c := exec.Command("sh", "-c", "echo $$ > "+filepath.Join(g.Dir.Raw(), "cgroup.procs")+" && { "+script+"; }")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		proctest.Signal(t, -c.Process.Pid, unix.SIGKILL)
		c.Wait()
	})
	return c
}

// healthSeen is what a test looks at of its JSON.
type healthSeen struct {
	Moments     int
	SpanSeconds float64 `json:"span_seconds"`
	Worst       string
	Findings    []findingSeen
}

type findingSeen struct {
	Name, Severity  string
	Value           float64
	Since           *string
	Group           *string
	Evidence, Helps []string
	ByHand          []string `json:"by_hand"`
}

// healthOf runs bones health --json.
func healthOf(t *testing.T, args ...string) *healthSeen {
	t.Helper()
	a, out, errOut := testApp(t)
	a.procRoot, a.cgroupRoot = "/proc", "/sys/fs/cgroup"
	if got := a.run(context.Background(), append([]string{"health", "--json"}, args...)); got != 0 {
		t.Fatalf("%q: status %d, %s", args, got, errOut)
	}
	var h healthSeen
	if err := json.Unmarshal(out.Bytes(), &h); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return &h
}

// awaitFinding runs it until it finds something, and checks that the commands by hand work.
func awaitFinding(t *testing.T, rule string, args ...string) (f findingSeen) {
	t.Helper()
	proctest.Until(t, "the finding "+rule, func() bool {
		h := healthOf(t, args...)
		i := slices.IndexFunc(h.Findings, func(f findingSeen) bool { return f.Name == rule })
		if i >= 0 {
			f = h.Findings[i]
		}
		return i >= 0
	})
	if len(f.Evidence) == 0 || len(f.ByHand) == 0 || len(f.Helps) == 0 {
		t.Errorf("%+v", f)
	}
	for _, line := range f.ByHand {
		if !strings.HasPrefix(line, "cat /sys/") { // others read what not every user may
			continue
		}
		if b, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", line, err, b)
		}
	}
	return f
}

// groupNumber reads a number of a group's file.
func groupNumber(g *cgroupview.Group, file, key string) int {
	b, _ := os.ReadFile(filepath.Join(g.Dir.Raw(), file))
	for line := range strings.Lines(string(b)) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " "); name == key {
			n, _ := strconv.Atoi(value)
			return n
		}
	}
	return 0
}

// TestHealthOOM: a process that takes more than its limit is killed, and whose limit it was is told.
func TestHealthOOM(t *testing.T) {
	target, g := healthGroup(t, "memory", "memory.limit_in_bytes=16777216|memory.max=16777216",
		"memory.memsw.limit_in_bytes=16777216|memory.swap.max=0")
	c := runInside(t, g, "exec tail /dev/zero")
	c.Wait()
	f := awaitFinding(t, "oom-killed", target)
	if f.Severity != "warning" || f.Value < 1 || !strings.Contains(strings.Join(f.Evidence, "\n"),
		"the limit of "+g.Path.Raw()+
			" was reached") || !strings.HasPrefix(f.Helps[0], "bones set "+target+" memory=") {
		t.Errorf("%+v", f)
	}
	// While bones looks: between the moments, and that is critical.
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 3 {
			eater := exec.Command("sh", "-c", "sleep 0.5; echo $$ > "+g.Dir.Raw()+"/cgroup.procs && exec tail /dev/zero")
			eater.Run()
		}
	}()
	proctest.Until(t, "a kill between two moments", func() bool {
		h := healthOf(t, target, "--over", "2s")
		return slices.ContainsFunc(h.Findings, func(f findingSeen) bool {
			return f.Name == "oom-killed" && f.Severity == "critical" && f.Since != nil
		}) || isDone(done)
	})
	<-done
}

func isDone(done chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// TestHealthNearLimit: of 40 MiB 38 are in use.
func TestHealthNearLimit(t *testing.T) {
	target, g := healthGroup(t, "memory", "memory.limit_in_bytes=41943040|memory.max=41943040",
		"memory.memsw.limit_in_bytes=41943040|memory.swap.max=0")
	runInside(t, g, "head -c 39000000 /dev/zero | tail -c 39000000 | sleep 1000")
	f := awaitFinding(t, "memory-near-limit", target)
	if f.Value < 0.9 || f.Value > 1 || f.Group == nil || *f.Group != g.Dir.Raw() {
		t.Errorf("%+v", f)
	}
}

// TestHealthThrottled: a hundredth of a processor for what would like all of one.
func TestHealthThrottled(t *testing.T) {
	target, g := healthGroup(t, "cpu", "cpu.cfs_quota_us=1000|cpu.max=1000 100000")
	runInside(t, g, "while :; do :; done")
	f := awaitFinding(t, "cpu-throttled", target, "--over", "2s")
	if f.Value < 0.25 || !strings.Contains(f.Evidence[0], g.Path.Raw()) {
		t.Errorf("%+v", f)
	}
}

// TestHealthTasks: all tasks that may be are, and another is refused.
func TestHealthTasks(t *testing.T) {
	target, g := healthGroup(t, "pids", "pids.max=3|pids.max=3")
	runInside(t, g, "sleep 1000 & sleep 1000 & exec sleep 1000")
	if f := awaitFinding(t, "tasks-near-limit", target); f.Severity != "critical" || f.Value < 0.95 {
		t.Errorf("%+v", f)
	}
	runInside(t, g, "sleep 0; sleep 0") // who moves in is not refused, and cannot fork then
	proctest.Until(t, "a fork to be refused", func() bool { return groupNumber(g, "pids.events", "max") > 0 })
	awaitFinding(t, "tasks-refused", target)
}

// TestHealthFrozen: it stands still, and that its tasks are in D is no finding of its own.
func TestHealthFrozen(t *testing.T) {
	target, g := healthGroup(t, "freezer")
	runInside(t, g, "sleep 1000")
	proctest.Until(t, "the process to be there", func() bool {
		b, _ := os.ReadFile(g.Dir.Raw() + "/cgroup.procs")
		return len(b) > 0
	})
	if err := g.Put("freezer.state", "FROZEN"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Put("freezer.state", "THAWED") })
	f := awaitFinding(t, "frozen", target)
	if f.Helps[0] != "bones thaw "+target {
		t.Errorf("%+v", f)
	}
	for _, other := range healthOf(t, target).Findings {
		if other.Name == "uninterruptible" {
			t.Errorf("%+v", other)
		}
	}
	g.Put("freezer.state", "THAWED") // before the cleanups kill: frozen tasks do not end
}

// TestHealthZombies: what a program that never waits has inherited from its shell.
func TestHealthZombies(t *testing.T) {
	c := exec.Command("sh", "-c", "sleep 0 & exec sleep 1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	pid := strconv.Itoa(c.Process.Pid)
	f := awaitFinding(t, "zombies", pid)
	if f.Value != 1 || !strings.Contains(f.Evidence[0], "PID "+pid+" (sleep) reaps none of 1 child") {
		t.Errorf("%+v", f)
	}
}

// TestHealthBlocked: a process in D, with what it waits in.
func TestHealthBlocked(t *testing.T) {
	c := reexec.Command(blockedPart)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	pid := strconv.Itoa(c.Process.Pid)
	f := awaitFinding(t, "uninterruptible", pid)
	wchan, err := os.ReadFile("/proc/" + pid + "/wchan")
	if err == nil && len(wchan) > 1 && !strings.Contains(f.Evidence[0], "in "+string(wchan)) {
		t.Errorf("the kernel says %s: %+v", wchan, f)
	}
	if !strings.Contains(f.Evidence[0], "PID "+pid) {
		t.Errorf("%+v", f)
	}
}

// TestHealthCheck prints one line, and ends as plugins of Nagios do.
func TestHealthCheck(t *testing.T) {
	run := func(args ...string) (string, int) {
		a, out, errOut := testApp(t)
		a.procRoot, a.cgroupRoot = "/proc", "/sys/fs/cgroup"
		status := a.run(context.Background(), append([]string{"health", "--check"}, args...))
		if errOut.Len() > 0 {
			t.Errorf("%q: %s", args, errOut)
		}
		return out.String(), status
	}
	if line, status := run("no-such-container"); status != 3 || !strings.HasPrefix(line,
		"BONES UNKNOWN - no-such-container") {
		t.Errorf("status %d: %s", status, line)
	}
	c := sleeper(t)
	line, status := run(strconv.Itoa(c.Process.Pid))
	if status > 2 || !regexp.MustCompile(`^BONES (OK|WARNING|CRITICAL) - .* \| critical=\d+;;0;0 warning=\d+;0;;0 `+
		`note=\d+;;;0 not_judged=\d+;;;0\n$`).MatchString(line) || strings.Count(line, "\n") != 1 {
		t.Errorf("status %d: %s", status, line)
	}
}

// TestHealthRefuses what it cannot do.
func TestHealthRefuses(t *testing.T) {
	for _, c := range []struct {
		status int
		says   string
		args   []string
	}{
		{exitUsage, "empty TARGET", []string{"health", ""}},
		{exitUsage, "5s", []string{"health", "--over", "soon"}},
		{exitUsage, "it is negative", []string{"health", "--over", "-1s"}},
		{exitNoTarget, "no-such", []string{"health", "no-such"}},
		{exitNoTarget, "no hierarchy", []string{"health", "cgroup:/no/such/group"}},
		{exitNoTarget, "no such process", []string{"health", "4194303"}},
	} {
		if c.says == "no hierarchy" && proctest.Lacks(proctest.CgroupFiles) != nil {
			continue // bones says that none is mounted
		}
		a, _, errOut := testApp(t)
		if got := a.run(context.Background(), c.args); got != c.status || !strings.Contains(errOut.String(), c.says) ||
			strings.Count(errOut.String(), "\n") != 1 {
			t.Errorf("%q: status %d, %s", c.args, got, errOut)
		}
	}
}

// healthTime is what differs between two reports of the same.
var healthTime = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ][0-9:]+[^"\s]*`)

// TestHealthOfThePast: of a snapshot it prints what one reading of the host prints, and of a recording it knows the
// trend and the peak.
func TestHealthOfThePast(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(20, func(i int) proctest.Proc {
		p := proctest.Proc{PID: i + 1, PPID: i / 2, Comm: "x", Args: []string{"x"}}
		if i%5 == 4 {
			p.State, p.Args = 'Z', nil
		}
		return p
	})
	tree.Write("self/mountinfo", "")
	tree.Write("vmstat", "pgmajfault 5\noom_kill 7\n")
	path := filepath.Join(t.TempDir(), "now")
	writePast(t, path, tree.Path(), 1)
	run := func(args ...string) string {
		t.Helper()
		a, out, errOut := testApp(t)
		if got := a.run(context.Background(), args); got != 0 {
			t.Fatalf("%q: status %d, %s", args, got, errOut)
		}
		return healthTime.ReplaceAllString(out.String(), "TIME")
	}
	for _, args := range [][]string{{"health"}, {"health", "--json"}, {"health", "3"}, {"health", "3", "--json"}} {
		live := run(append(args, "--proc", tree.Path(), "--over", "0")...)
		past := run(append(args, "--from", path)...)
		if live != past {
			t.Errorf("%q: live\n%s\nfrom a snapshot\n%s", args, live, past)
		}
		if len(args) == 1 && !strings.Contains(live, "7 processes were killed since the host was started") {
			t.Error(live)
		}
	}
	past := filepath.Join(t.TempDir(), "past")
	writePast(t, past, tree.Path(), 15)
	all := healthOf(t, "--from", past)
	if all.Moments != 15 || all.SpanSeconds != 14*60 || !slices.ContainsFunc(all.Findings,
		func(f findingSeen) bool { return f.Name == "zombies" }) {
		t.Errorf("%+v", all)
	}
	if few := healthOf(t, "--from", past, "--over", "5m", "--at", "-2m"); few.Moments != 6 {
		t.Errorf("%d moments", few.Moments)
	}
}

// TestHealthTable: the README and the help have the table that findings are made by.
func TestHealthTable(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), healthreport.Markdown()) {
		t.Errorf("the README lacks this table:\n%s", healthreport.Markdown())
	}
}

// TestSpanOfARecording is read in order, with its end whole, and what is left out is counted.
func TestSpanOfARecording(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(80, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x"} })
	path := filepath.Join(t.TempDir(), "past")
	writePast(t, path, tree.Path(), 70)
	r, err := record.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, c := range []struct {
		last, most, want int
		span             time.Duration
	}{{69, 1000, 70, time.Hour * 2}, {69, 40, 40, time.Hour * 2}, {69, 1, 1, time.Hour}, {10, 100, 11, time.Hour}, {69,
		100, 6, 5 * time.Minute},
		{0, 100, 1, time.Hour}} {
		var times []time.Time
		skipped, err := r.Span(context.Background(), c.last, c.span, c.most,
			func(m *inventory.Moment) { times = append(times, m.Snapshot.Taken) })
		if err != nil || len(times) != c.want || !slices.IsSortedFunc(times, time.Time.Compare) ||
			!times[len(times)-1].Equal(r.Time(c.last)) {
			t.Errorf("%+v: %d moments, %v", c, len(times), err)
		}
		there := 0
		for i := range c.last + 1 {
			if !r.Time(i).Before(r.Time(c.last).Add(-c.span)) {
				there++
			}
		}
		if len(times)+skipped != there {
			t.Errorf("%+v: %d of %d, and %d were left out", c, len(times), there, skipped)
		}
	}
}
