package main

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// threadsWord starts a process of many threads: threadsWord COUNT. The one that it names on its output has a host name
// namespace of its own, if that is permitted; the others wait.
const threadsWord = "__many-threads"

func init() {
	reexec.Register(threadsWord, func(args []string) int {
		var count int
		fmt.Sscan(args[0], &count)
		ready := make(chan int)
		for i := range count {
			go func() {
				runtime.LockOSThread()
				apart := 0
				if i == count-1 && unix.Unshare(unix.CLONE_NEWUTS) == nil {
					apart = unix.Gettid()
				}
				ready <- apart
				blockForever()
			}()
		}
		apart := 0
		for range count {
			apart += <-ready
		}
		fmt.Println(apart)
		os.Stdin.Read(make([]byte, 1)) // until whoever started it has gone
		return 0
	})
}

// manyThreads starts one, and returns its PID and the thread that is apart.
func manyThreads(t *testing.T, count int) (pid, apart int) {
	t.Helper()
	c := reexec.Command(threadsWord, fmt.Sprint(count))
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
	t.Cleanup(func() {
		in.Close()
		c.Process.Kill()
		c.Wait()
	})
	out.(*os.File).SetReadDeadline(proctest.Deadline())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	fmt.Sscan(line, &apart)
	return c.Process.Pid, apart
}

func runHere(t *testing.T, args ...string) (out string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &o, err: &e}
	status = a.run(t.Context(), args)
	return o.String() + e.String(), status
}

// TestThreadsAsPs: all threads of a process, byte for byte as ps -L has them.
func TestThreadsAsPs(t *testing.T) {
	proctest.NeedPrograms(t, "ps")
	const count = 150
	pid, _ := manyThreads(t, count)
	p := fmt.Sprint(pid)
	for _, c := range [][2][]string{
		{{"ps", "-L", p}, {"-L", "-p", p}},
		{{"ps", "-L", "--aux", "-w", p}, {"u", "-L", "-ww", "-p", p}},
		{{"ps", "--threads", "-w", "-o", "pid,lwp,tid,spid,tgid,nlwp,stat,ni,comm,args", p},
			{"-L", "-ww", "-o", "pid,lwp,tid,spid,tgid,nlwp,stat,ni,comm,args", "-p", p}},
	} {
		var ours, theirs string
		// TIME, sizes and the share of a process that has just begun may change in between.
		for deadline := proctest.Deadline(); ours == "" || ours != theirs && time.Now().Before(deadline); {
			ours, _ = runHere(t, c[0]...)
			cmd := exec.Command("ps", c[1]...)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("ps %q: %v", c[1], err)
			}
			theirs = string(out)
		}
		a, b := strings.Split(ours, "\n"), strings.Split(theirs, "\n")
		if len(a) < count || len(a) != len(b) {
			t.Errorf("bones %q lists %d lines, ps %d", c[0], len(a), len(b))
			continue
		}
		for i := range a {
			if a[i] != b[i] {
				t.Errorf("bones %q, line %d: %q, ps has %q", c[0], i, a[i], b[i])
				break
			}
		}
	}
	// ps sorts processes only.
	out, _ := runHere(t, "ps", "-L", "-o", "lwp=", "--sort", "-lwp", p)
	lines := strings.Fields(out)
	if len(lines) < count || !slices.IsSortedFunc(lines, func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(b, a))
	}) {
		t.Errorf("%d threads by descending number: %.200s", len(lines), out)
	}
	if out, status := runHere(t, "ps", "-L", "--forest"); status != exitUsage ||
		!strings.Contains(out, "do not form a tree") {
		t.Errorf("a tree of threads: %d, %s", status, out)
	}
	if out, _ := runHere(t, "ps", "-L", p, "--json"); strings.Count(out, `"tid": `) <= count {
		t.Errorf("in JSON there are %d threads", strings.Count(out, `"tid": `))
	}
}

// TestAllThreadsAreListed: what the terminal UI gets are all of them, each with a time from which its share follows.
func TestAllThreadsAreListed(t *testing.T) {
	pid, _ := manyThreads(t, 400)
	stat, err := procwalk.ReadStat("/proc", pid)
	if err != nil {
		t.Fatal(err)
	}
	threads, err := detail.NewReader("/proc").Threads(t.Context(), procwalk.ID{PID: pid, Start: stat.StartTime})
	if err != nil || len(threads.List) < 400 || len(threads.List) != threads.Count || threads.List[0].At.IsZero() {
		t.Errorf("%d of %d threads, %v", len(threads.List), threads.Count, err)
	}
}

// TestExplainTellsOfThreadsApart: a thread with namespaces of its own is told of, with its number.
func TestExplainTellsOfThreadsApart(t *testing.T) {
	proctest.Need(t, proctest.Namespaces)
	pid, apart := manyThreads(t, 3)
	if apart == 0 {
		t.Fatal("the thread could not be set apart")
	}
	out, status := runHere(t, "explain", fmt.Sprint(pid))
	if status != 0 || !strings.Contains(out, fmt.Sprintf("thread %d", apart)) ||
		!strings.Contains(out, "namespaces of its own: uts:[") {
		t.Errorf("status %d, thread %d:\n%s", status, apart, out)
	}
}
