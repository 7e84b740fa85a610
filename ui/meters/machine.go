package meters

import (
	"fmt"

	"bones/cgroupview/container"
	"bones/ui/rows"
)

// pressing is how much of the last ten seconds, in percent, something had to wait that deserves a look.
const pressing = 10

func (m *machine) pressure(bool) []part {
	now := m.f.Now
	if now == nil || now.Machine == nil {
		return nil
	}
	var list []part
	for _, what := range []string{"cpu", "memory", "io"} {
		psi, ok := now.Machine.Pressure[what]
		if !ok || psi.Err != nil || psi.Value.Some == nil {
			continue
		}
		if len(list) == 0 {
			list = append(list, say("waiting:"))
		}
		one := say(" %s %.0f%%", what, psi.Value.Some.Avg10)
		if psi.Value.Some.Avg10 >= pressing {
			one.style = rows.Warn
		}
		list = append(list, one)
	}
	return list
}

func (m *machine) swap(bool) []part {
	if m.f.Now == nil || m.f.Now.Machine == nil || m.f.Now.Machine.Memory.Err != nil {
		return nil
	}
	v := &m.f.Now.Machine.Memory.Value
	total, free := v.SwapTotalBytes, v.SwapFreeBytes
	if total == nil || free == nil || *total == 0 {
		return nil
	}
	used := *total - min(*free, *total)
	return []part{{text: "swap " + rows.Size(used) + "/" + rows.Size(*total),
		style: loaded(float64(used) / float64(*total))}}
}

func (m *machine) cache(bool) []part {
	if m.f.Now == nil || m.f.Now.Machine == nil || m.f.Now.Machine.Memory.Err != nil {
		return nil
	}
	if v := m.f.Now.Machine.Memory.Value.CachedBytes; v != nil {
		return []part{say("cache %s", rows.Size(*v))}
	}
	return nil
}

// containers counts them by state. What is frozen is known only where their use is read: in view 2.
func (m *machine) containers(bool) []part {
	now := m.f.Now
	if now == nil || now.Inventory == nil {
		return nil
	}
	frozen := 0
	for i := range now.Usage {
		if now.Usage[i].Sample.Frozen {
			frozen++
		}
	}
	running := -frozen
	for _, c := range now.Inventory.List {
		if !c.Sandbox() {
			running++
		}
	}
	list := []part{say("containers: %d running", max(running, 0))}
	if frozen > 0 {
		list = append(list, part{text: fmt.Sprintf(", %d frozen", frozen), style: rows.Warn})
	}
	list = append(list, ended(m.ended)...)
	switch n := len(now.Guests); {
	case now.MoreGuests:
		list = append(list, part{text: fmt.Sprintf(", %d vm, perhaps more", n), style: rows.Warn})
	case n > 0:
		list = append(list, say(", %d vm", n))
	}
	return list
}

// ended are the numbers of containers that do not run, by state. Those that their engine starts again and again, and
// those that ended for want of memory, deserve a look.
func ended(all []container.Stopped) (list []part) {
	var exited, oom, restarting, created int
	for _, c := range all {
		switch {
		case c.Created:
			created++
		case c.Restarting:
			restarting++
		default:
			if exited++; c.OOM {
				oom++
			}
		}
	}
	if restarting > 0 {
		list = append(list, part{text: fmt.Sprintf(", %d restarting", restarting), style: rows.Warn})
	}
	if exited > 0 {
		list = append(list, say(", %d exited", exited))
	}
	if oom > 0 {
		list = append(list, part{text: fmt.Sprintf(" (%d oom)", oom), style: rows.Warn})
	}
	if created > 0 {
		list = append(list, say(", %d created", created))
	}
	return list
}
