package nsview

import (
	"syscall"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestLean compares the short way with the long one on a fixture: threads whose leader has ended, zombies, refusals.
func TestLean(t *testing.T) {
	tree := proctest.New(t)
	own := map[string]uint64{"net": 4026532301, "pid": 4026532302, "mnt": 4026532303}
	for _, p := range []proctest.Proc{
		{PID: 1, Comm: "init"},
		{PID: 2, Comm: "kthreadd", Kernel: true},
		{PID: 30, PPID: 1, Comm: "a) b", UID: 65534, NS: own},
		{PID: 31, PPID: 30, NS: own},
		{PID: 32, PPID: 30, State: 'Z', Missing: []string{"ns/mnt", "ns/net", "ns/uts", "ns/ipc", "ns/cgroup", "ns/time"}},
		{PID: 33, PPID: 1, Missing: []string{"ns/time", "ns/time_for_children"}},
	} {
		tree.Add(p)
	}
	r, err := NewReader(tree.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	short, err := r.Lean(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w, err := procwalk.NewWalker(tree.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(t.Context(), procwalk.Request{Want: procwalk.WantNS})
	if err != nil {
		t.Fatal(err)
	}
	sameViews(t, short, Groups(s))
	n := short.Find(Key{procwalk.Net, 4026532301})
	if n == nil || len(n.Members) != 2 {
		t.Fatalf("the container's network namespace is %+v", n)
	}
	leader := &short.Snapshot.Processes[n.Leader()]
	who := r.Who(t.Context(), short.Snapshot, []int32{n.Leader()})[n.Leader()]
	if leader.PID != 30 || leader.PPID != 1 || leader.Comm.Raw() != "a) b" || who.UID != 65534 || who.UIDErr != nil {
		t.Errorf("leader %+v, %+v", leader.Stat, who)
	}
}

// sameViews compares namespaces and members; rows may differ in number.
func sameViews(t *testing.T, got, want *View) {
	t.Helper()
	if len(got.Namespaces) != len(want.Namespaces) {
		t.Errorf("%d namespaces, want %d", len(got.Namespaces), len(want.Namespaces))
	}
	for i := range want.Namespaces {
		w := &want.Namespaces[i]
		g := got.Find(w.Key)
		if g == nil || len(g.Members) != len(w.Members) {
			t.Errorf("%s: %+v, want %+v", w.Key, g, w)
			continue
		}
		for j := range w.Members {
			if a, b := got.Snapshot.Processes[g.Members[j]].PID, want.Snapshot.Processes[w.Members[j]].PID; a != b {
				t.Errorf("%s: member %d is process %d, want %d", w.Key, j, a, b)
			}
		}
	}
}

func TestLeanLive(t *testing.T) {
	needRoot(t)
	c := sleeper(t, syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUTS | unix.CLONE_NEWPID}, "sh", "-c",
		"sleep 1000 & wait")
	children(t, c.Process.Pid, 1)
	v, err := reader(t).Lean(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, ty := range []procwalk.NSType{procwalk.UTS, procwalk.PID} {
		n := v.Find(Key{ty, inodeOf(t, c.Process.Pid, ty.String())})
		if n == nil || len(n.Members) != 2 || v.Snapshot.Processes[n.Leader()].PID != c.Process.Pid {
			t.Errorf("%s: %+v, want two members led by %d", ty, n, c.Process.Pid)
		}
	}
}
