package meters

import (
	"strings"
	"testing"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/prometheus/procfs"
)

func TestMoreMeters(t *testing.T) {
	total, free, cached := uint64(4<<30), uint64(1<<30), uint64(1200<<20)
	m := &inventory.Moment{Snapshot: &procwalk.Snapshot{}, Machine: &detail.HostFacts{
		Memory: detail.Field[procfs.Meminfo]{Value: procfs.Meminfo{SwapTotalBytes: &total, SwapFreeBytes: &free,
			CachedBytes: &cached}},
		Pressure: map[string]detail.Field[procfs.PSIStats]{
			"cpu":    {Value: procfs.PSIStats{Some: &procfs.PSILine{Avg10: 25.4}}},
			"memory": {Err: procwalk.ErrUnsupported},
			"io":     {Value: procfs.PSIStats{Some: &procfs.PSILine{Avg10: 0.2}}},
		}}, Inventory: &inventory.Inventory{}}
	var got []string
	high := 0
	for _, one := range more(&kit.Frame{Facts: rows.Facts{Now: m}}) {
		got = append(got, one.text)
		if one.high {
			high++
		}
	}
	want := "waiting: cpu 25% io 0%|swap 3.0G/4.0G|cache 1.2G|0 containers"
	if s := strings.Join(got, "|"); s != want || high != 2 {
		t.Errorf("%q with %d that deserve a look, want %q with 2", s, high, want)
	}
	if list := more(&kit.Frame{}); len(list) != 0 {
		t.Errorf("of nothing there is %v", list)
	}
}
