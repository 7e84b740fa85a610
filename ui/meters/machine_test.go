package meters

import (
	"strings"
	"testing"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/prometheus/procfs"
)

// said is what the meters say at full length, and how many of their parts deserve a look.
func said(f *kit.Frame, cpus int) (text string, high int) {
	if f.Snap == nil {
		f.Snap = &procwalk.Snapshot{}
	}
	f.Snap.Host.CPUs = cpus
	var list []string
	m := &machine{f: f, bar: 4, full: "|", empty: " "}
	for _, one := range All() {
		s := ""
		for _, p := range one.make(m, false) {
			if s += p.text; p.style == rows.Warn || p.style == rows.Bad {
				high++
			}
		}
		if s != "" {
			list = append(list, s)
		}
	}
	return strings.Join(list, "|"), high
}

func TestMeters(t *testing.T) {
	total, free, cached := uint64(4<<30), uint64(1<<30), uint64(1200<<20)
	m := &inventory.Moment{Snapshot: &procwalk.Snapshot{}, Machine: &detail.HostFacts{
		Memory: detail.Field[procfs.Meminfo]{Value: procfs.Meminfo{SwapTotalBytes: &total, SwapFreeBytes: &free,
			CachedBytes: &cached}},
		Pressure: map[string]detail.Field[procfs.PSIStats]{
			"cpu":    {Value: procfs.PSIStats{Some: &procfs.PSILine{Avg10: 25.4}}},
			"memory": {Err: procwalk.ErrUnsupported},
			"io":     {Value: procfs.PSIStats{Some: &procfs.PSILine{Avg10: 0.2}}},
		}}, Inventory: &inventory.Inventory{}}
	f := &kit.Frame{Facts: rows.Facts{Now: m, Host: rows.HostFacts{
		HasCPU: true, CPUBusy: 0.5, HasLoad: true, Load: [3]float64{8, 2, 1}, HasMemory: true, MemTotal: 8 << 30,
		MemAvailable: 6 << 30, Cores: []float64{0, 1, 0.5, 0}, Network: rows.Flow{In: 2 << 20, Out: 1024, Known: true},
		Disks: rows.Flow{Known: true}}}}
	got, high := said(f, 4)
	want := "CPU [||  ] 50.0% of 4 CPU|cores ▁█▅▁ max 100% (1)|Mem [|   ] 2.0G/8.0G|load 8.00 2.00 1.00|swap 3.0G/4.0G|" +
		"cache 1.2G|waiting: cpu 25% io 0%|net ↓2.0M/s ↑1.0K/s|disk r 0/s    w 0/s   |containers: 0 running|" +
		"0 processes, 0 threads, 0 running"
	if got != want || high != 4 {
		t.Errorf("%q with %d that deserve a look, want %q with 4", got, high, want)
	}
	code := 1
	var ends string
	for _, p := range ended([]container.Stopped{{Exit: &code, OOM: true}, {Exit: &code}, {Created: true},
		{Exit: &code, Restarting: true}, {}}) {
		ends += p.text
	}
	if ends != ", 1 restarting, 3 exited (1 oom), 1 created" {
		t.Errorf("of those that do not run it says %q", ends)
	}
	if got, _ := said(&kit.Frame{}, 1); got != "CPU [    ] -.-% of 1 CPU|0 processes, 0 threads, 0 running" {
		t.Errorf("of nothing there is %q", got)
	}
}

// TestCoresFold: above eight processors each cell is a group of them, whatever their number; the hottest is named.
func TestCoresFold(t *testing.T) {
	for _, n := range []int{2, 8, 9, 64, 100} {
		all := make([]float64, n)
		all[n-1] = 1
		s, _ := said(&kit.Frame{Facts: rows.Facts{Host: rows.HostFacts{Cores: all}}}, n)
		cells := []rune(strings.TrimPrefix(strings.Split(s, "|")[1], "cores "))
		if at := strings.IndexRune(string(cells), ' '); at < 0 {
			t.Fatalf("%d processors: %q", n, s)
		}
		bars, max, _ := strings.Cut(string(cells), " ")
		if got := len([]rune(bars)); got != min(n, 8) || !strings.HasPrefix(max, "max 100%") {
			t.Errorf("%d processors have %d cells, %q", n, got, max)
		}
	}
}

// TestMetersStandStill: however busy the processors are, what stands behind them stays where it is, and is not sent to
// the terminal again.
func TestMetersStandStill(t *testing.T) {
	widths := map[int]bool{}
	for _, busy := range []float64{0, 0.004, 0.051, 0.0996, 0.5, 0.9996, 1} {
		for at := range 12 {
			all := make([]float64, 12)
			all[at] = busy
			s, _ := said(&kit.Frame{Facts: rows.Facts{Host: rows.HostFacts{HasCPU: true, CPUBusy: busy, Cores: all}}}, 12)
			widths[kit.Width(s)] = true
		}
	}
	if len(widths) != 1 {
		t.Errorf("the meters of processors are of %d widths: %v", len(widths), widths)
	}
}

// TestChosenMeters: the user's choice and order count; what is no meter is left out.
func TestChosenMeters(t *testing.T) {
	h := &Header{Meters: []string{"load", "cpu"}}
	s := NewSetup(h, func(string) {})
	if s.list[0].Name != "load" || !s.list[1].on || s.list[2].on || len(s.list) != len(All()) {
		t.Fatalf("the setup begins with %+v", s.list[:3])
	}
	s.swap(1)
	if strings.Join(h.Meters, " ") != "cpu load" {
		t.Errorf("after a swap there are %v", h.Meters)
	}
	s.toggle()
	s.at = 0
	s.toggle()
	if list := chosen(h.Meters); len(list) != 0 || !Known(h.Meters[0]) {
		t.Errorf("where none is wanted there are %v", h.Meters)
	}
	s.list = NewSetup(&Header{}, nil).list
	s.apply()
	if h.Meters != nil {
		t.Errorf("all of them in order are %v", h.Meters)
	}
}
