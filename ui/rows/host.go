package rows

import (
	"time"

	"bones/cgroupview/inventory"
	"bones/procwalk/detail"
	"bones/procwalk/text"
)

// HostFacts are what the header says about the machine. What is not known is left zero and its Has false.
type HostFacts struct {
	HasLoad      bool
	Load         [3]float64 // over 1, 5 and 15 minutes
	HasMemory    bool
	MemTotal     uint64 // bytes
	MemAvailable uint64 // bytes
	HasCPU       bool
	CPUBusy      float64   // share of all processors between the two moments, 0 to 1
	Cores        []float64 // the same of each processor, by number; nil: not known
	Network      Flow      // through the devices that lead out of the machine
	Disks        Flow      // of the whole disks
	Hypervisor   string    // whose virtual machine this is, or "metal"; empty: not known
}

// Flow is how much goes in and out, in bytes per second: received and sent, or read and written.
type Flow struct {
	In, Out float64
	Known   bool
}

func hostFacts(before, now *inventory.Moment) (f HostFacts) {
	m := now.Machine
	if m == nil {
		return f
	}
	f.Hypervisor = m.Hypervisor
	if l := m.Load; l.Err == nil {
		f.HasLoad, f.Load = true, [3]float64{l.Value.Load1, l.Value.Load5, l.Value.Load15}
	}
	if m := m.Memory; m.Err == nil && m.Value.MemTotalBytes != nil && m.Value.MemAvailableBytes != nil {
		f.HasMemory, f.MemTotal, f.MemAvailable = true, *m.Value.MemTotalBytes, *m.Value.MemAvailableBytes
	}
	if before == nil || before.Machine == nil {
		return f
	}
	f.CPUBusy, f.HasCPU = inventory.MachineBusy(before.Machine, m)
	f.Cores = coresBusy(before.Machine.Cores, m.Cores)
	if before.Snapshot == nil || now.Snapshot == nil {
		return f
	}
	span := now.Snapshot.Uptime - before.Snapshot.Uptime // the clock on the wall may have been set
	f.Network = flow(before.Machine.Network, m.Network, span)
	f.Disks = flow(before.Machine.Disks, m.Disks, span)
	return f
}

// coresBusy is the share of each processor that was busy; nil where they are not the same, as one was switched off.
func coresBusy(before, now []detail.Core) []float64 {
	if len(now) == 0 || len(before) != len(now) {
		return nil
	}
	list := make([]float64, len(now))
	for i, c := range now {
		old := before[i]
		if old.Number != c.Number {
			return nil
		}
		// Time that was waited for a disk may run backwards: a processor that has counted less was idle.
		if c.All > old.All && c.Busy > old.Busy {
			list[i] = min(float64(c.Busy-old.Busy)/float64(c.All-old.All), 1)
		}
	}
	return list
}

// flow is how much went through devices that were there both times. A device that counts anew tells nothing.
func flow(before, now detail.Field[[]detail.Traffic], span time.Duration) (f Flow) {
	if before.Err != nil || now.Err != nil || before.Value == nil || now.Value == nil || span <= 0 {
		return f
	}
	f.Known = true
	was := make(map[text.Text]detail.Traffic, len(before.Value)) // a host may have thousands of devices
	for _, d := range before.Value {
		was[d.Name] = d
	}
	for _, d := range now.Value {
		if old, ok := was[d.Name]; ok && d.In >= old.In && d.Out >= old.Out {
			f.In += float64(d.In-old.In) / span.Seconds()
			f.Out += float64(d.Out-old.Out) / span.Seconds()
		}
	}
	return f
}
