package inventory

import (
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"

	"github.com/google/go-cmp/cmp"
)

// steadyWorld is a host with two containers and a process of the host's.
func steadyWorld() *procwalk.Snapshot {
	group := func(id string) *procwalk.Cgroups {
		path := "/system.slice/ssh.service"
		if id != "" {
			path = "/docker/" + strings.Repeat(id, 64)
		}
		return &procwalk.Cgroups{Lines: []procwalk.CgroupLine{{Path: text.New(path)}}}
	}
	row := func(pid, parent int, id string, space uint64) procwalk.Process {
		p := procwalk.Process{Stat: procwalk.Stat{PID: pid, PPID: parent, State: 'S', StartTime: uint64(pid),
			Comm: text.New("x"), VSize: 4096}, Cgroups: group(id), NS: &procwalk.Namespaces{},
			Status: &procwalk.Status{NSpid: []int{pid}}}
		for n := range p.NS.Inode {
			p.NS.Inode[n] = 100
		}
		p.NS.Inode[procwalk.PID] = space
		p.NS.PIDForChildren = space
		return p
	}
	return &procwalk.Snapshot{Processes: []procwalk.Process{row(1, 0, "", 1), row(10, 1, "a", 2), row(11, 10, "a", 2),
		row(20, 1, "b", 3), row(30, 1, "", 1)}}
}

// TestSteadyIsResolve changes a host in each way that tells of containers: what is said again is what a resolver that
// has seen nothing before finds out.
func TestSteadyIsResolve(t *testing.T) {
	proc := filepath.Join(t.TempDir(), "proc")
	changes := map[string]func(s *procwalk.Snapshot){
		"nothing": func(*procwalk.Snapshot) {},
		"it was moved to another group": func(s *procwalk.Snapshot) {
			s.Processes[4].Cgroups = s.Processes[3].Cgroups
		},
		"it was moved out": func(s *procwalk.Snapshot) {
			s.Processes[2].Cgroups = &procwalk.Cgroups{Lines: []procwalk.CgroupLine{{Path: text.New("/user.slice")}}}
		},
		"its group is now a container's": func(s *procwalk.Snapshot) {
			s.Processes[4].Cgroups = &procwalk.Cgroups{Lines: []procwalk.CgroupLine{
				{Path: text.New("/docker/" + strings.Repeat("c", 64))}}}
		},
		"one has ended":   func(s *procwalk.Snapshot) { s.Processes = s.Processes[:4] },
		"one is a zombie": func(s *procwalk.Snapshot) { s.Processes[1].State = 'Z' },
		"another process has the number": func(s *procwalk.Snapshot) {
			s.Processes[1].StartTime = 9000
		},
		"another parent": func(s *procwalk.Snapshot) { s.Processes[2].PPID = 20 },
		"it has joined a pid namespace": func(s *procwalk.Snapshot) {
			spaces := *s.Processes[4].NS
			spaces.Inode[procwalk.PID], spaces.PIDForChildren = 3, 3
			s.Processes[4].NS = &spaces
		},
		"another number inside": func(s *procwalk.Snapshot) {
			s.Processes[2].Status = &procwalk.Status{NSpid: []int{11, 1}}
		},
		"another user": func(s *procwalk.Snapshot) {
			s.Processes[3].Status = &procwalk.Status{NSpid: []int{20}, UID: 1000}
		},
		"another program": func(s *procwalk.Snapshot) { s.Processes[3].Comm = text.New("conmon") },
	}
	for name, change := range changes {
		live := NewResolver(proc, filepath.Join(proc, "none"))
		first, err := live.Steady(steadyWorld())
		if err != nil {
			t.Fatal(err)
		}
		if len(first.List) != 2 {
			t.Fatalf("%d containers, want 2", len(first.List))
		}
		for pass := range 2 * relookUnknown {
			now := steadyWorld()
			if pass > 0 {
				change(now)
			}
			got, err := live.Steady(now)
			if err != nil {
				t.Fatal(err)
			}
			want, err := NewResolver(proc, filepath.Join(proc, "none")).Resolve(now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(inWords(want, now), inWords(got, now)); diff != "" {
				t.Errorf("%s, pass %d: %s", name, pass, diff)
			}
		}
	}
}

// inWords says of each process which container it is in, and of each container who backs it.
func inWords(x *Inventory, s *procwalk.Snapshot) map[string][]int {
	is := map[string][]int{}
	for _, c := range x.List {
		is[c.Key] = append([]int{c.PID}, c.PIDs...)
	}
	for i := range s.Processes {
		p := &s.Processes[i]
		c, ok := x.Of(p)
		if ok {
			is["in "+c.Key] = append(is["in "+c.Key], p.PID)
		}
		if x.Guest(p) {
			is["guests"] = append(is["guests"], p.PID)
		}
		is["chain "+x.Chain(p).Key()] = append(is["chain "+x.Chain(p).Key()], p.PID)
	}
	return is
}

// TestSteadyAsksTheDiskInTurn: where nothing changes it is resolved again in one of relookUnknown passes, so that a
// record that an engine writes late is seen.
func TestSteadyAsksTheDiskInTurn(t *testing.T) {
	proc := filepath.Join(t.TempDir(), "proc")
	r := NewResolver(proc, filepath.Join(proc, "none"))
	resolved := 0
	var last *Inventory
	for range 4 * relookUnknown {
		x, err := r.Steady(steadyWorld())
		if err != nil {
			t.Fatal(err)
		}
		if last == nil || &x.rows[0] != &last.rows[0] {
			resolved++
		}
		last = x
	}
	if resolved != 4 {
		t.Errorf("resolved %d times in %d passes, want 4", resolved, 4*relookUnknown)
	}
}
