package health

import (
	"strings"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/counters"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/leaktest"
	"bones/procwalk/text"

	"github.com/prometheus/procfs"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var (
	v2 = &cgroupview.Hierarchy{Version: 2, Mount: "/sys/fs/cgroup", Root: "/", Controllers: []string{"cpu",
		"memory", "pids"}}
	slice = group("/pods")
	web   = group("/pods/web")
	began = time.Date(2026, 1, 5, 3, 0, 0, 0, time.UTC)
)

func group(path string) *cgroupview.Group {
	return &cgroupview.Group{Hierarchy: v2, Path: text.New(path), Dir: text.New("/sys/fs/cgroup" + path),
		Ino: uint64(len(path))}
}

func n(value uint64) cgroupview.Reading { return cgroupview.Reading{Value: value} }

func none() cgroupview.Limit { return cgroupview.Limit{Unlimited: true} }

// world is a host with one container, where nothing is the matter.
type world struct {
	at        time.Duration // since began
	boot      time.Duration // the uptime
	sample    cgroupview.Sample
	counters  *counters.Counters
	processes []procwalk.Process
	available uint64 // of 1000 MiB
	swapFree  uint64 // of 100 MiB
	machine   func(*detail.HostFacts)
	trouble   *inventory.Trouble
	info      container.Info
}

const mib = 1 << 20

func healthy() *world {
	limit := cgroupview.Limit{Value: 100 * mib, From: web, File: "memory.max"}
	tasks := cgroupview.Limit{Value: 100, From: web, File: "pids.max"}
	w := &world{available: 500 * mib, swapFree: 100 * mib, trouble: &inventory.Trouble{VM: detail.Field[detail.VM]{}}}
	w.sample = cgroupview.Sample{Memory: n(50 * mib), MemoryUsage: n(60 * mib), MemoryLimit: limit, PIDs: n(10),
		PIDsLimit: tasks,
		SwapLimit: none(), CPULimit: cgroupview.Limit{Value: 500, From: web, File: "cpu.max"}}
	w.counters = &counters.Counters{KilledFile: text.New("/sys/fs/cgroup/pods/web/memory.events"),
		Memory: []counters.MemoryLevel{{Group: web, File: "memory.events.local", Limit: limit, Used: n(50 * mib)},
			{Group: slice, File: "memory.events.local", Limit: none()}},
		CPU:   []cgroupview.Throttle{{Group: web, Periods: 1000, Times: 10}},
		Tasks: []counters.TaskLevel{{Group: web, Limit: tasks, Used: n(10)}}, Swap: n(0)}
	w.processes = []procwalk.Process{process(1, 0, 'S'), process(10, 1, 'S'), process(11, 10, 'S')}
	return w
}

func process(pid, ppid int, state byte) procwalk.Process {
	return procwalk.Process{Stat: procwalk.Stat{PID: pid, PPID: ppid, StartTime: uint64(pid), State: state, NumThreads: 1,
		Comm: text.New("sh")}, Status: &procwalk.Status{NSpid: []int{pid}}, Cgroups: &procwalk.Cgroups{}}
}

// moment is the host at this time.
func (w *world) moment() *inventory.Moment {
	at := began.Add(w.at)
	s := &procwalk.Snapshot{Taken: at, Uptime: w.boot, Host: procwalk.Machine{MemTotal: 1000 * mib,
		HostName: "box", PageSize: 4096, TicksPerSec: 100}, Processes: w.processes}
	total, swap := uint64(1000*mib), uint64(100*mib)
	m := &inventory.Moment{Snapshot: s, Trouble: w.trouble, Machine: &detail.HostFacts{
		Memory: detail.Field[procfs.Meminfo]{Value: procfs.Meminfo{MemTotalBytes: &total, MemAvailableBytes: &w.available,
			SwapTotalBytes: &swap, SwapFreeBytes: &w.swapFree}},
		Pressure: map[string]detail.Field[procfs.PSIStats]{}}}
	for _, r := range []string{"cpu", "memory", "io"} {
		m.Machine.Pressure[r] = detail.Field[procfs.PSIStats]{Value: procfs.PSIStats{Some: &procfs.PSILine{}}}
	}
	if w.machine != nil {
		w.machine(m.Machine)
	}
	d := &inventory.Data{Containers: []inventory.ContainerData{{Container: inventory.Container{Key: "w",
		Name: text.New("web"), Runtime: container.Docker, ID: text.New(strings.Repeat("ab", 32)), PID: 10, Info: w.info}}}}
	for i := range w.processes {
		if p := &w.processes[i]; p.PID != 1 {
			d.Containers[0].PIDs = append(d.Containers[0].PIDs, p.PID)
			d.Members = append(d.Members, inventory.MemberData{ID: p.ID(), Key: "w"})
		}
	}
	m.Inventory = inventory.New(d, s)
	sample := w.sample
	sample.Time = at
	m.Usage = []inventory.Usage{{Container: m.Inventory.List[0], Process: s.Find(10), Sample: sample,
		Counters: w.counters,
		Groups:   cgroupview.Groups{List: []*cgroupview.Group{web}}}}
	return m
}

// report judges the container of moments.
func report(t *testing.T, worlds ...*world) *Report {
	t.Helper()
	return judged(t, Ask{Keys: []string{"w"}}, worlds...)
}

func judged(t *testing.T, ask Ask, worlds ...*world) *Report {
	t.Helper()
	s := NewSeries()
	for _, w := range worlds {
		s.Add(w.moment(), nil)
	}
	r, err := s.Judge(ask)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// of returns the finding of a rule; nil: there is none.
func of(r *Report, rule *Rule) *Finding {
	for i := range r.Findings {
		if r.Findings[i].Rule == rule {
			return &r.Findings[i]
		}
	}
	return nil
}

// severityOf is that of a rule's finding, None without.
func severityOf(r *Report, rule *Rule) Severity {
	if f := of(r, rule); f != nil {
		return f.Severity
	}
	return None
}

// unknown reports whether a rule was not judged.
func unknown(r *Report, rule *Rule) bool {
	for _, u := range r.Unknown {
		if u.Rule == rule {
			return true
		}
	}
	return false
}

// two are a moment and the same a time later, changed by what is given.
func two(later time.Duration, change func(w *world)) []*world {
	a, b := healthy(), healthy()
	b.at = later
	change(b)
	return []*world{a, b}
}
