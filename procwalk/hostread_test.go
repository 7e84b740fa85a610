package procwalk

import (
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestWhoseProcItIs: whether a proc file system is the host's is a matter of that file system, not of the reader: a
// container may have the host's mounted, and the host may look at a container's.
func TestWhoseProcItIs(t *testing.T) {
	below := func(s *proctest.Tree) bool {
		t.Helper()
		root, err := unix.Open(s.Root, unix.O_PATH|unix.O_DIRECTORY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(root)
		return belowFirst(root, make([]byte, 1<<16))
	}
	tree := func(init proctest.Proc, second, self *proctest.Proc) *proctest.Tree {
		s := proctest.New(t)
		s.Add(init)
		if second != nil {
			s.Add(*second)
		}
		if self != nil {
			s.Add(*self)
			s.Self(self.PID)
		}
		return s
	}
	inner := map[string]uint64{"pid": 7}
	hidden := []string{"ns", "ns/pid"}
	for name, c := range map[string]struct {
		tree *proctest.Tree
		want bool
	}{
		"a container's, read from the host": {tree(proctest.Proc{PID: 1, NS: inner}, nil, nil), true},
		"the host's, read from a container": {tree(proctest.Proc{PID: 1}, nil,
			&proctest.Proc{PID: 50, NS: inner, NSpid: []int{50, 3}}), false},
		"the host's, whose PID 1 may not be looked into": {tree(proctest.Proc{PID: 1, Missing: hidden},
			&proctest.Proc{PID: 2, Kernel: true}, &proctest.Proc{PID: 50, NS: inner, NSpid: []int{50, 3}}), false},
		"the host's, where others are hidden": {tree(proctest.Proc{PID: 1, Missing: hidden}, nil,
			&proctest.Proc{PID: 50, NS: inner, NSpid: []int{50, 3}}), false},
		"a container's own, whose PID 1 may not be looked into": {tree(proctest.Proc{PID: 1, Missing: hidden}, nil,
			&proctest.Proc{PID: 50, NS: inner, NSpid: []int{50}}), true},
		"a container's own, with a PID 2": {tree(proctest.Proc{PID: 1, Missing: hidden}, &proctest.Proc{PID: 2, NS: inner},
			&proctest.Proc{PID: 50, NS: inner, NSpid: []int{50}}), true},
	} {
		if got := below(c.tree); got != c.want {
			t.Errorf("%s: below the first pid namespace: %v", name, got)
		}
	}
}

// TestHostOfManyInterrupts: the time of the boot stands behind the counts of all interrupts, on one line that has a
// hundred kilobytes on a large host.
func TestHostOfManyInterrupts(t *testing.T) {
	tree := proctest.New(t)
	for _, interrupts := range []int{10, 16 << 10, 100_000} {
		stat := "cpu 1 2 3\n" + strings.Repeat("cpu0 1 2 3\n", 512) + "intr" + strings.Repeat(" 0", interrupts) + "\n"
		tree.Write("stat", stat+"btime 1700000000\n")
		w, err := NewWalker(tree.Root)
		if err != nil {
			t.Fatalf("%d interrupts: %v", interrupts, err)
		}
		if h := w.host; h.CPUs != 512 || h.BootTime.Unix() != 1_700_000_000 {
			t.Errorf("%d interrupts: %d processors, started %v", interrupts, h.CPUs, h.BootTime)
		}
		w.Close()
	}
}
