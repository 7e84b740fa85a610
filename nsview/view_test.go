package nsview

import (
	"fmt"
	"slices"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// table makes a snapshot of processes whose namespaces are 1000*type + number.
func table(numbers ...[procwalk.NSTypes]uint64) *procwalk.Snapshot {
	s := &procwalk.Snapshot{}
	for i, row := range numbers {
		ns := &procwalk.Namespaces{}
		for t, n := range row {
			if n != 0 {
				ns.Inode[t] = 1000*uint64(t+1) + n
			}
		}
		ns.PIDForChildren, ns.TimeForChildren = ns.Inode[procwalk.PID], ns.Inode[procwalk.Time]
		s.Processes = append(s.Processes, procwalk.Process{
			Stat: procwalk.Stat{PID: i + 1, PPID: i, StartTime: uint64(i), NumThreads: 1,
				Comm: text.New(fmt.Sprint("p", i+1))}, NS: ns,
		})
	}
	return s
}

func all(n uint64) (row [procwalk.NSTypes]uint64) {
	for t := range row {
		row[t] = n
	}
	return row
}

func with(row [procwalk.NSTypes]uint64, t procwalk.NSType, n uint64) [procwalk.NSTypes]uint64 {
	row[t] = n
	return row
}

func TestGroups(t *testing.T) {
	s := table(all(1), all(1), with(all(1), procwalk.Net, 2), all(3), with(all(1), procwalk.Net, 2))
	s.Processes[1].NS.PIDForChildren = 5003 // of a later process
	s.Processes[2].NS.TimeForChildren = 6009
	s.Processes[4].NS.Inode[procwalk.Mnt], s.Processes[4].NS.Err[procwalk.Mnt] = 0, unix.EACCES
	s.Processes[0].NS.Inode[procwalk.Cgroup], s.Processes[0].NS.Err[procwalk.Cgroup] = 0, procwalk.ErrGone
	s.Processes = append(s.Processes, procwalk.Process{Stat: procwalk.Stat{PID: 9}}) // without NS
	v := Groups(s)
	for _, c := range []struct {
		key     Key
		members []int32
		next    []int32
	}{
		{Key{procwalk.Net, 4001}, []int32{0, 1}, nil},
		{Key{procwalk.Net, 4002}, []int32{2, 4}, nil},
		{Key{procwalk.Mnt, 3001}, []int32{0, 1, 2}, nil},
		{Key{procwalk.Cgroup, 1001}, []int32{1, 2, 4}, nil},
		{Key{procwalk.PID, 5003}, []int32{3}, []int32{1}},
		{Key{procwalk.Time, 6009}, nil, []int32{2}},
	} {
		n := v.Find(c.key)
		if n == nil {
			t.Errorf("%s was not found", c.key)
			continue
		}
		if !slices.Equal(n.Members, c.members) || !slices.Equal(n.ForChildren, c.next) {
			t.Errorf("%s: members %v, for children of %v; want %v, %v", c.key, n.Members, n.ForChildren, c.members, c.next)
		}
	}
	if !slices.Equal(v.Unreadable, []int32{4}) {
		t.Errorf("unreadable rows %v, want the fifth", v.Unreadable)
	}
	if !slices.IsSortedFunc(v.Namespaces, func(a, b Namespace) int { return int(a.Inode) - int(b.Inode) }) {
		t.Error("namespaces are not in the order of their inodes")
	}
	if n := v.Find(Key{procwalk.Time, 6009}); n.Leader() != -1 || fmt.Sprint(v.HeldBy(n)) != "[process]" {
		t.Errorf("a namespace for children only: leader %d, held by %v", n.Leader(), v.HeldBy(n))
	}
	if v.Find(Key{procwalk.UTS, 4001}) != nil || v.FindInode(4001).Type != procwalk.Net {
		t.Error("found a namespace by the wrong type")
	}
}

func TestHostOf(t *testing.T) {
	// PID 1 stands for the host, and where it may not be looked into kthreadd does.
	s := table(with(all(1), procwalk.UTS, 0), all(2), all(3))
	if h := HostOf(s); h.PID[procwalk.Net] != 1 || h.Inode[procwalk.Net] != 4001 || h.Inode[procwalk.UTS] != 0xeffffffe {
		t.Errorf("the host is %+v; want PID 1, for uts the kernel's number", h)
	}
	s.Processes[1].Flags = 0x00200000
	if h := HostOf(s); h.PID[procwalk.UTS] != 2 || h.Inode[procwalk.UTS] != 8002 {
		t.Errorf("the host is %+v; want kthreadd for uts", h)
	}
	// Nobody else does, whatever PID they have: they may be in a container. The kernel's numbers tell.
	s = table(all(0), all(0), all(7), all(7))
	h := HostOf(s)
	if h.Inode[procwalk.User] != 0xeffffffd || h.Inode[procwalk.Net] != 0 || h.Inode[procwalk.Mnt] != 0 {
		t.Errorf("the host is %+v; want the kernel's numbers, and none for net and mnt", h)
	}
	all := Groups(s).Isolation(h, []int32{2, 3})
	if all[procwalk.User].Share != Own || all[procwalk.Net].Share != Unknown {
		t.Errorf("of a container's processes: user %s, net %s", all[procwalk.User].Share, all[procwalk.Net].Share)
	}
	s.Processes[2].NS.Inode[procwalk.User], s.Processes[3].NS.Inode[procwalk.Net] = 0xeffffffd, 0xeffffff9
	if h := HostOf(s); h.PID[procwalk.User] != 3 || h.Inode[procwalk.Net] != 0xeffffff9 || h.PID[procwalk.Net] != 4 {
		t.Errorf("the host is %+v; want those with the kernel's numbers", h)
	}
}

// TestVisitorsAreNoNeighbours: what somebody runs in a container's namespaces from outside makes them no less its own.
func TestVisitorsAreNoNeighbours(t *testing.T) {
	s := table(all(1), all(2), with(all(1), procwalk.Net, 2), with(all(1), procwalk.Net, 1))
	visits := func(row int32) bool { return row == 2 }
	got := Groups(s).IsolationBeside(HostOf(s), []int32{1}, visits)
	if net := got[procwalk.Net]; net.Share != Own || !slices.Equal(net.Guests, []int32{2}) || len(net.Others) > 0 {
		t.Errorf("net: %+v, want its own, with a guest", net)
	}
	// The guest itself is in a namespace of others.
	if net := Groups(s).Isolation(HostOf(s), []int32{2})[procwalk.Net]; net.Share != Neighbour {
		t.Errorf("the guest's net: %+v", net)
	}
}

func TestIsolation(t *testing.T) {
	// 1 host; 2, 3 a container that shares the network with 4, and its uts with the host.
	s := table(all(1),
		with(with(all(2), procwalk.UTS, 1), procwalk.Net, 7),
		with(with(all(2), procwalk.UTS, 1), procwalk.Net, 7),
		with(all(4), procwalk.Net, 7))
	v := Groups(s)
	h := HostOf(s)
	got := v.Isolation(h, []int32{1, 2})
	for ty, want := range map[procwalk.NSType]Share{procwalk.Mnt: Own, procwalk.UTS: Hosts, procwalk.Net: Neighbour} {
		if got[ty].Share != want || got[ty].Mixed {
			t.Errorf("%s: %+v, want %s", ty, got[ty], want)
		}
	}
	if !slices.Equal(got[procwalk.Net].Others, []int32{3}) {
		t.Errorf("net is shared with %v, want the fourth", got[procwalk.Net].Others)
	}
	if alone := v.Isolation(h, []int32{2}); alone[procwalk.Mnt].Share != Neighbour {
		t.Errorf("one of two processes: mnt %s, want neighbour", alone[procwalk.Mnt].Share)
	}
	if mixed := v.Isolation(h, []int32{1, 3}); !mixed[procwalk.Mnt].Mixed || mixed[procwalk.Net].Mixed {
		t.Errorf("two of different namespaces: %+v", mixed)
	}
	d := Diff(&s.Processes[1], &s.Processes[3])
	if same, known := d[procwalk.Net].Same(); !same || !known {
		t.Error("net differs")
	}
	if same, _ := d[procwalk.Mnt].Same(); same {
		t.Error("mnt is the same")
	}
}

func TestTree(t *testing.T) {
	v := Groups(table(all(1), all(2)))
	user := func(n uint64) Key { return Key{procwalk.User, 7000 + n} }
	for i := range v.Namespaces {
		n := &v.Namespaces[i]
		number := n.Inode % 1000
		n.Relations = Relations{Known: true, Owner: user(number)}
		switch {
		case n.Type == procwalk.User && number == 1:
			n.Relations = Relations{Known: true, ParentErr: ErrOutside, OwnerErr: ErrOutside}
		case n.Type == procwalk.User:
			n.Relations.Parent, n.Relations.Owner = user(1), user(1)
		case n.Type == procwalk.PID && number == 2:
			n.Relations.Parent = Key{procwalk.PID, 5001}
		}
	}
	got := func(keep func(*Namespace) bool) (lines []string) {
		for _, b := range v.Tree(keep) {
			lines = append(lines, fmt.Sprintf("%d%t %s", b.Depth, b.Last, b.Key))
		}
		return lines
	}
	if lines := got(nil); len(lines) != 16 || lines[0] != "0true user:[7001]" {
		t.Fatalf("tree: %q", lines)
	}
	lines := got(func(n *Namespace) bool { return n.Key == Key{procwalk.PID, 5002} })
	if want := []string{"0true user:[7001]", "1true pid:[5001]", "2true pid:[5002]"}; !slices.Equal(lines, want) {
		t.Errorf("pruned tree: %q, want %q", lines, want)
	}
	// Answers that go round in a circle lose no one.
	for i := range v.Namespaces {
		if n := &v.Namespaces[i]; n.Key == user(1) {
			n.Relations.Parent = user(2)
		}
	}
	if lines := got(nil); len(lines) != 16 {
		t.Errorf("with a circle %d of 16 are left: %q", len(lines), lines)
	}
}

// synthetic is a table of n processes of which every fifty share namespaces of their own.
func synthetic(n int) *procwalk.Snapshot {
	s := &procwalk.Snapshot{Processes: make([]procwalk.Process, n)}
	for i := range s.Processes {
		ns := &procwalk.Namespaces{}
		for t := range procwalk.NSTypes {
			ns.Inode[t] = 4026531840 + uint64(t)
			if i%2 == 1 && t != procwalk.User {
				ns.Inode[t] = 4026532000 + uint64(i%(n/50))*8 + uint64(t)
			}
		}
		ns.PIDForChildren, ns.TimeForChildren = ns.Inode[procwalk.PID], ns.Inode[procwalk.Time]
		s.Processes[i] = procwalk.Process{Stat: procwalk.Stat{PID: i + 1, PPID: i / 2}, NS: ns}
	}
	return s
}

// BenchmarkGroups shows that grouping takes time in proportion to the processes.
func BenchmarkGroups(b *testing.B) {
	for _, n := range []int{1000, 2000, 5000, 10000, 20000} {
		s := synthetic(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Groups(s)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/process")
		})
	}
}

// TestGroupsLinear counts instead of timing: allocations do not grow with the processes but with the namespaces.
func TestGroupsLinear(t *testing.T) {
	small, large := synthetic(1000), synthetic(1000)
	for range 9 {
		large.Processes = append(large.Processes, small.Processes...)
	}
	few := testing.AllocsPerRun(5, func() { Groups(small) })
	many := testing.AllocsPerRun(5, func() { Groups(large) })
	if many > few+2 {
		t.Errorf("ten times the processes in the same namespaces: %v allocations instead of %v", many, few)
	}
}
