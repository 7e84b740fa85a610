package cgroupview

import (
	"bones/cgroupview/spec"
	"strconv"
	"strings"
)

// Health is what tells that a container is in trouble.
type Health struct {
	Events    []Event         // memory.events, pids.events, memory.oom_control, memory.failcnt: oom, oom_kill, max, ...
	Pressure  []spec.Pressure // of cpu, memory and io
	Throttled Reading         // periods in which it was throttled, of Periods
	Periods   Reading
	Waited    Reading // microseconds that it was throttled
}

// Event is a counter of something that happened to a group.
type Event struct {
	Group *Group
	File  string
	Name  string
	Count uint64
}

// Health reads it. What the kernel does not have is left out.
func (h *FileSystem) Health(g Groups) Health {
	r := reader{buf: make([]byte, 16384)}
	health := Health{Throttled: Reading{Err: ErrUnsupported}, Periods: Reading{Err: ErrUnsupported},
		Waited: Reading{Err: ErrUnsupported}}
	for _, x := range g.List {
		for _, file := range []string{"memory.events", "pids.events", "memory.oom_control"} {
			b, err := r.file(x, file)
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(b)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
				if n, err := strconv.ParseUint(value, 10, 64); err == nil && name != "oom_kill_disable" {
					health.Events = append(health.Events, Event{x, file, name, n})
				}
			}
		}
		if n := r.number(x, "memory.failcnt"); n.Err == nil {
			health.Events = append(health.Events, Event{x, "memory.failcnt", "limit reached", n.Value})
		}
		for _, resource := range []string{"cpu", "memory", "io"} {
			if b, err := r.file(x, resource+".pressure"); err == nil {
				health.Pressure = append(health.Pressure, spec.ParsePressure(resource, string(b))...)
			}
		}
	}
	if c := g.With("cpu"); c != nil {
		health.Throttled, health.Periods = r.keyed(c, "cpu.stat", "nr_throttled"), r.keyed(c, "cpu.stat", "nr_periods")
		if health.Waited = r.keyed(c, "cpu.stat", pick(c, "throttled_time", "throttled_usec")); c.Hierarchy.Version == 1 {
			health.Waited.Value /= 1000 // nanoseconds there
		}
	}
	return health
}
