package watch

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cgroupview/spec"
	"bones/cmd/bones/internal/host"
	"bones/procwalk"
	"bones/procwalk/connector"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// rig watches this host.
type rig struct {
	*Watcher
	t    *testing.T
	live *inventory.Live
	all  []events.Event
	lost int
	seen int // how many were lost when something was tried last
}

func newRig(t *testing.T) *rig {
	t.Helper()
	walker, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, live: inventory.NewLive(inventory.LiveConfig{Processes: walker, ProcRoot: "/proc",
		CgroupRoot: "/sys/fs/cgroup"})}
	r.Watcher = Start(Config{Proc: "/proc"})
	t.Cleanup(func() { r.Close(); r.live.Close(); walker.Close() })
	r.next()
	return r
}

// next takes a moment, and what happened up to it.
func (r *rig) next() {
	m, err := r.live.Moment(context.Background(), inventory.Ask{Trouble: true})
	if err != nil {
		r.t.Fatal(err)
	}
	b := r.Next(m)
	r.all, r.lost = append(r.all, b.Events...), r.lost+b.Lost
	for k, n := range b.LeftOut {
		if k != events.OOM && n > 0 {
			r.lost++
		}
	}
}

// await takes moments until an event is there. What others on the machine do may be more than is kept: again tries
// once more then, as often as it takes. What was lost while another event was awaited may be this one.
func (r *rig) await(what string, again func(), is func(*events.Event) bool) *events.Event {
	r.t.Helper()
	var found *events.Event
	proctest.Until(r.t, what, func() bool {
		r.next()
		if i := slices.IndexFunc(r.all, func(e events.Event) bool { return is(&e) }); i >= 0 {
			found = &r.all[i]
			return true
		}
		if r.lost > r.seen {
			r.seen = r.lost
			again()
		}
		return false
	})
	return found
}

// TestProcessesAreTold: a program that lives for a moment only is told of, with its arguments, its parent and its end.
func TestProcessesAreTold(t *testing.T) {
	r := newRig(t)
	if r.proc == nil {
		proctest.Missing(t, "process events: %s", r.Lacking())
	}
	pids := map[int]bool{}
	run := func() {
		c := exec.Command("sh", "-c", "sleep 0.2; exit 7", "bones-watch-test")
		c.Run()
		pids[c.Process.Pid] = true
	}
	run()
	of := func(kind events.EventKind) func(*events.Event) bool {
		return func(e *events.Event) bool { return e.Kind == kind && pids[e.PID] }
	}
	if e := r.await("that it ran", run, of(events.Exec)); !strings.Contains(e.Command.Raw(), "bones-watch-test") ||
		e.Start == 0 {
		t.Errorf("%+v", e)
	}
	e := r.await("that it was made", run, of(events.Fork))
	if !strings.Contains(e.What.Raw(), strconv.Itoa(os.Getpid())) {
		t.Errorf("%+v", e)
	}
	e = r.await("its end", run, of(events.Exit))
	if e.Exit == nil || e.Exit.Status != 7 || !e.Gone || !strings.Contains(e.What.Raw(), "exit status 7") {
		t.Errorf("%+v, %+v", e, e.Exit)
	}
}

// TestKilledForMemory: the kernel kills a process in a group of the test at its limit, and the event says who, where
// and for what.
func TestKilledForMemory(t *testing.T) {
	r := newRig(t)
	if r.log == nil {
		proctest.Missing(t, "the kernel's log: %s", r.Lacking())
	}
	dir, limit := memoryGroup(t)
	script := fmt.Sprintf("echo $$ > %s/cgroup.procs && exec tail /dev/zero", dir)
	c := exec.Command("sh", "-c", script)
	if err := c.Run(); err == nil || c.ProcessState.Sys().(interface{ Signaled() bool }).Signaled() == false {
		t.Fatalf("it was not killed: %v", err)
	}
	e := r.await("that it was killed", func() {}, func(e *events.Event) bool {
		return e.Kind == events.OOM && e.PID == c.Process.Pid
	})
	for _, want := range []string{"(tail", "at the limit of " + spec.ExactSize(limit), "asked for more",
		filepath.Base(dir)} {
		if !strings.Contains(e.What.Raw(), want) {
			t.Errorf("%q does not say %q", e.What.Raw(), want)
		}
	}
	if !strings.HasSuffix(e.Group.Raw(), filepath.Base(dir)) || time.Since(e.Time).Abs() > time.Hour {
		t.Errorf("%+v", e)
	}
}

