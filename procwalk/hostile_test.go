package procwalk

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/testdata/hostile/world"
)

const wantAll = WantStatus | WantCmdline | WantCgroup | WantNS | WantIO | WantLabel

// none is what Namespaces.Err is when all of them could be read.
var none [NSTypes]error

// hostileFacts is what a snapshot must say of the main process of a kind, where there is more to say than that its
// row is there.
var hostileFacts = map[string]func(t *testing.T, p *Process){
	"paren":      func(t *testing.T, p *Process) { wantComm(t, p, "a) S 1 1 (b") },
	"newline":    func(t *testing.T, p *Process) { wantComm(t, p, "two\nlines\n") },
	"invalid":    func(t *testing.T, p *Process) { wantComm(t, p, "\xff\xfe\xc0\xaf\xf5") },
	"nothing":    func(t *testing.T, p *Process) { wantComm(t, p, "") },
	"args-none":  func(t *testing.T, p *Process) { wantCmdline(t, p, 1, false) },
	"args-128k":  func(t *testing.T, p *Process) { wantCmdline(t, p, CmdlineMax, true) },
	"args-2m":    func(t *testing.T, p *Process) { wantCmdline(t, p, CmdlineMax, true) },
	"args-200k":  func(t *testing.T, p *Process) { wantCmdline(t, p, CmdlineMax, true) },
	"args-4g":    func(t *testing.T, p *Process) { wantCmdline(t, p, CmdlineMax, true) },
	"args-empty": func(t *testing.T, p *Process) { wantCmdline(t, p, 50_000, false) },
	"vfork":      func(t *testing.T, p *Process) { wantState(t, p, 'D') },
	"stopped":    func(t *testing.T, p *Process) { wantState(t, p, 'T') },
	"traced":     func(t *testing.T, p *Process) { wantState(t, p, 't') },
	"dead-leader": func(t *testing.T, p *Process) {
		wantState(t, p, 'Z')
		if p.NumThreads != 2 {
			t.Errorf("it has %d threads, want the dead one and the living", p.NumThreads)
		}
	},
	"stuck": func(t *testing.T, p *Process) {
		if !errors.Is(p.Cmdline.Err, ErrStuck) {
			t.Errorf("its command line gives %q, %v; want ErrStuck", p.Cmdline.Raw, p.Cmdline.Err)
		}
		wantComm(t, p, "hostile")
		if p.Status.Err != nil || p.Cgroups.Err != nil || p.NS.Err != none {
			t.Errorf("status: %v, cgroup: %v, namespaces: %v; these can be read", p.Status.Err, p.Cgroups.Err, p.NS.Err)
		}
	},
}

func wantComm(t *testing.T, p *Process, comm string) {
	t.Helper()
	if p.Comm.Raw() != comm {
		t.Errorf("it is called %q, want %q", p.Comm.Raw(), comm)
	}
}

func wantState(t *testing.T, p *Process, state byte) {
	t.Helper()
	if p.State != state {
		t.Errorf("its state is %c, want %c", p.State, state)
	}
}

func wantCmdline(t *testing.T, p *Process, length int, truncated bool) {
	t.Helper()
	if c := p.Cmdline; c.Err != nil || c.Raw.Len() != length || c.Truncated != truncated {
		t.Errorf("its command line has %d bytes, truncated: %v, %v; want %d, %v", c.Raw.Len(), c.Truncated, c.Err, length,
			truncated)
	}
}

// apart are the kinds that are looked at each in a World without any other: they are many, or hold up who reads them.
var apart = []string{"chain", "fan", "nested", "storm", "stuck", "stuck-many"}

// TestHostileSnapshot reads every kind of hostile process twice, by a Walker that keeps what it read: every row is
// there, those of harmless processes are whole, and the facts are right. The kinds that are not apart are read
// together.
func TestHostileSnapshot(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: makes tens of thousands of processes")
	}
	w := world.New(t)
	kinds := w.Kinds(t)
	for _, group := range append([]string{"together"}, apart...) {
		t.Run(group, func(t *testing.T) {
			started := map[string][]int{} // by kind
			if group == "together" {
				for kind, pid := range w.StartSmall(t) {
					started[kind] = []int{pid}
				}
			}
			for _, kind := range kinds {
				if kind == group || group == "together" && started[kind] == nil && !slices.Contains(apart, kind) {
					started[kind] = w.Start(t, kind)
				}
			}
			if len(started) == 0 {
				t.Fatal("there is no such kind")
			}
			pids := slices.Concat(slices.Collect(maps.Values(started))...)
			walker, err := NewWalker(filepath.Join(w.Root, "proc"), Keep())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { walker.Close() }()
			vanished := 0
			// A storm is only a storm when something vanished between being listed and being read.
			deadline := proctest.Deadline()
			for pass := 0; pass < 2 || group == "storm" && vanished == 0; pass++ {
				if time.Now().After(deadline) {
					t.Fatalf("%d passes, and no process vanished", pass)
				}
				snap, err := walker.Snapshot(context.Background(), Request{Want: wantAll})
				if err != nil {
					t.Fatal(err)
				}
				vanished += snap.Vanished
				if heldUp(snap, group, pids) && time.Now().Before(deadline) {
					// Only the machine is slow. Who is slow again and again is not forgiven by the same Walker.
					walker.Close()
					if walker, err = NewWalker(filepath.Join(w.Root, "proc"), Keep()); err != nil {
						t.Fatal(err)
					}
					pass = -1
					continue
				}
				for kind, pids := range started {
					checkHostile(t, snap, kind, pids)
				}
			}
		})
	}
}

