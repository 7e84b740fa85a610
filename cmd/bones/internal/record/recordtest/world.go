package recordtest

import (
	"errors"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record"
	"bones/procwalk/text"
	"bones/ui/rows/rowstest"
)

// World writes two moments of a small host, a second apart: processes, two containers one within the other, a pod,
// groups of both versions, a machine, trouble, and something of each kind that could not be read.
func World(t testing.TB, path string) {
	t.Helper()
	Write(t, path, frame(0), frame(1))
}

func frame(second int) *record.Frame {
	f := record.FrameOf(moment(second), record.Names{User: func(uint32) string { return "ada" },
		Group: func(uint32) string { return "staff" }})
	number := 90 + 1000*second
	Fill(&f.Machine, number)
	Fill(&f.Guests, number)
	f.Guests[0].ID = f.Processes[len(f.Processes)-1].ID()
	Fill(&f.Trouble, number)
	for i := range f.Processes {
		if p := &f.Processes[i]; p.Comm.Raw() == "cc1" {
			p.State, f.Trouble.Blocked[0].ID = 'D', p.ID()
		}
	}
	for i := range f.Usage {
		u := &f.Usage[i]
		Fill(&u.Counters, number)
		c, in := u.Counters, u.Groups.List[0]
		c.Pressure[0].Resource, c.Memory[0].Group, c.CPU[0].Group, c.Tasks[0].Group = "memory", in, in, in
		c.Memory[0].Limit.From, c.Tasks[0].Limit.From = in, in
	}
	return f
}

func moment(second int) *inventory.Moment {
	s := rowstest.World(second)
	one := &cgroupview.Hierarchy{Version: 1, Controllers: []string{"memory"}, Mount: "/sys/fs/cgroup/memory", Root: "/"}
	two := &cgroupview.Hierarchy{Version: 2, Controllers: []string{"cpu", "pids"}, Mount: "/sys/fs/cgroup", Root: "/"}
	group := func(h *cgroupview.Hierarchy, path string) *cgroupview.Group {
		return &cgroupview.Group{Hierarchy: h, Path: text.New(path), Dir: text.New(h.Mount + path), Dev: 30, Ino: 4711}
	}
	outer := container.ChainEntry{Kind: container.Container, Runtime: container.Docker, ID: text.New("outer")}
	inner := container.ChainEntry{Kind: container.Container, Runtime: container.Docker, ID: text.New("inner")}
	uid := uint32(1000)
	d := &inventory.Data{Errors: []string{"a record is broken"}, Containers: []inventory.ContainerData{
		{Container: inventory.Container{Key: "a", Name: text.New("cache"), Runtime: container.Docker,
			ID: text.New("0123456789ab0123456789ab0123456789ab"), PID: 970, PIDs: []int{970, 990}, Why: "its parent is outside",
			Chain: container.Chain{outer, inner},
			Info: container.Info{Found: true, Image: text.New("memcached:1"), InitPID: 970,
				Labels: []container.Label{{Key: text.New("com.docker.compose.project"), Value: text.New("shop")}},
				Pod:    container.PodInfo{UID: text.New("u"), Name: text.New("p"), Namespace: text.New("n")},
				Errors: []error{errors.New("a file is broken")}, Evidence: []string{"the group is called so"}}},
			Keys: []string{"o", "a"}, Recorder: &uid, Own: []container.CgroupLine{{Path: text.New("/docker/x")}}},
		{Container: inventory.Container{Key: "o", PID: 1200, PIDs: []int{1200}, Runtime: container.Podman,
			Chain: container.Chain{outer}}},
	}}
	for _, pid := range []int{970, 990, 1200} {
		d.Members = append(d.Members, inventory.MemberData{ID: s.Find(pid).ID(), Key: "a", Keys: []string{"o", "a"},
			Chain: container.Chain{outer, inner}, Pause: &uid})
	}
	m := &inventory.Moment{Snapshot: s, Inventory: inventory.New(d, s)}
	none := errors.New("not permitted")
	number := func(n uint64) cgroupview.Reading { return cgroupview.Reading{Value: n} }
	for _, c := range m.Inventory.List {
		free := cgroupview.Limit{Unlimited: true}
		m.Usage = append(m.Usage, inventory.Usage{Container: c, Process: s.Find(c.PID), Groups: cgroupview.Groups{
			List: []*cgroupview.Group{group(one, "/docker/x"), group(two, "/")}, Inner: []*cgroupview.Group{group(two, "/y")},
			Errors: []cgroupview.LineError{{Line: container.CgroupLine{Path: text.New("/z")}, Err: none}}},
			Sample: cgroupview.Sample{Time: s.Taken, CPU: number(uint64(1e6 + second*125e3)), Memory: number(9 << 20),
				MemoryUsage: number(9 << 20), PIDs: number(12), ReadBytes: number(1 << 30),
				WriteBytes:  cgroupview.Reading{Err: none},
				MemoryLimit: cgroupview.Limit{Value: 100 << 20, From: group(one, "/docker"), File: "memory.max"},
				SwapLimit:   free, PIDsLimit: free, CPULimit: cgroupview.Limit{Err: none}, FrozenErr: none}})
	}
	m.Snapshot.Taken = m.Snapshot.Taken.Add(time.Duration(second) * time.Second)
	return m
}
