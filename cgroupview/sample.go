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
func (h *Host) Sample(g Groups, total uint64) Sample { return h.Pass().Sample(g, total) }

// Pass reads samples of many containers at one time: what groups around them have in common is read once.
type Pass struct {
	host   *Host
	reader reader
	around map[string]Limit // by hierarchy, file and path: the effective limits of groups around those that were read
}

// Pass begins one. It is for one goroutine.
func (h *Host) Pass() *Pass {
	return &Pass{h, reader{buf: make([]byte, 8192)}, map[string]Limit{}}
}

// maxHeld bounds the descriptors that are kept open between passes.
const maxHeld = 8192

// Keep is Pass for one pass after the other over the same groups: their files stay open in between, which makes a pass
// several times cheaper. Next begins each; Close ends it all. room is how many descriptors it may use.
func (h *Host) Keep(room int) *Pass {
	p := h.Pass()
	p.reader.held, p.reader.room = map[heldKey]*heldFile{}, min(room, maxHeld)
	return p
}

// Next begins another pass: files that the last one did not read are closed.
func (p *Pass) Next() {
	clear(p.around)
	p.reader.sweep(p.reader.generation)
	p.reader.generation++
}

// Close closes what is kept open.
func (p *Pass) Close() { p.reader.sweep(-1) }

// Sample is Host.Sample.
func (p *Pass) Sample(g Groups, total uint64) Sample {
	s := Sample{Time: time.Now()}
	r := &p.reader
	r.dirs = map[*Group]int{}
	defer r.close()
	s.CPU = r.cpu(g)
	memory := g.With("memory")
	s.Memory, s.MemoryUsage = r.memory(memory)
	s.MemoryLimit, s.PIDsLimit, s.PIDs = unsupportedLimit, unsupportedLimit, Reading{Err: ErrUnsupported}
	if memory != nil {
		s.MemoryLimit = p.effective(memory, pick(memory, "memory.limit_in_bytes", "memory.max"))
		if !s.MemoryLimit.Unlimited && s.MemoryLimit.Err == nil && total > 0 && s.MemoryLimit.Value > total {
			s.MemoryLimit = Limit{Unlimited: true}
		}
	}
	if tasks := g.With("pids"); tasks != nil {
		s.PIDs = r.number(tasks, "pids.current")
		s.PIDsLimit = p.effective(tasks, "pids.max")
	}
	s.ReadBytes, s.WriteBytes = r.block(g)
	s.Frozen, s.FrozenErr = r.frozen(g)
	return s
}

// effective is the least of a group's own limit and of what binds the group around it.
func (p *Pass) effective(g *Group, file string) Limit {
	own := p.reader.limit(g, file)
	path := g.Path.Raw()
	if own.Err != nil || path == "/" || path == g.Hierarchy.Root {
		return own
	}
	key := g.Hierarchy.String() + "\x00" + file + "\x00" + dirOf(path)
	outer, ok := p.around[key]
	if !ok {
		outer = Limit{Unlimited: true}
		switch up, err := p.host.parent(g); {
		case err != nil: // what binds there is not known: that is not the same as no limit
			outer = Limit{Err: err}
		case up != nil:
			outer = p.effective(up, file)
		}
		p.around[key] = outer
	}
	if outer.Err != nil || own.Unlimited || !outer.Unlimited && outer.Value < own.Value {
		return outer
	}
	return own
}

func dirOf(path string) string { return path[:strings.LastIndexByte(path, '/')+1] }

var unsupportedLimit = Limit{Err: ErrUnsupported}

func pick(g *Group, v1, v2 string) string {
	if g.Hierarchy.Version == 2 {
		return v2
	}
	return v1
}

// reader reads small files of groups into one buffer.
type reader struct {
	buf  []byte
	dirs map[*Group]int // descriptors of directories that are read again soon; nil: none is kept

	held       map[heldKey]*heldFile // files that stay open; nil: none does
	room       int
	generation int
}

type heldKey struct {
	group *Group
	name  string
}

// heldFile is an open file, or that there is none of its name.
type heldFile struct {
	fd         int
	err        error
	generation int // in which pass it was read last
}

// sweep closes what was not read in a generation.
func (r *reader) sweep(generation int) {
	for key, f := range r.held {
		if f.generation != generation {
			if f.err == nil {
				unix.Close(f.fd)
			}
			delete(r.held, key)
		}
	}
}

// keep opens a file to stay open.
func (r *reader) keep(dir int, g *Group, name string) {
	if r.held == nil || len(r.held) >= r.room {
		return
	}
	f := &heldFile{generation: r.generation}
	f.fd, f.err = unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if f.err == nil || f.err == unix.ENOENT {
		r.held[heldKey{g, name}] = f
	}
}

// again reads a file that is open still. A group that was removed answers ENODEV, whoever has its name now.
func (r *reader) again(g *Group, name string) (b []byte, ok bool, err error) {
	f := r.held[heldKey{g, name}]
	if f == nil {
		return nil, false, nil
	}
	f.generation = r.generation
	if f.err != nil {
		return nil, true, failed(g, name, f.err)
	}
	n, err := unix.Pread(f.fd, r.buf, 0)
	if err != nil || n == len(r.buf) {
		unix.Close(f.fd)
		delete(r.held, heldKey{g, name})
		return nil, err != nil, failed(g, name, err)
	}
	return r.buf[:n], true, nil
}

func (r *reader) close() {
	for _, fd := range r.dirs {
		unix.Close(fd)
	}
	r.dirs = nil
}

func (r *reader) file(g *Group, name string) ([]byte, error) {
	if b, ok, err := r.again(g, name); ok {
		return b, err
	}
	fd, kept := r.dirs[g]
	if !kept {
		var err error
		if fd, err = g.openSame(); err != nil {
			return nil, err
		}
		if r.dirs != nil {
			r.dirs[g] = fd
		} else {
			defer unix.Close(fd)
		}
	}
	r.keep(fd, g, name)
	for {
		b, err := readAt(fd, name, r.buf)
		switch {
		case err != nil:
			return nil, failed(g, name, err)
		case len(b) < len(r.buf):
			return b, nil
		case len(r.buf) >= maxSampled:
			return nil, failed(g, name, errTooLong)
		}
		r.buf = make([]byte, 2*len(r.buf)) // there may be more: io.stat has a line for each device
	}
}

// maxSampled bounds what is read of one file, in bytes.
const maxSampled = 4 << 20

// errTooLong says that a file holds more than is read of it: a sum of what was read would be too low.
var errTooLong = errors.New("longer than bones reads")

// limit reads a group's own limit. Groups without the file, such as the root, limit nothing.
func (r *reader) limit(g *Group, file string) Limit {
	b, err := r.file(g, file)
	switch {
	case errors.Is(err, ErrUnsupported):
		return Limit{Unlimited: true}
	case err != nil:
		return Limit{Err: err}
	}
	word := string(bytes.TrimSpace(b))
	if word == "max" || word == "-1" {
		return Limit{Unlimited: true}
	}
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return Limit{Err: failed(g, file, err)}
	}
	if s := SpecOf(1, file); g.Hierarchy.Version == 1 && s != nil && s.Kind == Bytes && n >= unlimitedV1 {
		return Limit{Unlimited: true}
	}
	return Limit{Value: n, From: g}
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
// least of it and those around it.
func (h *Host) Effective(g *Group, file string) Limit { return h.Pass().effective(g, file) }

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
