package rows

import (
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/procwalk/text"
)

func TestMemoryBar(t *testing.T) {
	const mib = 1 << 20
	n := func(v uint64) cgroupview.Reading { return cgroupview.Reading{Value: v * mib} }
	pod := &cgroupview.Group{Path: text.New("/pod")}
	full := counters.Memory{Usage: n(100), Anon: n(50), Shmem: n(10), Kernel: n(10), File: n(20), Swap: n(1),
		WorkingSet: n(95), Peak: n(120), Total: 400 * mib,
		Limit: cgroupview.Limit{Value: 200 * mib, From: pod, File: "memory.max"}, LevelUsage: n(150), Outer: true}
	own := full
	own.Outer, own.Limit.Value = false, 100*mib
	free := full
	free.Outer, free.Limit = false, cgroupview.Limit{Unlimited: true}
	little := full
	little.Anon, little.Kernel, little.File, little.Usage = n(0), n(0), n(0), n(10)
	little.Anon.Value = 1
	unread := own
	unread.File = cgroupview.Reading{Err: cgroupview.ErrUnsupported}
	for name, c := range map[string]struct {
		m     counters.Memory
		want  string
		style Style
		lines string
	}{
		"others use the same limit": {full, "[##########%%++====~~..........          ] 75 % of the limit, 200M", Warn,
			". others 50M      25 %  what other groups"},
		"its own limit, full": {own, "[####################%%%%++++========~~~~] 100 % of the limit, 100M", Bad,
			"swap 1.0M beside"},
		"no limit": {free, "[#####%+==~                              ] 25 % of the machine's memory, 400M",
			Plain, "limit none"},
		"what is there is seen": {little, "[#%............................          ] 75 % of the limit, 200M", Warn,
			"# anon 1 "},
		"what cannot be read is in other": {unread, "[####################%%%%++++~~~~~~~~~~~~] 100 % of the limit, 100M",
			Bad,
			"= file "},
	} {
		s := MemorySection(&c.m, 40)
		var all []string
		for _, l := range s.Lines {
			all = append(all, l.Label+" "+l.Value)
		}
		if s.Lines[0].Value != c.want || s.Lines[0].Style != c.style || !strings.Contains(strings.Join(all, "\n"), c.lines) {
			t.Errorf("%s:\n%s\nwant %s, style %d, and %q", name, strings.Join(all, "\n"), c.want, c.style, c.lines)
		}
		for _, width := range []int{1, 3, 200} {
			if bar := MemoryBar(&c.m, width); len(bar) != width+2 {
				t.Errorf("%s: %d cells: %q", name, width, bar)
			}
		}
	}
}
