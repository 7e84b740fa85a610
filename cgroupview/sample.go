package cgroupview

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
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
func (h *Host) Sample(g Groups, total uint64) Sample {
	s := Sample{Time: time.Now()}
	r := reader{buf: make([]byte, 8192)}
	s.CPU = r.cpu(g)
	s.Memory, s.MemoryUsage = r.memory(g.With("memory"))
	s.MemoryLimit = unsupportedLimit
	if m := g.With("memory"); m != nil {
		s.MemoryLimit = h.Effective(m, pick(m, "memory.limit_in_bytes", "memory.max"))
		if !s.MemoryLimit.Unlimited && s.MemoryLimit.Err == nil && total > 0 && s.MemoryLimit.Value > total {
			s.MemoryLimit = Limit{Unlimited: true}
		}
	}
	s.PIDs, s.PIDsLimit = Reading{Err: ErrUnsupported}, unsupportedLimit
	if p := g.With("pids"); p != nil {
		s.PIDs = r.number(p, "pids.current")
		s.PIDsLimit = h.Effective(p, "pids.max")
	}
	s.ReadBytes, s.WriteBytes = r.block(g)
	s.Frozen, s.FrozenErr = r.frozen(g)
	return s
}

var unsupportedLimit = Limit{Err: ErrUnsupported}

func pick(g *Group, v1, v2 string) string {
	if g.Hierarchy.Version == 2 {
		return v2
	}
	return v1
}

// reader reads small files of groups into one buffer.
type reader struct{ buf []byte }

func (r *reader) file(g *Group, name string) ([]byte, error) {
	fd, err := g.openSame()
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	b, err := readAt(fd, name, r.buf)
	if err != nil {
		return nil, failed(g, name, err)
	}
	return b, nil
}

func (r *reader) number(g *Group, name string) Reading {
	b, err := r.file(g, name)
	if err != nil {
		return Reading{Err: err}
	}
	n, err := strconv.ParseUint(string(bytes.TrimSpace(b)), 10, 64)
	if err != nil {
		return Reading{Err: failed(g, name, err)}
	}
	return Reading{Value: n}
}

// keyed returns the number after a key of a flat keyed file.
func (r *reader) keyed(g *Group, name, key string) Reading {
	b, err := r.file(g, name)
	if err != nil {
		return Reading{Err: err}
	}
	n, ok := flatKey(b, key)
	if !ok {
		return Reading{Err: failed(g, name+" "+key, unix.ENOENT)}
	}
	return Reading{Value: n}
}

