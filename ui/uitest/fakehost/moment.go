package fakehost

import (
	"errors"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/counters"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/health"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/text"
	"bones/procwalk/virt"
	"bones/procwalk/virt/machines"

	"github.com/prometheus/procfs"
)

// cpuTime is what the container has used, in microseconds, and cpuStep what it uses in a second.
const cpuTime, cpuStep = 1_000_000, 125_000

// Moment is what is known of the host at the time of a snapshot: a container, a hostile one, and a sandbox.
func (h *FakeHost) Moment(s *procwalk.Snapshot) *inventory.Moment {
	all, available := uint64(8<<30), uint64(6<<30)
	m := &inventory.Moment{Snapshot: s, Machine: &detail.HostFacts{
		Load:   detail.Field[procfs.LoadAvg]{Value: procfs.LoadAvg{Load1: 0.1, Load5: 0.2, Load15: 0.3}},
		Memory: detail.Field[procfs.Meminfo]{Value: procfs.Meminfo{MemTotalBytes: &all, MemAvailableBytes: &available}},
		CPU:    detail.Field[procfs.CPUStat]{Err: errors.New("not read")},
	}}
	m.Inventory = inventory.New(h.data(s), s)
	for _, c := range m.Inventory.List {
		u := inventory.Usage{Container: c, Process: s.Find(c.PID)}
		if c.Key == "a" {
			u.Groups = cgroupview.Groups{List: []*cgroupview.Group{Group(MemoryV1, cacheGroup)}}
			u.Counters = h.counters()
		}
		u.Sample = h.sample(c.Key, s.Taken)
		m.Usage = append(m.Usage, u)
	}
	if p := s.Find(h.Machine); p != nil && h.Machine > 0 {
		m.Guests = []machines.GuestProcess{{ID: p.ID(),
			Guest: virt.Guest{Monitor: "QEMU", Name: text.New("guest" + HostileName),
				VCPUs: 2, Memory: 1 << 30, Accelerated: true, Evidence: "it holds 2 virtual processors of KVM"}}}
	}
	return m
}

// before is the moment a second before that of a snapshot, whose table is another: the container's rate is always
// known.
func (h *FakeHost) before(m *inventory.Moment) *inventory.Moment {
	b := &inventory.Moment{Snapshot: h.Last}
	if u := m.UsageOf("a"); u != nil {
		old := *u
		old.Sample.Time = u.Sample.Time.Add(-time.Second)
		old.Sample.CPU.Value -= cpuStep
		b.Usage = []inventory.Usage{old}
	}
	return b
}

func (h *FakeHost) sample(key string, at time.Time) cgroupview.Sample {
	number := func(n uint64) cgroupview.Reading { return cgroupview.Reading{Value: n} }
	none := errors.New("not \x1b permitted")
	broken := cgroupview.Reading{Err: none}
	switch key {
	case "a":
		return cgroupview.Sample{Time: at, CPU: number(cpuTime), Memory: number(h.Usage), MemoryUsage: number(h.Usage),
			PIDs:        number(12),
			MemoryLimit: cgroupview.Limit{Value: 100 << 20, From: Group(MemoryV1, cacheGroup)},
			SwapLimit:   cgroupview.Limit{Unlimited: true},
			PIDsLimit:   cgroupview.Limit{Unlimited: true},
			CPULimit:    cgroupview.Limit{Value: 1500, From: Group(MemoryV1, "/docker")}}
	case "b":
		return cgroupview.Sample{Memory: broken, PIDs: broken, CPU: broken, MemoryUsage: broken,
			MemoryLimit: cgroupview.Limit{Err: none}, PIDsLimit: cgroupview.Limit{Err: none},
			SwapLimit: cgroupview.Limit{Err: none}, CPULimit: cgroupview.Limit{Err: none}}
	}
	free := cgroupview.Limit{Unlimited: true}
	return cgroupview.Sample{Frozen: true, Memory: number(5), MemoryLimit: free, SwapLimit: free, PIDsLimit: free,
		CPULimit: free}
}

// data are the containers that have a process in the snapshot.
func (h *FakeHost) data(s *procwalk.Snapshot) *inventory.Data {
	d := &inventory.Data{}
	add := func(c inventory.Container) {
		if s.Find(c.PID) != nil {
			d.Containers = append(d.Containers, inventory.ContainerData{Container: c})
		}
	}
	hostile := text.New(HostileName)
	add(inventory.Container{Key: "c", PID: 801, PIDs: []int{801}, Chain: container.Chain{{Kind: container.Sandbox}}})
	add(inventory.Container{Key: "a", Name: text.New("cache"), Runtime: container.Docker,
		ID:  text.New(strings.Repeat("0123456789abcdef", 4)),
		PID: 970, PIDs: []int{970, 990}, Why: "the engine recorded it",
		Info: container.Info{Image: text.New(h.Image), Evidence: []string{"the group's name is that of a docker container"}},
		Chain: container.Chain{{Kind: container.Container, Runtime: container.Docker, ID: text.New("outer")},
			{Kind: container.Container, Runtime: container.Docker, ID: text.New("inner")}}})
	add(inventory.Container{Key: "b", Name: hostile, Runtime: container.Podman, PID: 1200, PIDs: []int{1200},
		Info: container.Info{Image: hostile, Pod: container.PodInfo{Name: hostile}}})
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Cgroups != nil && len(p.Cgroups.Lines) > 0 && strings.HasPrefix(p.Cgroups.Lines[0].Path.Raw(), "/docker/") {
			d.Members = append(d.Members, inventory.MemberData{ID: p.ID(), Key: "a"})
		}
	}
	return d
}

// counters are those of the container: three of its processes were killed.
func (h *FakeHost) counters() *counters.Counters {
	number := func(n uint64) cgroupview.Reading { return cgroupview.Reading{Value: n} }
	group := Group(MemoryV1, cacheGroup)
	none := cgroupview.ErrUnsupported
	return &counters.Counters{Killed: number(3), KilledFile: text.New(group.Dir.Raw() + "/memory.oom_control"),
		Memory: []counters.MemoryLevel{{Group: group, Hits: number(12), Kills: number(3), File: "memory.failcnt",
			Limit: cgroupview.Limit{Value: 100 << 20, From: group, File: "memory.limit_in_bytes"}, Used: number(h.Usage)}},
		CPUErr: none, Swap: cgroupview.Reading{Err: none}, MajorFaults: number(7), Peak: number(100 << 20),
		PressureErr: none}
}

// Health judges the container of this key, the process, or with neither all there is.
func (h *FakeHost) Health(key string, process procwalk.ID) (*health.Report, error) {
	if h.Last == nil {
		return nil, health.ErrNoMoment
	}
	s := health.NewSeries()
	s.Add(h.Moment(h.Last), nil)
	ask := health.Ask{Process: process, Name: text.New("PID")}
	if key != "" {
		ask.Keys = []string{key}
	}
	return s.Judge(ask)
}
