package counters

import (
	"errors"
	"path"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/text"
)

// readMemory reads what the memory controller counts.
func (r *Reader) readMemory(c *Counters, g cgroupview.Groups) {
	own := g.With("memory")
	if own == nil {
		none := cgroupview.Reading{Err: cgroupview.ErrUnsupported}
		c.Killed, c.Swap, c.MajorFaults, c.Peak = none, none, none, none
		return
	}
	within := true // at the container's own group, or below it
	var sum cgroupview.Reading
	for _, at := range r.upwards(g.Innermost("memory")) {
		level := r.memoryLevel(at)
		if !errors.Is(level.Hits.Err, cgroupview.ErrUnsupported) || !errors.Is(level.Kills.Err, cgroupview.ErrUnsupported) {
			c.Memory = append(c.Memory, level)
		}
		if within && sum.Err == nil {
			sum.Value += level.Kills.Value
			sum.Err = level.Kills.Err
		}
		if at == own || at.Path == own.Path {
			within = false
		}
	}
	file := "memory.oom_control"
	if c.Killed = sum; own.Hierarchy.Version == 2 {
		file = "memory.events"
		c.Killed = r.keyed(own, file, "oom_kill")
	}
	c.KilledFile = text.New(path.Join(own.Dir.Raw(), file))
	stat, err := r.current(own, "memory.stat")
	fault, swap := "pgmajfault", ""
	if own.Hierarchy.Version == 1 {
		fault, swap = "total_pgmajfault", "total_swap"
	}
	c.MajorFaults, c.Swap = cgroupview.Reading{Err: err}, cgroupview.Reading{Err: err}
	if err == nil {
		c.MajorFaults = keyOf(stat, fault)
		if swap != "" {
			c.Swap = keyOf(stat, swap)
		}
	}
	if own.Hierarchy.Version == 2 {
		c.Swap, c.Peak = r.number(own, "memory.swap.current"), r.number(own, "memory.peak")
		return
	}
	c.Peak = r.number(own, "memory.max_usage_in_bytes")
}

// memoryLevel reads what one group counts, once in a pass.
func (r *Reader) memoryLevel(g *cgroupview.Group) MemoryLevel {
	if l, ok := r.memory[g]; ok {
		return l
	}
	l := MemoryLevel{Group: g}
	if g.Hierarchy.Version == 1 {
		l.File = "memory.failcnt"
		l.Hits, l.Kills = r.number(g, l.File), r.keyed(g, "memory.oom_control", "oom_kill")
		r.both(&l)
	} else {
		l.File = "memory.events.local"
		b, err := r.current(g, l.File)
		if err != nil {
			l.Hits.Err, l.Kills.Err = err, err
		} else {
			l.Hits, l.Kills = keyOf(b, "max"), keyOf(b, "oom_kill")
		}
	}
	if l.Limit = r.pass.Own(g, cgroupview.Memory); l.Limit.Err == nil && !l.Limit.Unlimited {
		l.Used = r.workingSet(g)
	}
	r.memory[g] = l
	return l
}

// both looks at the limit of memory and swap together, of version 1. It is charged first: where it is no higher than that
// of memory, only this one is reached. Kernels since 6.12 do not count that, but the most that was used tells it.
func (r *Reader) both(l *MemoryLevel) {
	failed := r.number(l.Group, "memory.memsw.failcnt")
	if failed.Err != nil || l.Hits.Err != nil {
		return
	}
	if l.Hits.Value += failed.Value; l.Hits.Value > 0 {
		if l.Hits.Value == failed.Value {
			l.File = "memory.memsw.failcnt"
		}
		return
	}
	most, limit := r.number(l.Group, mostBoth), r.number(l.Group, "memory.memsw.limit_in_bytes")
	if most.Err == nil && limit.Err == nil && limit.Value < cgroupview.UnlimitedV1 &&
		most.Value+min(hugePage, limit.Value/16) >= limit.Value {
		l.Full, l.File = true, mostBoth
	}
}

// mostBoth has the most that was used of memory and swap together.
const mostBoth = "memory.memsw.max_usage_in_bytes"

// hugePage is the most, in bytes, that is charged at once: as much may have been missing when the limit was reached.
const hugePage = 2 << 20

// workingSet is what a group uses without the inactive page cache, as cgroupview.Sample counts it.
func (r *Reader) workingSet(g *cgroupview.Group) cgroupview.Reading {
	usage, inactive := "memory.current", "inactive_file"
	if g.Hierarchy.Version == 1 {
		usage, inactive = "memory.usage_in_bytes", "total_inactive_file"
	}
	used := r.number(g, usage)
	cache := r.keyed(g, "memory.stat", inactive)
	switch {
	case used.Err != nil:
		return used
	case cache.Err != nil:
		return cache
	}
	used.Value -= min(used.Value, cache.Value)
	return used
}

// readCPU reads, for each level with a quota, how often it was used up.
//
// Source: Documentation/scheduler/sched-bwc.rst, "Statistics": a group counts only what its own quota does.
func (r *Reader) readCPU(c *Counters, g cgroupview.Groups) {
	in := g.Innermost("cpu")
	if in == nil {
		c.CPUErr = cgroupview.ErrUnsupported
	}
	for _, at := range r.upwards(in) {
		q, known := r.cpu[at]
		if !known {
			q = r.quota(at)
			r.cpu[at] = q
		}
		switch {
		case q.err != nil:
			c.CPUErr = q.err
		case q.throttle.Periods > 0:
			c.CPU = append(c.CPU, q.throttle)
		}
	}
}

func (r *Reader) quota(g *cgroupview.Group) quota {
	q := quota{throttle: cgroupview.Throttle{Group: g}}
	b, err := r.current(g, "cpu.stat")
	if errors.Is(err, cgroupview.ErrUnsupported) { // the root of version 1
		return q
	}
	if err != nil {
		q.err = err
		return q
	}
	q.throttle.Periods, _ = spec.FlatKey(b, "nr_periods")
	q.throttle.Times, _ = spec.FlatKey(b, "nr_throttled")
	if g.Hierarchy.Version == 2 {
		q.throttle.Waited, _ = spec.FlatKey(b, "throttled_usec")
	} else {
		nano, _ := spec.FlatKey(b, "throttled_time")
		q.throttle.Waited = nano / 1000
	}
	return q
}

func (r *Reader) taskLevel(g *cgroupview.Group) TaskLevel {
	l, known := r.tasks[g]
	if !known {
		l = TaskLevel{Group: g, Refused: r.keyed(g, "pids.events", "max"), Limit: r.pass.Own(g, cgroupview.Tasks)}
		if l.Limit.Err == nil && !l.Limit.Unlimited {
			l.Used = r.number(g, "pids.current")
		}
		r.tasks[g] = l
	}
	return l
}

// readPressure reads the pressure of the container's own group. Of version 1 there is none: the groups in its place in
// the unified hierarchy of a hybrid host hold the same processes, and tell it.
func (r *Reader) readPressure(c *Counters, g cgroupview.Groups) {
	c.PressureErr = cgroupview.ErrUnsupported
	own := g.V2()
	if own == nil || own.Path.Raw() == "/" { // that of the host
		return
	}
	for _, resource := range []string{"cpu", "memory", "io"} {
		b, err := r.current(own, resource+".pressure")
		if err != nil {
			c.PressureErr = err
			continue
		}
		c.Pressure = append(c.Pressure, spec.ParsePressure(resource, string(b))...)
	}
	if len(c.Pressure) > 0 {
		c.PressureErr = nil
	}
}