func flatKey(b []byte, key string) (uint64, bool) {
	for line := range bytes.Lines(b) {
		k, v, ok := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte{' '})
		if ok && string(k) == key {
			n, err := strconv.ParseUint(string(v), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

func (r *reader) cpu(g Groups) Reading {
	if a := g.With("cpuacct"); a != nil {
		n := r.number(a, "cpuacct.usage")
		n.Value /= 1000
		return n
	}
	if u := g.V2(); u != nil { // the base statistics are there without the controller
		return r.keyed(u, "cpu.stat", "usage_usec")
	}
	return Reading{Err: ErrUnsupported}
}

func (r *reader) memory(g *Group) (without, usage Reading) {
	if g == nil {
		e := Reading{Err: ErrUnsupported}
		return e, e
	}
	usage = r.number(g, pick(g, "memory.usage_in_bytes", "memory.current"))
	without = usage
	if usage.Err != nil {
		return
	}
	inactive := r.keyed(g, "memory.stat", pick(g, "total_inactive_file", "inactive_file"))
	if inactive.Err != nil {
		return Reading{Err: inactive.Err}, usage
	}
	without.Value -= min(inactive.Value, usage.Value)
	return
}

func (r *reader) block(g Groups) (read, write Reading) {
	if b := g.With("blkio"); b != nil {
		data, err := r.file(b, "blkio.throttle.io_service_bytes_recursive")
		if err != nil {
			return Reading{Err: err}, Reading{Err: err}
		}
		for line := range strings.Lines(string(data)) {
			f := strings.Fields(line)
			if len(f) != 3 {
				continue
			}
			n, _ := strconv.ParseUint(f[2], 10, 64)
			switch f[1] {
			case "Read":
				read.Value += n
			case "Write":
				write.Value += n
			}
		}
		return read, write
	}
	i := g.With("io")
	if i == nil {
		e := Reading{Err: ErrUnsupported}
		return e, e
	}
	data, err := r.file(i, "io.stat")
	if err != nil {
		return Reading{Err: err}, Reading{Err: err}
	}
	for _, word := range strings.Fields(string(data)) {
		key, value, _ := strings.Cut(word, "=")
		n, _ := strconv.ParseUint(value, 10, 64)
		switch key {
		case "rbytes":
			read.Value += n
		case "wbytes":
			write.Value += n
		}
	}
	return read, write
}

func (r *reader) frozen(g Groups) (bool, error) {
	err := error(ErrUnsupported)
	if f := g.With("freezer"); f != nil {
		b, e := r.file(f, "freezer.state")
		if e == nil && bytes.HasPrefix(b, []byte("FR")) { // FROZEN or FREEZING
			return true, nil
		}
		if !errors.Is(e, ErrUnsupported) { // the root has no such file
			err = e
		}
	}
	if u := g.V2(); u != nil {
		n := r.keyed(u, "cgroup.events", "frozen")
		if n.Err == nil && n.Value == 1 {
			return true, nil
		}
		if n.Err == nil || errors.Is(err, ErrUnsupported) {
			err = n.Err
		}
	}
	return false, err
}

// CPUPercent is the share of processor time between two samples, 100 for one processor; false if it cannot be told.
func CPUPercent(old, now Sample) (percent float64, ok bool) {
	span := now.Time.Sub(old.Time)
	if old.CPU.Err != nil || now.CPU.Err != nil || span <= 0 || now.CPU.Value < old.CPU.Value {
		return 0, false
	}
	return float64(now.CPU.Value-old.CPU.Value) / float64(span.Microseconds()) * 100, true
}

// unlimitedV1 and more is how a limit of version 1 reads that is none: the greatest long, rounded down to a page.
//
// Source: mm/page_counter.c, PAGE_COUNTER_MAX.
const unlimitedV1 = 1<<63 - 1<<16

// Effective returns the limit that binds a group in one file ("memory.max", "memory.limit_in_bytes", "pids.max"): the
// least of it and those around it. Groups without the file, such as the root, limit nothing.
func (h *Host) Effective(g *Group, file string) Limit {
	l := Limit{Unlimited: true}
	r := reader{buf: make([]byte, 64)}
	for at, ok := g, true; ok; at, ok = h.Parent(at) {
		b, err := r.file(at, file)
		switch {
		case errors.Is(err, ErrUnsupported):
			continue
		case err != nil:
			return Limit{Err: err}
		}
		word := string(bytes.TrimSpace(b))
		if word == "max" || word == "-1" {
			continue
		}
		n, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return Limit{Err: failed(at, file, err)}
		}
		if at.Hierarchy.Version == 1 && SpecOf(1, file) != nil && SpecOf(1, file).Kind == Bytes && n >= unlimitedV1 {
			continue
		}
		if l.Unlimited || n < l.Value {
			l = Limit{Value: n, From: at}
		}
	}
	return l
}

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

// Health reads it. What the kernel does not have is left out.
func (h *Host) Health(g Groups) Health {
	r := reader{buf: make([]byte, 16384)}
	health := Health{Throttled: Reading{Err: ErrUnsupported}, Periods: Reading{Err: ErrUnsupported}, Waited: Reading{Err: ErrUnsupported}}
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
				health.Pressure = append(health.Pressure, parsePressure(resource, string(b))...)
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

func parsePressure(resource, s string) []Pressure {
	var list []Pressure
	for line := range strings.Lines(s) {
		f := strings.Fields(line)
		if len(f) != 5 || !slices.Contains([]string{"some", "full"}, f[0]) {
			continue
		}
		p := Pressure{Resource: resource, Full: f[0] == "full"}
		for _, word := range f[1:] {
			key, value, _ := strings.Cut(word, "=")
			x, _ := strconv.ParseFloat(value, 64)
			switch key {
			case "avg10":
				p.Avg10 = x
			case "avg60":
				p.Avg60 = x
			case "avg300":
				p.Avg300 = x
			case "total":
				p.TotalMicros, _ = strconv.ParseUint(value, 10, 64)
			}
		}
		list = append(list, p)
	}
	return list
}
