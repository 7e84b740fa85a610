package inventory

import (
	"fmt"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
	"bones/procwalk/virt/machines"
)

// GuestOf is the virtual machine that a process is; nil: it is none, or nobody looked.
func (m *Moment) GuestOf(id procwalk.ID) *machines.GuestProcess {
	if m == nil {
		return nil
	}
	for i := range m.Guests {
		if m.Guests[i].ID == id {
			return &m.Guests[i]
		}
	}
	return nil
}

// GuestUsage is what the virtual machines of a moment use, in its order of Guests and in the form of containers, so
// that they can stand beside those. What they use is what their processes do: the memory of a guest is part of that.
func (m *Moment) GuestUsage() []Usage {
	var used []Usage
	for i := range m.Guests {
		g := &m.Guests[i]
		p := m.Snapshot.FindID(g.ID)
		if p == nil {
			continue
		}
		c := &Container{Key: fmt.Sprintf("vm:%d:%d", g.ID.PID, g.ID.Start), Name: g.Label(), PID: p.PID, PIDs: []int{p.PID},
			Runtime: container.Runtime("vm"), Chain: container.Chain{{Kind: container.VM}}, Why: "it is the machine",
			Info: container.Info{Image: text.New(g.Guest.Monitor), Evidence: []string{g.Guest.Evidence}}}
		s := cgroupview.UnknownSample(errOfProcess)
		s.Time = m.Snapshot.Taken
		s.Memory = cgroupview.Reading{Value: p.RSS * m.Snapshot.Host.PageSize}
		s.PIDs = cgroupview.Reading{Value: uint64(max(p.NumThreads, 0))}
		if m.Snapshot.Host.TicksPerSec > 0 {
			s.CPU = cgroupview.Reading{Value: uint64(m.Snapshot.Host.Ticks(p.UTime+p.STime) / time.Microsecond)}
		}
		used = append(used, Usage{Container: c, Process: p, Sample: s})
	}
	return used
}

// errOfProcess is why no group tells what a virtual machine uses.
var errOfProcess = fault.New(fault.Unsupported, "no control group counts this for a virtual machine")
