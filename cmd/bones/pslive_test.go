package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/procwalk/psfmt"
	"bones/procwalk/reexec"
)

// The live test compares `bones ps` with the ps that is installed, byte by byte, over processes of many kinds in a
// pid namespace of their own (psworld_test.go is what runs inside).

// Words that make the test binary play a part instead of running tests: the world, and a process of that which a shell
// cannot be.
const (
	worldWord = "__ps-world"
	leafWord  = "__ps-leaf" // with the role
)

func init() {
	reexec.Register(worldWord, func([]string) int { return worldMain() })
	reexec.Register(leafWord, func(args []string) int { leafMain(args[0]); return 0 })
}

// psOrder asks the world to run a command.
type psOrder struct {
	Argv []string // argv[0] "bones" stands for `bones ps`
	Env  []string
	Cols int // columns of a terminal to run it on; 0: a pipe
}

// psAnswer is what became of it.
type psAnswer struct {
	PID      int
	Out, Err []byte
	Failed   string
}

// psWorld is a pid namespace with processes to look at.
type psWorld struct {
	in   io.WriteCloser
	out  *json.Decoder
	dead int // the PID of a process whose first thread has ended
}

// run has the world carry out one order.
func (w *psWorld) run(t *testing.T, o psOrder) psAnswer {
	t.Helper()
	if err := json.NewEncoder(w.in).Encode(o); err != nil {
		t.Fatal(err)
	}
	var a psAnswer
	if err := w.out.Decode(&a); err != nil {
		t.Fatalf("the world did not answer: %v", err)
	}
	if a.Failed != "" {
		t.Fatalf("%q: %s\n%s", o.Argv, a.Failed, a.Err)
	}
	return a
}

// needPS skips where there is nothing to compare with, or no right to make namespaces.
func needPS(t *testing.T) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts, proctest.PTYs)
	out, err := exec.Command("ps", "--version").Output()
	if err != nil {
		t.Fatalf("ps, to compare with: %v (Debian: package procps)", err)
	}
	if !strings.Contains(string(out), "procps-ng 4.0.2") {
		skipMissing(t, "the ps installed is %q; bones prints what procps-ng 4.0.2 does", strings.TrimSpace(string(out)))
	}
}

