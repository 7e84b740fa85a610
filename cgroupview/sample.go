package cgroupview

import (
	"time"
)

// Reading is a number that was read, or why it was not.
type Reading struct {
	Value uint64
	Err   error
}

// Limit is the least of the limits of a group and those around it.
type Limit struct {
	Value     uint64
	Unlimited bool
	From      *Group // whose limit it is; nil if unlimited
	Err       error
}

// Sample is what a container uses at one moment: what is read at each refresh.
type Sample struct {
	Time        time.Time
	CPU         Reading // microseconds of processor time since the group was made
	Memory      Reading // bytes, without the inactive page cache, as `docker stats` counts
	MemoryUsage Reading // bytes that count against the limit
	MemoryLimit Limit   // bytes
	PIDs        Reading // tasks: threads count too
	PIDsLimit   Limit
	ReadBytes   Reading // from block devices
	WriteBytes  Reading
	Frozen      bool // cgroup.events or freezer.state say so
	FrozenErr   error
}

// Sample reads what the groups of a container use. total is the machine's memory in bytes: a limit above it is none.
func (h *Host) Sample(g Groups, total uint64) Sample { panic("to be written") }

// CPUPercent is the share of processor time between two samples, 100 for one processor; false if it cannot be told.
func CPUPercent(old, now Sample) (percent float64, ok bool) { panic("to be written") }

// Effective returns the limit that binds a group in one file ("memory.max", "memory.limit_in_bytes", "pids.max"): the
// least of it and those around it.
func (h *Host) Effective(g *Group, file string) Limit { panic("to be written") }

// Health is what tells that a container is in trouble.
type Health struct {
	Events    []Event    // memory.events, pids.events, memory.oom_control, memory.failcnt: oom, oom_kill, max, ...
	Pressure  []Pressure // of cpu, memory and io
	Throttled Reading    // periods in which it was throttled, of Periods
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

// Pressure is one line of a pressure file: shares of time in percent in which some or all tasks waited.
//
// Source: Documentation/accounting/psi.rst.
type Pressure struct {
	Resource             string // cpu, memory, io
	Full                 bool   // all tasks waited, not only some
	Avg10, Avg60, Avg300 float64
	TotalMicros          uint64
}

// Health reads it.
func (h *Host) Health(g Groups) Health { panic("to be written") }

// Statistic is one number of those that containerd/cgroups gathers, by a dotted name: memory.anon.
type Statistic struct {
	Name  string
	Unit  string
	Value uint64
}

// Statistics reads the many numbers that are not read at each refresh, through containerd/cgroups/v3.
func (h *Host) Statistics(g Groups) ([]Statistic, error) { panic("to be written") }
