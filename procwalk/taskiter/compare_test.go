package taskiter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/testdata/hostile/world"

	"golang.org/x/sys/unix"
)

// openWalker returns a Walker whose rows come from BPF; it skips the test, with the reason, where they cannot.
func openWalker(t testing.TB, options ...procwalk.Option) *procwalk.Walker {
	t.Helper()
	var why error
	w, err := procwalk.NewWalker("/proc", append(options, procwalk.BulkFrom(0, true,
		func(root string, m *procwalk.Machine) (procwalk.Bulk, error) {
			it, err := OpenAgain(root, m)
			why = err
			return it, err
		}))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if _, err := w.Snapshot(context.Background(), procwalk.Request{}); why != nil {
		if kind := fault.Of(why); kind == fault.NotPermitted || kind == fault.Unsupported {
			proctest.Missing(t, "BPF cannot be used here: %v", why)
		}
		t.Fatal(why)
	} else if err != nil {
		t.Fatal(err)
	}
	return w
}

func read(t testing.TB, w *procwalk.Walker, want procwalk.Want) *procwalk.Snapshot {
	t.Helper()
	s, err := w.Snapshot(context.Background(), procwalk.Request{Want: want})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// leftOut are the fields of stat that procwalk.Stat says a Bulk leaves out.
var leftOut = []string{"RSSLim", "StartCode", "EndCode", "StartStack", "KstkESP", "KstkEIP", "Signal", "Blocked",
	"SigIgnore", "SigCatch", "WChan", "ExitSignal", "GuestTime", "CGuestTime", "ExitCode"}

// fact is a field of a row that BPF answers for.
type fact struct {
	name  string
	value any
}

// facts are all those of a row, in one order for all rows.
func facts(p *procwalk.Process) []fact {
	f := make([]fact, 0, 64)
	stat := reflect.ValueOf(p.Stat)
	for i, field := range columnsOfStat {
		if !slices.Contains(leftOut, field.Name) {
			f = append(f, fact{field.Name, stat.Field(i).Interface()})
		}
	}
	s, c := p.Status, p.Cmdline
	return append(f, fact{"UID", s.UID}, fact{"EUID", s.EUID}, fact{"NSpid", fmt.Sprint(s.NSpid)},
		fact{"Threads", s.Threads}, fact{"HasMemory", s.HasMemory}, fact{"VmSize", s.VmSize}, fact{"VmLck", s.VmLck},
		fact{"VmRSS", s.VmRSS}, fact{"Namespaces", *rootless(p.NS)}, fact{"Cgroups", fmt.Sprint(*p.Cgroups)},
		fact{"Command line", struct {
			raw              string
			truncated, stuck bool
		}{c.Raw.Raw(), c.Truncated, errors.Is(c.Err, procwalk.ErrStuck)}})
}

var columnsOfStat = reflect.VisibleFields(reflect.TypeFor[procwalk.Stat]())

// alike compares the values of two facts. Most are numbers, for which reflection takes many times as long; meanwhile
// what busy has started uses a processor.
func alike(a, b fact) bool { return a.value == b.value || reflect.DeepEqual(a.value, b.value) }

// rootless are the namespaces without the number of the root, which /proc does not have: see TestRootsOfABatch of
// cgroupview/inventory/roots.
func rootless(ns *procwalk.Namespaces) *procwalk.Namespaces {
	if ns == nil {
		return nil
	}
	same := ns.WithRoot(0)
	return &same
}

// wavering are the fields that go back and forth by themselves: between two readings that agree there can be another
// value. What is wrong in them is wrong again and again. TPGID is one: a shell that resumes its job gives it the
// terminal, and takes it back when the job stops. A thread begins and ends between them. How time is divided between
// UTime and STime goes back and forth by a tick, until /proc has shown it once.
var wavering = []string{"State", "Processor", "Comm", "RSS", "VmRSS", "Priority", "Flags", "Command line", "TPGID",
	"VSize", "VmSize", "VmLck", "NumThreads", "Threads", "UTime", "STime"}

// comparison counts, for each field, the readings by BPF that /proc agreed with, and those that it did not.
type comparison struct {
	same, other map[string]int
	example     map[doubt]string
	doubts      map[doubt]int  // of wavering fields, by process: how often in a row
	states      map[string]int // how many rows of which state were compared
}

// doubt is a field of a process; without one, of any.
type doubt struct {
	of    procwalk.ID
	field string
}

// between compares a reading of /proc with one by BPF before it and one after it. A field counts where those two
// agree: it did not change meanwhile.
func (c *comparison) between(before, proc, after *procwalk.Snapshot) {
	for i := range proc.Processes {
		p := &proc.Processes[i]
		a, b := before.FindID(p.ID()), after.FindID(p.ID())
		if a == nil || b == nil {
			continue // TestNothingIsMissing looks for those
		}
		if !a.Status.Brief {
			continue // the kernel hides it from BPF: its row is from /proc, where a kept one is not read whole each time
		}
		was, is, will := facts(a), facts(p), facts(b)
		state := string(p.State)
		if p.State == 'Z' && p.NumThreads > 1 {
			state = "Z with threads"
		}
		c.states[state]++
		for i, f := range is {
			name := f.name
			key := doubt{p.ID(), name}
			example := func() string {
				return fmt.Sprintf("PID %d %q %c: /proc %v, BPF %v", p.PID, p.Comm.Raw(), p.State, f.value, was[i].value)
			}
			switch {
			case !alike(was[i], will[i]):
				delete(c.doubts, key)
			case alike(f, was[i]):
				c.same[name]++
				delete(c.doubts, key)
			case slices.Contains(wavering, name):
				c.doubts[key]++
				c.example[key] = example()
			default:
				c.other[name]++
				c.example[doubt{field: name}] = example()
			}
		}
	}
}

const compared = procwalk.WantBrief | procwalk.WantRSS | procwalk.WantNS | procwalk.WantCgroup | procwalk.WantCmdline

// TestFieldByField: what BPF gives is what /proc says, of every field and every sort of process, while others come and
// go.
func TestFieldByField(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Namespaces)
	once, kept := openWalker(t), openWalker(t, procwalk.Keep())
	proc, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Close()
	host := world.New(t)
	for _, kind := range []string{"dead-leader", "stopped", "traced", "vfork", "paren", "invalid", "args-200k",
		"nested"} {
		host.Start(t, kind)
	}
	busy(t)
	for name, bpf := range map[string]*procwalk.Walker{"read once": once, "kept": kept} {
		c := comparison{map[string]int{}, map[string]int{}, map[doubt]string{}, map[doubt]int{}, map[string]int{}}
		// Once more where a wavering field was another each time: it is wrong at the fourth.
		for n := 0; n < proctest.Soak(3, 200) || n < 20 && slices.Contains(slices.Collect(maps.Values(c.doubts)), 3); n++ {
			before := read(t, bpf, compared)
			between := read(t, proc, compared)
			c.between(before, between, read(t, bpf, compared))
		}
		for field, n := range c.other {
			t.Errorf("%s: %s differs %d times, and is the same %d times: %s", name, field, n, c.same[field],
				c.example[doubt{field: field}])
		}
		for key, n := range c.doubts {
			if n > 3 {
				t.Errorf("%s: %d times in a row: %s", name, n, c.example[key])
			}
		}
		for _, state := range []string{"R", "S", "T", "t", "Z", "Z with threads", "I"} {
			if state == "I" && !kernelThreads() {
				continue
			}
			if c.states[state] == 0 {
				t.Errorf("%s: no process in state %s was compared", name, state)
			}
		}
		t.Logf("%s: %v; %v", name, c.states, c.same)
	}
}

// TestNothingIsMissing: every process that /proc has before and after a reading by BPF is in that, with the same
// identity, also one that the kernel hides from BPF; and no thread is taken for a process.
func TestNothingIsMissing(t *testing.T) {
	bpf := openWalker(t, procwalk.Keep())
	proc, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Close()
	busy(t)
	before := read(t, proc, 0)
	for range proctest.Soak(10, 1000) {
		is := read(t, bpf, 0)
		after := read(t, proc, 0)
		for i := range before.Processes {
			if p := &before.Processes[i]; after.FindID(p.ID()) != nil && is.FindID(p.ID()) == nil {
				t.Errorf("PID %d %q is missing", p.PID, p.Comm.Raw())
			}
		}
		for i := range is.Processes {
			p := &is.Processes[i]
			if s, err := procwalk.ReadStat("/proc", p.PID); err == nil && s.StartTime == p.StartTime && s.NumThreads == 0 {
				t.Errorf("PID %d %q is no process", p.PID, p.Comm.Raw())
			}
		}
		if is.Origin.Bulk != "BPF" || is.Find(1) == nil {
			t.Fatalf("the rows come from %+v, PID 1 %v", is.Origin, is.Find(1))
		}
		before = after
	}
}

// busy starts processes that use the processor, in user and in kernel mode, in several threads, and that end and
// start.
func busy(t *testing.T) {
	t.Helper()
	var wg sync.WaitGroup
	stop := make(chan struct{})
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		t.Fatal(err)
	}
	for cpu := range len(all) * 64 {
		if all.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	for _, script := range []string{
		"while :; do :; done",
		"dd if=/dev/zero of=/dev/null bs=64k 2>/dev/null",
		"while :; do /bin/true; done",
		"trap '' TERM; nice -n 5 sleep 1000 & sleep 1000 & exec sleep 1000",
		"(exec sleep 0) & exec sleep 1000", // a zombie: sleep does not wait for it
	} {
		c := exec.Command("sh", "-c", script)
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		// They share one processor: what changes does so there, and the test has the others.
		if err := unix.SchedSetaffinity(c.Process.Pid, &one); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			proctest.Signal(t, -c.Process.Pid, syscall.SIGKILL)
			c.Wait()
		})
	}
	{ // a thread of ours
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
					if n%1000 == 0 {
						os.ReadFile("/proc/self/stat")
						time.Sleep(time.Millisecond)
					}
				}
			}
		}()
	}
	t.Cleanup(func() {
		close(stop)
		wg.Wait()
	})
}

// kernelThreads reports whether threads of the kernel can be seen, which alone are idle: those of a container's PID
// namespace cannot.
func kernelThreads() bool {
	b, err := os.ReadFile("/proc/2/stat")
	return err == nil && strings.Contains(string(b), "(kthreadd)")
}
