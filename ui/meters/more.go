package meters

import (
	"fmt"
	"strings"

	"bones/ui/kit"
	"bones/ui/rows"
)

// meter is one thing that the header says where there is room.
type meter struct {
	text string
	high bool // it deserves a look
}

// pressing is how much of the last ten seconds, in percent, something had to wait that deserves a look.
const pressing = 10

// more are the meters behind the bars and counts, the most telling first: pressure, swap, cache, containers by state.
func more(f *kit.Frame) []meter {
	var list []meter
	if m := f.Now; m != nil && m.Machine != nil {
		var waits []string
		high := false
		for _, what := range []string{"cpu", "memory", "io"} {
			psi, ok := m.Machine.Pressure[what]
			if !ok || psi.Err != nil || psi.Value.Some == nil {
				continue
			}
			waits = append(waits, fmt.Sprintf("%s %.0f%%", what, psi.Value.Some.Avg10))
			high = high || psi.Value.Some.Avg10 >= pressing
		}
		if len(waits) > 0 {
			list = append(list, meter{"waiting: " + strings.Join(waits, " "), high})
		}
		if mem := m.Machine.Memory; mem.Err == nil {
			v := &mem.Value
			if total, free := v.SwapTotalBytes, v.SwapFreeBytes; total != nil && free != nil && *total > 0 {
				used := *total - min(*free, *total)
				list = append(list, meter{"swap " + rows.Size(used) + "/" + rows.Size(*total), used > *total/2})
			}
			if v.CachedBytes != nil {
				list = append(list, meter{"cache " + rows.Size(*v.CachedBytes), false})
			}
		}
	}
	if m := f.Now; m != nil && m.Inventory != nil {
		frozen := 0
		for i := range m.Usage {
			if m.Usage[i].Sample.Frozen {
				frozen++
			}
		}
		running := 0
		for _, c := range m.Inventory.List {
			if !c.Sandbox() {
				running++
			}
		}
		s := kit.Plural(running, "container", "containers")
		if frozen > 0 {
			s += fmt.Sprintf(", %d frozen", frozen)
		}
		list = append(list, meter{s, false})
	}
	return list
}