// newPSWorld starts the namespace. All that is in it ends with its first process, which ends with the test.
func newPSWorld(t *testing.T) *psWorld {
	t.Helper()
	cmd := reexec.Command(worldWord)
	cmd.Env = []string{"WORLD_DIR=" + t.TempDir(), "WORLD_BONES=" + builtBones(t).bones, "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Setsid: true}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting a pid namespace: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	w := &psWorld{in: in, out: json.NewDecoder(out)}
	var ready psAnswer
	if err := w.out.Decode(&ready); err != nil || ready.Failed != "" {
		t.Fatalf("the world was not built: %v %s", err, ready.Failed)
	}
	w.dead = ready.PID
	return w
}

// psComparison is a way to call both.
type psComparison struct {
	name  string
	ps    []string // arguments of ps
	bones []string // arguments of bones ps
	field int      // which field of a line is the PID
}

func psComparisons() []psComparison {
	list := []psComparison{
		{"axjf", []string{"axjf"}, nil, 1},
		{"aux", []string{"aux"}, []string{"--aux"}, 1},
		{"widths", []string{"ax", "-o", "pid,user:3,euser:20,args:9,comm:4,tty:12"},
			[]string{"-o", "pid,user:3,euser:20,args:9,comm:4,tty:12"}, 0},
		{"forest of comm", []string{"axf", "-o", "pid,comm,fname,ppid,args"},
			[]string{"--forest", "-o", "pid,comm,fname,ppid,args"}, 0},
		{"auxf", []string{"auxf"}, []string{"--aux", "--forest"}, 1},
		{"wide aux", []string{"auxww"}, []string{"--aux", "--wide"}, 1},
		{"headers", []string{"ax", "-o", "pid,user=WHO,args=WHAT"}, []string{"-o", "pid,user=WHO,args=WHAT"}, 0},
		{"no headers", []string{"ax", "-o", "pid=", "-o", "comm="}, []string{"-o", "pid=", "-o", "comm="}, 0},
		{"args within", []string{"ax", "-o", "pid,args,stat"}, []string{"-o", "pid,args,stat"}, 0},
		{"signals narrow", []string{"ax", "-o", "pid,pending,blocked,ignored,caught,args:60000,comm"},
			[]string{"-o", "pid,pending,blocked,ignored,caught,args:60000,comm"}, 0},
		{"macro", []string{"ax", "-o", "pid,SFMT,SCHED"}, []string{"-o", "pid,SFMT,SCHED"}, 0},
	}
	orders := []string{"-rss,pid", "user,-pid", "args", "-comm,ppid", "tty,pid", "stat,nice,-vsz", "-start_time",
		"sid,-tid"}
	var names []string
	for _, c := range psfmt.Columns() {
		switch c.Name {
		case "container", "cpid", "runtime":
			continue // ours
		case "pss", "uss":
			continue // memory is shared with the reader itself: ps and bones change it differently
		}
		names = append(names, c.Name)
	}
	for chunk := range slices.Chunk(names, 40) {
		// What a line has and where it stands have nothing to do with one another: each table has an order of its own.
		columns, options := "pid,"+strings.Join(chunk, ","), []string(nil)
		if len(orders) > 0 {
			options, orders = []string{"--sort", orders[0]}, orders[1:]
		}
		list = append(list, psComparison{columns, append([]string{"ax", "-o", columns}, options...),
			append([]string{"-o", columns}, options...), 0})
	}
	for _, keys := range orders {
		list = append(list, psComparison{"sort " + keys, []string{"ax", "-o", "pid,user,args", "--sort", keys},
			[]string{"-o", "pid,user,args", "--sort", keys}, 0})
	}
	return list
}

func TestPSIsPS(t *testing.T) {
	needPS(t)
	w := newPSWorld(t)
	for _, screen := range []struct {
		name string
		env  []string
		cols int
		most int // how many of the psComparisons: the width, the locale and the zone matter to few columns
	}{
		{"UTF-8", []string{"LC_ALL=C.UTF-8"}, 0, 999},
		{"C", []string{"LC_ALL=C"}, 0, proctest.Soak(4, 11)},
		{"UTF-8 on 80 columns", []string{"LC_ALL=C.UTF-8"}, 80, proctest.Soak(4, 10)},
		{"C on 132 columns", []string{"LC_ALL=C"}, 132, proctest.Soak(2, 4)},
		{"UTF-8 with COLUMNS=47", []string{"LC_ALL=C.UTF-8", "COLUMNS=47"}, 0, proctest.Soak(3, 4)},
		{"no such locale", []string{"LC_ALL=xx_YY.UTF-8", "TZ=<+0330>-3:30"}, 0, 2},
		{"zone by rule", []string{"LANG=C.UTF-8", "TZ=EST5EDT,M3.2.0,M11.1.0"}, 100, 2},
	} {
		t.Run(screen.name, func(t *testing.T) {
			for i, c := range psComparisons() {
				if i >= screen.most {
					break
				}
				// Of a process without its first thread ps sees no namespaces; bones looks at its other threads.
				skip := 0
				if strings.Contains(c.name, "ns,") || strings.HasSuffix(c.name, "ns") {
					skip = w.dead
				}
				t.Run(c.name, func(t *testing.T) {
					compareLive(t, c, skip, func(argv []string) psAnswer {
						return w.run(t, psOrder{Argv: argv, Env: screen.env, Cols: screen.cols})
					})
				})
			}
		})
	}
}

// psAttempts is how often a psComparison is made anew for what changed while it was made.
const psAttempts = 10

// compareLive runs ps and bones, and if they differ ps again. Each line of bones must be one that ps printed for the
// same process, before or after, and the order of the lines must be that of ps. What is not is looked at again, for
// some psFigures change all the time; skip leaves out a process.
func compareLive(t *testing.T, c psComparison, skip int, run func(argv []string) psAnswer) {
	t.Helper()
	pending := map[string]string{} // by PID: how the lines differed
	sameOrder := false
	seen := map[string]bool{}
	for range psAttempts {
		first, order1 := psRows(t, run(append([]string{"ps"}, c.ps...)), c.field, skip)
		ours, order := psRows(t, run(append([]string{"bones"}, c.bones...)), c.field, skip)
		if order == order1 && maps.Equal(first, ours) {
			return
		}
		again, order2 := psRows(t, run(append([]string{"ps"}, c.ps...)), c.field, skip)
		sameOrder = sameOrder || order == order1 || order == order2
		for pid, line := range first {
			if line == ours[pid] || again[pid] == ours[pid] {
				seen[pid] = true
				delete(pending, pid)
			} else if line != again[pid] && strings.Contains(c.name, "cuu") {
				// A share of the time since the start of a process that is running: no two looks agree on three digits.
				seen[pid] = true
			} else if !seen[pid] {
				pending[pid] = fmt.Sprintf(" ps:    %q\n bones: %q\n ps:    %q", cutLine(line), cutLine(ours[pid]),
					cutLine(again[pid]))
			}
		}
		if sameOrder && len(pending) == 0 {
			return
		}
	}
	if !sameOrder {
		t.Errorf("%v against %v: the lines come in another order", c.ps, c.bones)
	}
	for pid, how := range pending {
		t.Errorf("%v against %v, %d times: process %s:\n%s", c.ps, c.bones, psAttempts, pid, how)
	}
}

func cutLine(line string) string { return line[:min(len(line), 400)] }

var psFigures = regexp.MustCompile(`[ .:0-9]+`)

// psRows returns the lines by PID, and the PIDs in the order of the lines, without that of the reader, which is in its
// own output.
func psRows(t *testing.T, a psAnswer, field, skip int) (lines map[string]string, order string) {
	t.Helper()
	lines = map[string]string{}
	reader := fmt.Sprint(a.PID)
	for line := range strings.Lines(string(a.Out)) {
		f := strings.Fields(line)
		if len(f) <= field {
			t.Fatalf("a line has no PID: %q %q", cutLine(line), a.Err)
		}
		pid := f[field]
		if _, twice := lines[pid]; twice {
			t.Fatalf("two lines for %s:\n%q\n%q", pid, cutLine(lines[pid]), cutLine(line))
		}
		if pid == "1" {
			line = psFigures.ReplaceAllString(line, "#") // it works for us, so that all its psFigures change
		}
		lines[pid] = line
		if pid != reader && pid != fmt.Sprint(skip) {
			order += pid + " "
		}
	}
	if lines[reader] == "" {
		t.Fatalf("the reader (PID %s) is not in its own output: %q %q", reader, cutLine(string(a.Out)), a.Err)
	}
	delete(lines, reader)
	delete(lines, fmt.Sprint(skip))
	return lines, order
}

// TestPSOfHost compares over the processes that happen to run here.
func TestPSOfHost(t *testing.T) {
	needPS(t)
	m := builtBones(t)
	run := func(t *testing.T, argv []string) psAnswer {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), proctest.Patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, "ps", argv[1:]...)
		cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
		if argv[0] == "bones" {
			cmd.Path, cmd.Args, cmd.Err = m.bones, append([]string{"bones", "ps"}, argv[1:]...), nil
		}
		var out bytes.Buffer
		cmd.Stdout = &out
		err := cmd.Run()
		if err != nil && ctx.Err() != nil && argv[0] == "ps" {
			skipMissing(t, "ps gave no answer in 20 s: some process here does not let its command line be read")
		}
		if err != nil {
			t.Fatal(err)
		}
		return psAnswer{PID: cmd.Process.Pid, Out: out.Bytes()}
	}
	for _, c := range psComparisons()[:3] {
		t.Run(c.name, func(t *testing.T) {
			compareHost(t, c, func(argv []string) psAnswer { return run(t, argv) })
		})
	}
}

