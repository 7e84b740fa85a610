package tuning

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const threadsWord = "tuning-threads"

func init() { proctest.Part(threadsWord, beThreads) }

// beThreads is a process of several threads that waits for the end of its input.
func beThreads([]string) error {
	started := make(chan bool)
	for range 4 {
		go func() {
			runtime.LockOSThread()
			started <- true
			select {}
		}()
		<-started
	}
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// subject starts a process of several threads.
func subject(t *testing.T) Process {
	t.Helper()
	c := proctest.Start(t, reexec.Command(threadsWord))
	return of(t, c.Process.Pid)
}

func of(t *testing.T, pid int) Process {
	t.Helper()
	start, err := procwalk.StartTime("/proc", pid)
	if err != nil {
		t.Fatal(err)
	}
	return Process{ID: procwalk.ID{PID: pid, Start: start}, Comm: text.New("threads")}
}

func assign(t *testing.T, words ...string) (list []Assignment) {
	t.Helper()
	for _, w := range words {
		a, err := ParseAssignment(w)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

func effectOf(t *testing.T, list []Assignment, s ...Process) *Tune {
	t.Helper()
	e, err := New("/proc", text.Text{}, s, list)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// now are the settings of a process by name, and of each thread with how many have them.
func now(t *testing.T, s Process, names ...string) map[string]string {
	t.Helper()
	list, err := Read("/proc", s.ID)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, v := range list {
		if slices.Contains(names, v.Name) {
			if v.Err != nil {
				t.Fatalf("%s: %v", v.Name, v.Err)
			}
			m[v.Name] = v.String()
		}
	}
	return m
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// firstCPU is one that this process may run on.
func firstCPU(t *testing.T) string {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	for n := range maxCPU {
		if set.IsSet(n) {
			return strconv.Itoa(n)
		}
	}
	t.Fatal("no processor")
	return ""
}

// TestEveryThread: what is set is set for every thread, is what the kernel shows, and the inverse, taken through its
// record as a journal keeps it, brings back what there was, also where one thread had something of its own.
func TestEveryThread(t *testing.T) {
	proctest.Need(t, proctest.NiceValues)
	s := subject(t)
	all := []string{Nice, CPUs, IOPrio, OOM, "nofile", "core"}
	last := 0
	proctest.Until(t, "several threads", func() bool {
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", s.ID.PID))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			last, _ = strconv.Atoi(e.Name())
		}
		return len(entries) > 3
	})
	if err := unix.Setpriority(unix.PRIO_PROCESS, last, 3); err != nil {
		t.Fatal(err)
	}
	before := now(t, s, all...)
	if !strings.Contains(before[Nice], "1 threads differ, the first of them 3") {
		t.Fatalf("nice is %s", before[Nice])
	}
	cpu := firstCPU(t)
	e := effectOf(t, assign(t, "nice=7", "cpus="+cpu, "ioprio=idle", "oom_score_adj=500", "nofile=100:", "core=0:"), s)
	out, err := e.Apply(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	hard := func(name string) string { return before[name][strings.Index(before[name], ":"):] }
	same(t, "set", now(t, s, all...), map[string]string{Nice: "7", CPUs: cpu, IOPrio: "idle", OOM: "500",
		"nofile": "100" + hard("nofile"), "core": "0" + hard("core")})
	if !mayLower(t) {
		proctest.Missing(t, "CAP_SYS_NICE: a lower nice value does not come back")
		return
	}
	record, err := out.Inverse.(effect.Recorder).Record()
	if err != nil {
		t.Fatal(err)
	}
	change, err := e.Record()
	if err != nil {
		t.Fatal(err)
	}
	if err := UndoneBy(change, record); err != nil {
		t.Error(err)
	}
	back, err := Restore("/proc", record, nil)
	if err != nil {
		t.Fatal(err)
	}
	if back.Risk().Level != effect.Safe {
		t.Errorf("taking it back: %s", back.Risk().Why)
	}
	again, err := back.Apply(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "put back", now(t, s, all...), before)
	if _, err := again.Inverse.Apply(context.Background()); err != nil { // redo
		t.Fatal(err)
	}
	if got := now(t, s, Nice)[Nice]; got != "7" {
		t.Errorf("made again: nice is %s", got)
	}
	lines := strings.Join(Present("/proc", change), "\n")
	if !strings.Contains(lines, "nice is 7") || !strings.Contains(lines, "nofile is 100:") {
		t.Errorf("what is there now: %s", lines)
	}
	// Somebody else changes it: taking it back says so.
	if err := unix.Setpriority(unix.PRIO_PROCESS, s.ID.PID, 12); err != nil {
		t.Fatal(err)
	}
	for _, e := range []string{"11"} {
		third, err := effectOf(t, assign(t, "oom_score_adj="+e), s).Apply(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", s.ID.PID), []byte("600"), 0); err != nil {
			t.Fatal(err)
		}
		record, _ := third.Inverse.(effect.Recorder).Record()
		back, err := Restore("/proc", record, nil)
		if err != nil || back.Risk().Level != effect.Confirm || !strings.Contains(back.Risk().Why, "is 600 now, not 11") {
			t.Errorf("%+v, %v", back.Risk(), err)
		}
	}
}

// mayLower reports whether nice values may be lowered here.
func mayLower(t *testing.T) bool {
	s := subject(t)
	return unix.Setpriority(unix.PRIO_PROCESS, s.ID.PID, 1) == nil && unix.Setpriority(unix.PRIO_PROCESS, s.ID.PID,
		0) == nil
}

// TestHardLimit: a hard limit that bones could not raise again is asked about, and else it comes back.
func TestHardLimit(t *testing.T) {
	s := subject(t)
	before := now(t, s, "nofile")
	e := effectOf(t, assign(t, "nofile=100:200"), s)
	out, err := e.Apply(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "lowered", now(t, s, "nofile"), map[string]string{"nofile": "100:200"})
	_, err = out.Inverse.Apply(context.Background())
	if mayRaise() != (err == nil) || e.Undo().Possible != (err == nil) {
		t.Errorf("%+v, and it went: %v", e.Undo(), err)
	}
	if err == nil {
		same(t, "raised again", now(t, s, "nofile"), before)
	} else if e.Risk().Level != effect.Confirm || !strings.Contains(err.Error(), "CAP_SYS_RESOURCE") {
		t.Errorf("%+v; %v", e.Risk(), err)
	}
}

// TestByHand runs the printed command for a copy, and compares.
func TestByHand(t *testing.T) {
	proctest.Need(t, proctest.NiceValues)
	proctest.NeedPrograms(t, "renice", "taskset", "ionice", "choom", "prlimit", "xargs")
	all := []string{Nice, CPUs, IOPrio, OOM, "nofile", "core"}
	list := assign(t, "nice=4", "cpus="+firstCPU(t), "ioprio=best-effort:6", "oom_score_adj=300", "nofile=64:",
		"core=0:")
	ours, theirs, more := subject(t), subject(t), subject(t)
	if _, err := effectOf(t, list, ours).Apply(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, e := range []*Tune{effectOf(t, list, theirs), effectOf(t, list, theirs, more)} {
		if out, err := exec.Command("sh", "-ec", e.ByHand()).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", e.ByHand(), err, out)
		}
	}
	for _, s := range []Process{theirs, more} {
		same(t, "by hand", now(t, s, all...), now(t, ours, all...))
	}
	// What differs from process to process and from thread to thread.
	e := &Tune{root: "/proc", targets: []Plan{
		{ID: theirs.ID, Values: []Value{{Name: Nice, Value: "5", Apart: []Apart{{TID: theirs.ID.PID, Value: "6"}}}}},
		{ID: more.ID, Values: []Value{{Name: IOPrio, Value: "none"}}}}}
	if out, err := exec.Command("sh", "-ec", e.ByHand()).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", e.ByHand(), err, out)
	}
	if got := now(t, theirs, Nice)[Nice]; !strings.HasPrefix(got, "5 (1 threads differ, the first of them 6") {
		t.Errorf("nice is %s", got)
	}
	if got := now(t, more, IOPrio)[IOPrio]; got != "none" {
		t.Errorf("ioprio is %s", got)
	}
}

// TestAllOrNone: where one setting of one process cannot be changed, the others are as they were.
func TestAllOrNone(t *testing.T) {
	proctest.Need(t, proctest.NiceValues)
	a, b := subject(t), subject(t)
	before := now(t, a, Nice, OOM)
	// No machine has this processor, so the kernel refuses the last one.
	e := effectOf(t, assign(t, "nice=9", "oom_score_adj=700", "cpus=1023"), a, b)
	if _, err := e.Apply(context.Background()); err == nil || !strings.Contains(err.Error(), "online") ||
		mayLower(t) && !strings.Contains(err.Error(), "is put back") {
		t.Fatalf("%v", err)
	}
	if mayLower(t) {
		same(t, "put back", now(t, a, Nice, OOM), before)
	}
	same(t, "not reached", now(t, b, Nice, OOM), before)
	_, err := effectOf(t, assign(t, "cpus=1023"), a).Apply(context.Background())
	if err == nil || strings.Count(err.Error(), fmt.Sprint(a.ID.PID)) != 1 {
		t.Errorf("the process is not named once: %v", err)
	}
}

// TestAnotherProcess: the PID alone changes nothing, and one of several that has ended is said.
func TestAnotherProcess(t *testing.T) {
	proctest.Need(t, proctest.NiceValues)
	s, other := subject(t), subject(t)
	before := now(t, s, Nice)
	stale := s
	stale.ID.Start--
	if _, err := New("/proc", text.Text{}, []Process{stale}, assign(t, "nice=5")); !errors.Is(err, procwalk.ErrGone) {
		t.Errorf("%v", err)
	}
	e := effectOf(t, assign(t, "nice=5"), other, stale)
	out, err := e.Apply(context.Background())
	if err != nil || !strings.Contains(out.Note, "1 of 2 processes had ended") {
		t.Errorf("%+v, %v", out, err)
	}
	same(t, "not touched", now(t, s, Nice), before)
	same(t, "changed", now(t, other, Nice), map[string]string{Nice: "5"})
	record, _ := json.Marshal(recorded{[]recordedTarget{{stale.ID.PID, stale.ID.Start, []Value{{Name: Nice,
		Value: "1"}}}}})
	if _, err := Restore("/proc", record, nil); !errors.Is(err, procwalk.ErrGone) {
		t.Errorf("%v", err)
	}
}

// TestRisk: whom it is about and what it does decide what is asked.
func TestRisk(t *testing.T) {
	s, service := subject(t), subject(t)
	service.Service = true
	for _, c := range []struct {
		who   Process
		words string
		level effect.Level
		why   string
	}{
		{s, "nice=5", effect.Safe, ""},
		{s, "oom_score_adj=-1000", effect.Confirm, "never end it"},
		{s, "ioprio=rt:0", effect.Confirm, "before the input and output of all others"},
		{s, "cpu=0:0", effect.Grave, "ends it at once"},
		{service, "nice=5", effect.Confirm, "service of the host"},
		{of(t, 1), "nice=5", effect.Grave, "PID 1"},
	} {
		e := effectOf(t, assign(t, c.words), c.who)
		if r := e.Risk(); r.Level != c.level || !strings.Contains(r.Why, c.why) {
			t.Errorf("%s of %d: %+v", c.words, c.who.ID.PID, r)
		}
	}
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 2, Comm: "kthreadd", Kernel: true})
	start, err := procwalk.StartTime(tree.Path(), 2)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(tree.Path(), text.Text{}, []Process{{ID: procwalk.ID{PID: 2, Start: start}}}, assign(t, "nice=5"))
	if err != nil || e.Risk().Level != effect.Grave || !strings.Contains(e.Risk().Why, "thread of the kernel") {
		t.Errorf("%+v, %v", e.Risk(), err)
	}
	if _, err := e.Apply(context.Background()); err == nil || !strings.Contains(err.Error(), "not the proc file system") {
		t.Errorf("a PID of another proc file system: %v", err)
	}
}

func TestParseAssignment(t *testing.T) {
	for _, c := range []struct{ word, want string }{
		{"nice=5", "5"}, {"nice=-20", "-20"}, {"nice=20", ""}, {"nice=+5", ""}, {"nice=", ""}, {"nice", ""},
		{"cpus=1,0,3-4", "0-1,3-4"}, {"cpus=1024", ""}, {"affinity=2", "2"},
		{"ioprio=idle", "idle"}, {"ioprio=3", "idle"}, {"ioprio=be:7", "best-effort:7"}, {"ioprio=2:0", "best-effort:0"},
		{"ioprio=rt", "realtime:4"}, {"ioprio=none", "none"}, {"ioprio=idle:1", ""}, {"ioprio=be:8", ""}, {"ioprio=x", ""},
		{"ioprio=be:", ""}, {"ioprio=be:07", ""},
		{"oom_score_adj=1000", "1000"}, {"oom_score_adj=1001", ""}, {"oom=-17", "-17"},
		{"nofile=4096:8192", "4096:8192"}, {"nofile=5", "5:5"}, {"nofile=:5", ":5"}, {"nofile=5:", "5:"},
		{"nofile=unlimited", "unlimited:unlimited"}, {"nofile=9:5", ""}, {"nofile=:", ""}, {"nofile=-1", ""},
		// Limits of bytes are sizes as everywhere; those of other things are numbers.
		{"stack=8M", "8388608:8388608"}, {"as=512MiB:1.5g", "536870912:1610612736"}, {"memlock=:64k", ":65536"},
		{"stack=10%", ""}, {"stack=1.5", ""}, {"stack=1Ki", ""}, {"stack=16E", ""}, {"stack=1G:1M", ""}, {"stack=08", ""},
		{"nofile=1k", ""}, {"nofile=010", ""}, {"nofile=1e3", ""}, {"nproc=٣", ""}, {"cpu=5s", ""},
		{"nofile=18446744073709551615", ""}, {"nofile=unlimited:5", ""}, {"wings=2", ""}, {"nice=\x1b[31m", ""},
	} {
		a, err := ParseAssignment(c.word)
		if (err == nil) != (c.want != "") || err == nil && a.Value != c.want {
			t.Errorf("%q: %+v, %v; want %q", c.word, a, err, c.want)
		}
		if err != nil && strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("%q: the error is not safe to print", c.word)
		}
	}
}