// memoryGroup makes a group with a limit on memory.
func memoryGroup(t *testing.T) (dir string, limit uint64) {
	t.Helper()
	limit = 16 << 20
	for _, at := range []struct{ root, file string }{{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
		{"/sys/fs/cgroup", "memory.max"}} {
		if _, err := os.Stat(filepath.Join(at.root, "cgroup.procs")); err != nil {
			continue
		}
		var err error
		if dir, err = os.MkdirTemp(at.root, "bones-test-watch-"); err != nil {
			continue
		}
		t.Cleanup(func() { proctest.Until(t, "an empty group", func() bool { return unix.Rmdir(dir) == nil }) })
		if os.WriteFile(filepath.Join(dir, at.file), []byte(strconv.FormatUint(limit, 10)), 0) == nil {
			return dir, limit
		}
	}
	proctest.Missing(t, "a control group with a limit on memory")
	return "", 0
}

// TestStormIsBounded: of thousands of processes between two moments a few are kept, and the others are counted.
func TestStormIsBounded(t *testing.T) {
	w := &Watcher{config: Config{Proc: t.TempDir()}, have: map[events.EventKind]int{}, young: map[int]*process{}}
	args := argsReader{proc: w.config.Proc}
	const storm = 10_000
	for i := range storm {
		for _, what := range []connector.What{connector.Fork, connector.Exec, connector.Exit} {
			w.message(&connector.Message{What: what, PID: 100 + i, Parent: 1}, &args)
		}
	}
	if len(w.young) > maxYoung {
		t.Errorf("%d processes are known", len(w.young))
	}
	b := w.Next(&inventory.Moment{Snapshot: &procwalk.Snapshot{Taken: time.Now()}})
	want := fmt.Sprintf("left out: %d names and containers of processes", 2*(storm-maxYoung))
	if !slices.ContainsFunc(b.Events, func(e events.Event) bool {
		return e.Kind == events.Missed && strings.HasPrefix(e.What.Raw(), want)
	}) {
		t.Errorf("no event says %q", want)
	}
	kept := map[events.EventKind]int{}
	for _, e := range b.Events {
		kept[e.Kind]++
	}
	for _, k := range []events.EventKind{events.Fork, events.Exec, events.Exit} {
		if kept[k] > 1000 || kept[k]+b.LeftOut[k] != storm {
			t.Errorf("%s: %d kept, %d left out", k, kept[k], b.LeftOut[k])
		}
	}
}

// TestCountersAreNotToldTwice: what the kernel's log has told is not told again by the counter of the group.
func TestCountersAreNotToldTwice(t *testing.T) {
	w := &Watcher{have: map[events.EventKind]int{}, groups: map[string]member{"/a": {Key: "a", Name: text.New("a")}}}
	w.add(events.Event{Kind: events.OOM, PID: 7, Group: text.New("/a/b")})
	for key, want := range map[string]bool{"a": true, "b": false} {
		if got := w.isTold(&events.Event{Kind: events.OOM, Key: key}); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
	w.Next(&inventory.Moment{Snapshot: &procwalk.Snapshot{Taken: time.Now()}})
	if !w.isTold(&events.Event{Kind: events.OOM, Key: "a"}) {
		t.Error("what the moment before told is told again")
	}
	w.counted = []events.Event{{Kind: events.OOM, Key: "a"}, {Kind: events.OOM, Key: "b"}}
	b := w.Next(&inventory.Moment{Snapshot: &procwalk.Snapshot{Taken: time.Now()}})
	if n := len(b.Events); n != 1 || b.Events[0].Key != "b" {
		t.Errorf("%d events: %v", n, b.Events)
	}
}

// TestJournalIsReadWhenItWasWrittenTo: what stands in a journal is told once, and what is added is told.
func TestJournalIsReadWhenItWasWrittenTo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal.jsonl")
	record := func(id string, at time.Time) {
		t.Helper()
		f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		line := fmt.Sprintf(`{"id":%q,"phase":"intent","time":%q,"kind":"signal","what":"change %s"}`, id,
			at.Format(time.RFC3339Nano), id)
		if _, err := f.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	tell := JournalEvents(host.NewJournal(file, time.Now))
	if got := tell(began.Add(-time.Hour)); len(got) != 0 {
		t.Fatalf("without a journal: %v", got)
	}
	record("1", began)
	if got := tell(began.Add(-time.Hour)); len(got) != 1 {
		t.Fatalf("%d changes are told, want 1: %v", len(got), got)
	}
	if got := tell(began.Add(-time.Hour)); len(got) != 0 {
		t.Errorf("nothing was written since, and is told: %v", got)
	}
	record("2", began.Add(time.Minute))
	if got := tell(began); len(got) != 1 || !strings.Contains(got[0].What.Raw(), "change 2") {
		t.Errorf("what was written since is told as %v", got)
	}
}

// TestJournalFromNowOn: what stands in a journal is not told, nor read again at the first look; what is added is told,
// also in a journal that was not there yet.
func TestJournalFromNowOn(t *testing.T) {
	began := time.Now()
	for _, there := range []bool{true, false} {
		file := filepath.Join(t.TempDir(), "journal.jsonl")
		record := func(id, tail string, at time.Time) {
			t.Helper()
			f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := fmt.Fprintf(f, `{"id":%q,"phase":"intent","time":%q,"kind":"signal","what":"change %s"%s}`+"\n", id,
				at.Format(time.RFC3339Nano), id, tail); err != nil {
				t.Fatal(err)
			}
		}
		if there {
			record("before", `,"tail":{"at":0,"last":1,"open":[]}`, began.Add(time.Minute)) // a clock that went back
		}
		tell := JournalEventsFromNow(host.NewJournal(file, time.Now))
		if got := tell(began); len(got) != 0 {
			t.Errorf("there %v: before anything is changed: %v", there, got)
		}
		record("after", "", began.Add(time.Second))
		if got := tell(began); len(got) != 1 || got[0].What.Raw() != "change after (unfinished)" {
			t.Errorf("there %v: of one change: %v", there, got)
		}
	}
}

// TestIsToldMakesNoGarbage: the question is asked of each of the thousands of processes that a busy host begins and
// ends between two moments, and it is not answered with a copy of all events.
func TestIsToldMakesNoGarbage(t *testing.T) {
	w := &Watcher{killed: make([]events.Event, 10), have: map[events.EventKind]int{}}
	for pid := range 300 {
		w.add(events.Event{Kind: events.Fork, PID: pid + 1})
	}
	known, other := events.Event{Kind: events.Fork, PID: 100}, events.Event{Kind: events.Fork, PID: 1000}
	var told [2]bool
	allocated := testing.AllocsPerRun(10, func() { told = [2]bool{w.isTold(&known), w.isTold(&other)} })
	if told != [2]bool{true, false} || allocated > 0 {
		t.Errorf("told: %v, with %v allocations", told, allocated)
	}
}

// TestManyChangesAreSaid: of more changes than are told at once the newest are, and how many others there may be.
func TestManyChangesAreSaid(t *testing.T) {
	file, began := filepath.Join(t.TempDir(), "journal.jsonl"), time.Now()
	var lines strings.Builder
	for i := range maxChanges + 5 {
		fmt.Fprintf(&lines, `{"id":"%d","phase":"intent","time":%q,"kind":"signal","what":"change %d"}`+"\n", i,
			began.Add(time.Duration(i)*time.Millisecond).Format(time.RFC3339Nano), i)
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	got := JournalEvents(host.NewJournal(file, time.Now))(began.Add(-time.Hour))
	if len(got) != maxChanges+1 {
		t.Fatalf("%d are told", len(got))
	}
	missed := slices.IndexFunc(got, func(e events.Event) bool { return e.Kind == events.Missed })
	if missed < 0 || got[missed].What.Raw() != "left out: 5 earlier changes at most" {
		t.Errorf("%v", got[:2])
	}
}

// TestNothingIsToldTwiceInBackground: the next look begins where the one before ended, although who asks has not seen
// what that found.
func TestNothingIsToldTwiceInBackground(t *testing.T) {
	asked := make(chan time.Time, 1)
	tell := InBackground(func(since time.Time) []events.Event {
		asked <- since
		return []events.Event{{Time: since.Add(time.Second)}}
	})
	began := time.Unix(1000, 0)
	if got := tell(began); got != nil || len(asked) > 0 {
		t.Errorf("the first time: %v", got)
	}
	tell(began)
	if since := <-asked; since != began {
		t.Errorf("first it is asked for what was since %v, want %v", since, began)
	}
	for len(tell(began)) == 0 {
		time.Sleep(time.Millisecond)
	}
	if since := <-asked; since != began.Add(time.Second) {
		t.Errorf("then it is asked for what was since %v, which was told", since)
	}
}