// compareHost is compareLive where processes come and go: a line that ps printed twice must be there, and there must
// be none for a process that ps does not know.
func compareHost(t *testing.T, c psComparison, run func(argv []string) psAnswer) {
	t.Helper()
	var wrong []string
	for range psAttempts {
		first, _ := psRows(t, run(append([]string{"ps"}, c.ps...)), c.field, 0)
		ours, _ := psRows(t, run(append([]string{"bones"}, c.bones...)), c.field, 0)
		again, _ := psRows(t, run(append([]string{"ps"}, c.ps...)), c.field, 0)
		wrong = wrong[:0]
		common := 0
		for pid, line := range first {
			if again[pid] != line {
				continue
			}
			common++
			if ours[pid] != line {
				wrong = append(wrong, fmt.Sprintf("ps:    %q\nbones: %q", cutLine(line), cutLine(ours[pid])))
			}
		}
		if common < 3 {
			wrong = append(wrong, "hardly any line stayed the same")
		}
		if len(wrong) == 0 {
			return
		}
	}
	t.Errorf("%v against %v, %d times:\n%s", c.ps, c.bones, psAttempts, strings.Join(wrong, "\n"))
}

// psWaitFor polls until done says so.
func psWaitFor(what string, done func() bool) error {
	for deadline := proctest.Deadline(); ; time.Sleep(10 * time.Millisecond) {
		if done() {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within 30 s", what)
		}
	}
}
