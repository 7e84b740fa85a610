package procwalk

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"bones/procwalk/fields"
	"bones/procwalk/proctest"
)

// TestNamespacesOfKernelThreads: of the links of threads of the kernel only that of the mount namespace is read of
// each; what the first of them says holds for the others, and for no process that stands among them.
func TestNamespacesOfKernelThreads(t *testing.T) {
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 2, Kernel: true})
	tree.Add(proctest.Proc{PID: 3, PPID: 2, Kernel: true, NS: map[string]uint64{"mnt": 83, "uts": 99}})
	tree.Add(proctest.Proc{PID: 4, PPID: 1, NS: map[string]uint64{"uts": 98}})
	tree.Add(proctest.Proc{PID: 5, PPID: 2, Kernel: true, NS: map[string]uint64{"time_for_children": 97}})
	s := snapshot(t, newTestWalker(t, tree.Root, Workers(1)), WantNS)
	mnt, uts := proctest.HostNS("mnt"), proctest.HostNS("uts")
	for pid, want := range map[int][2]uint64{2: {mnt, uts}, 3: {83, uts}, 4: {mnt, 98}, 5: {mnt, uts}} {
		ns := s.Find(pid).NS
		if got := [2]uint64{ns.Inode[Mnt], ns.Inode[UTS]}; got != want || ns.TimeForChildren != proctest.HostNS("time") {
			t.Errorf("%d: mnt and uts %d, want %d; time for children %d", pid, got, want, ns.TimeForChildren)
		}
	}
}

// TestKernelThreadsAreInTheSameNamespaces: what is said of every thread of the kernel of this machine is what its own
// links say.
func TestKernelThreadsAreInTheSameNamespaces(t *testing.T) {
	s := snapshot(t, newTestWalker(t, "/proc"), WantNS)
	compared := 0
	for i := range s.Processes {
		p := &s.Processes[i]
		if !p.KernelThread() {
			continue
		}
		same := func(link string, said uint64) {
			target, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(p.PID), "ns", link))
			if err != nil {
				return // it has ended, the kernel has no such link, or this user may not look
			}
			compared++
			if _, inode, ok := fields.InodeLink([]byte(target)); !ok || inode != said {
				t.Errorf("%d %s: %s is %s, and not %d", p.PID, p.Comm, link, target, said)
			}
		}
		for ns := range NSTypes {
			same(ns.String(), p.NS.Inode[ns])
		}
		same("pid_for_children", p.NS.PIDForChildren)
		same("time_for_children", p.NS.TimeForChildren)
	}
	if compared == 0 {
		t.Skip("no thread of the kernel shows its namespaces here")
	}
}
