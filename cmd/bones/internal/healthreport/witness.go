package healthreport

import (
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cgroupview/inventory/health"
	"bones/cmd/bones/internal/watch"
	"bones/procwalk/kmsg"
	"bones/procwalk/procroot"
)

// witness adds to a series what events tell of processes that were killed for want of memory, of the time that its
// counters tell of.
func witness(series *health.Series, list []events.Event) {
	now := series.Now()
	if now == nil {
		return
	}
	for i := range list {
		e := &list[i]
		if e.Kind != events.OOM || e.PID == 0 || e.Time.After(now.Snapshot.Taken) {
			continue // a counter that rose names nobody, and the report has it from the moments
		}
		series.Saw(health.OOMKill{Time: e.Time, PID: e.PID, Name: e.Command, Group: e.Group.Raw(), Limit: e.Limit.Raw(),
			Asked: e.Asker})
	}
}

// ofLog are the kills that the kernel's log of this host has still. That it cannot be read takes nothing from what the
// counters tell.
func (g *Gatherer) ofLog(m *inventory.Moment) []events.Event {
	if g.Kills != nil {
		return g.Kills()
	}
	if procroot.Ours(g.Finder.Proc) != nil {
		return nil
	}
	log, err := kmsg.Open(kmsg.Path, true)
	if err != nil {
		return nil
	}
	defer log.Close()
	return watch.Killed(log, m)
}