// heldUp reports whether a process that answers had no processor for so long that it was taken for one that does not.
func heldUp(snap *Snapshot, group string, pids []int) bool {
	return slices.ContainsFunc(snap.Processes, func(p Process) bool {
		answers := p.Comm.Raw() == "steady" || !strings.HasPrefix(group, "stuck") && slices.Contains(pids, p.PID)
		return answers && (errors.Is(p.Cmdline.Err, ErrStuck) || errors.Is(p.Cmdline.Err, ErrNotTried))
	})
}

func checkHostile(t *testing.T, snap *Snapshot, kind string, pids []int) {
	t.Helper()
	if snap.Refused != 0 {
		t.Errorf("%d processes could not be read", snap.Refused)
	}
	steady := 0
	for i := range snap.Processes {
		p := &snap.Processes[i]
		if p.Comm.Raw() != "steady" {
			continue
		}
		steady++
		if p.Cmdline.Raw.Raw() != "steady\x00--lamp\x00" || p.Status.Err != nil || p.NS.Err != none || p.Cgroups.Err != nil {
			t.Errorf("row of %d: command line %q, %v; status: %v, namespaces: %v, cgroup: %v",
				p.PID, p.Cmdline.Raw, p.Cmdline.Err, p.Status.Err, p.NS.Err, p.Cgroups.Err)
		}
	}
	if steady != world.Steady {
		t.Errorf("%d steady processes, want %d", steady, world.Steady)
	}
	for _, pid := range pids {
		p := snap.Find(pid)
		if p == nil {
			t.Errorf("the row of %d is lost", pid)
			continue
		}
		if fact := hostileFacts[kind]; fact != nil {
			t.Run(kind, func(t *testing.T) { fact(t, p) })
		}
	}
	tree := NewTree(snap)
	if len(tree.Order) != len(snap.Processes) {
		t.Errorf("the tree has %d rows of %d", len(tree.Order), len(snap.Processes))
	}
	if deepest := slices.Max(tree.Depth); kind == "chain" && int(deepest) < world.Crowd() {
		t.Errorf("the tree is only %d deep", deepest)
	}
}

// TestStuckIsReal proves that the kind "stuck" is what it says, so that the tests that go through it mean something:
// cat of its command line does not end, by itself, while its stat can be read; and when the kind ends, cat does.
func TestStuckIsReal(t *testing.T) {
	w := world.New(t)
	var dir string
	cat := exec.Command("cat")
	ended := make(chan error, 1)
	t.Run("while it lasts", func(t *testing.T) {
		dir = filepath.Join(w.Root, "proc", strconv.Itoa(w.Start(t, "stuck")[0]))
		cat = exec.Command("cat", filepath.Join(dir, "cmdline"))
		if err := cat.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { ended <- cat.Wait() }()
		// A second is long for reading 80 bytes.
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("cat ended: %v", err)
		case <-time.After(time.Second):
		}
		for _, name := range []string{"stat", "status", "comm", "cgroup"} {
			if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || len(b) == 0 {
				t.Errorf("%s: %q, %v", name, b, err)
			}
		}
	})
	if cat.Process == nil {
		return
	}
	select {
	case <-ended:
	case <-time.After(proctest.Patience):
		cat.Process.Kill()
		<-ended
		t.Error("cat hangs on although the process that hung it has ended")
	}
}

// TestCyclesOfParents reads a table in which parents form rings, as one that is read while PIDs come back can.
func TestCyclesOfParents(t *testing.T) {
	tree := proctest.New(t)
	tree.Host(20)
	tree.Cycle(100)
	tree.Cycle(200, 201)
	ring := make([]int, 1000)
	for i := range ring {
		ring[i] = 1000 + i
	}
	tree.Cycle(ring...)
	walker, err := NewWalker(tree.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer walker.Close()
	snap, err := walker.Snapshot(context.Background(), Request{Want: wantAll})
	if err != nil {
		t.Fatal(err)
	}
	forest := NewTree(snap)
	seen := map[int32]bool{}
	for _, i := range forest.Order {
		seen[i] = true
	}
	if want := 20 + 1 + 2 + 1000; len(snap.Processes) != want || len(forest.Order) != want || len(seen) != want {
		t.Errorf("%d rows, %d in the tree, %d of them different; want %d", len(snap.Processes), len(forest.Order),
			len(seen), want)
	}
}
