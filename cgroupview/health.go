package cgroupview

import (
	"strconv"
	"strings"

	"bones/cgroupview/spec"
)

// Health is what tells that a container is in trouble.
type Health struct {
	Events    []EventCounter  // memory.events, pids.events, memory.oom_control, memory.failcnt: oom, oom_kill, max, ...
	Pressure  []spec.Pressure // of cpu, memory and io
	Throttled []Throttle      // by each level that has a quota, the innermost first
}

// Throttle is how often the quota of one group kept what is in it and below from running.
//
// Source: Documentation/scheduler/sched-bwc.rst, "Statistics": a group counts only what its own quota does.
type Throttle struct {
	Group   *Group
	Periods uint64 // that had something to run
	Times   uint64 // of these periods those in which the quota was used up
	Waited  uint64 // microseconds
}

// EventCounter is a counter of something that happened to a group.
type EventCounter struct {
	Group *Group
	File  string
	Name  string
	Count uint64
}

// Health reads it. What the kernel does not have is left out.
func (h *FileSystem) Health(g Groups) Health {
	r := reader{buf: make([]byte, 16384)}
	var health Health
	for _, x := range g.Inner { // the counters of version 1 are those of one level alone
		if n := r.number(x, "memory.failcnt"); n.Err == nil {
			health.Events = append(health.Events, EventCounter{x, "memory.failcnt", "limit reached", n.Value})
		}
	}
	for _, x := range g.List {
		for _, file := range []string{"memory.events", "pids.events", "memory.oom_control"} {
			b, err := r.file(x, file)
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(b)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
				if n, err := strconv.ParseUint(value, 10, 64); err == nil && name != "oom_kill_disable" {
					health.Events = append(health.Events, EventCounter{x, file, name, n})
				}
			}
		}
		if n := r.number(x, "memory.failcnt"); n.Err == nil {
			health.Events = append(health.Events, EventCounter{x, "memory.failcnt", "limit reached", n.Value})
		}
		for _, resource := range []string{"cpu", "memory", "io"} {
			if b, err := r.file(x, resource+".pressure"); err == nil {
				health.Pressure = append(health.Pressure, spec.ParsePressure(resource, string(b))...)
			}
		}
	}
	health.Throttled = h.throttled(&r, g.Innermost("cpu"))
	return health
}

// throttled asks each level from a group upwards.
func (h *FileSystem) throttled(r *reader, g *Group) (list []Throttle) {
	for ; g != nil; g, _ = h.Parent(g) {
		b, err := r.file(g, "cpu.stat")
		if err != nil {
			continue
		}
		t := Throttle{Group: g}
		t.Periods, _ = spec.FlatKey(b, "nr_periods")
		t.Times, _ = spec.FlatKey(b, "nr_throttled")
		if t.Waited, _ = spec.FlatKey(b, pick(g, "throttled_time", "throttled_usec")); g.Hierarchy.Version == 1 {
			t.Waited /= 1000 // nanoseconds there
		}
		if t.Periods > 0 {
			list = append(list, t)
		}
	}
	return list
}
