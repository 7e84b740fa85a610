package inventory

import (
	"context"
	"testing"

	"bones/procwalk"

	"github.com/google/go-cmp/cmp"
)

// TestDataMakesTheSameInventory takes this host's inventory apart and puts it together again.
func TestDataMakesTheSameInventory(t *testing.T) {
	w, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(context.Background(), procwalk.Request{Want: Want})
	if err != nil {
		t.Fatal(err)
	}
	was, err := NewResolver("/proc", "/sys/fs/cgroup").Resolve(s)
	if err != nil {
		t.Fatal(err)
	}
	is := New(was.Data(s), s)
	if len(is.List) != len(was.List) {
		t.Fatalf("%d containers, there were %d", len(is.List), len(was.List))
	}
	for i := range s.Processes {
		p := &s.Processes[i]
		a, inA := was.Of(p)
		b, inB := is.Of(p)
		if inA != inB || inA && (a.Key != b.Key || a.Label() != b.Label()) {
			t.Errorf("PID %d is in another container", p.PID)
		}
		if diff := cmp.Diff(was.Chain(p).Key(), is.Chain(p).Key()); diff != "" {
			t.Errorf("PID %d: %s", p.PID, diff)
		}
		for j := range was.Chain(p) {
			if a, b := was.ChainEntry(p, j), is.ChainEntry(p, j); (a == nil) != (b == nil) || a != nil && a.Key != b.Key {
				t.Errorf("PID %d: entry %d of its chain is another", p.PID, j)
			}
		}
		for _, l := range p.Cgroups.Lines {
			if !inA || a.PID != p.PID {
				continue
			}
			g, ok := was.Group(a, l)
			h, same := is.Group(b, l)
			if g != h || ok != same {
				t.Errorf("PID %d: its container's group in hierarchy %d is %q, was %q", p.PID, l.Hierarchy, h.Raw(), g.Raw())
			}
		}
	}
}
