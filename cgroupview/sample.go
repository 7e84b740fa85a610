package cgroupview

import (
	"bones/cgroupview/spec"
	"bytes"
	"errors"
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
func (h *FileSystem) Sample(g Groups, total uint64) Sample { return h.Pass().Sample(g, total) }

// Pass reads samples of many containers at one time: what groups around them have in common is read once.
type Pass struct {
	host   *FileSystem
	reader reader
	around map[string]Limit // by hierarchy, file and path: the effective limits of groups around those that were read
}

// Pass begins one. It is for one goroutine.
func (h *FileSystem) Pass() *Pass {
	return &Pass{h, reader{buf: make([]byte, 8192)}, map[string]Limit{}}
}

// maxHeld bounds the descriptors that are kept open between passes.
const maxHeld = 8192

// Keep is Pass for one pass after the other over the same groups: their files stay open in between, which makes a pass
// several times cheaper. Next begins each; Close ends it all. room is how many descriptors it may use.
func (h *FileSystem) Keep(room int) *Pass {
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
	if s := spec.Of(1, file); g.Hierarchy.Version == 1 && s != nil && s.Kind == spec.Bytes && n >= UnlimitedV1 {
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
	n, ok := spec.FlatKey(b, key)
	if !ok {
		return Reading{Err: failed(g, name+" "+key, unix.ENOENT)}
	}
	return Reading{Value: n}
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

// UnlimitedV1 and more is how a limit of version 1 reads that is none: the greatest long, rounded down to a page.
//
// Source: mm/page_counter.c, PAGE_COUNTER_MAX.
const UnlimitedV1 = 1<<63 - 1<<16

// Effective returns the limit that binds a group in one file ("memory.max", "memory.limit_in_bytes", "pids.max"): the
// least of it and those around it.
func (h *FileSystem) Effective(g *Group, file string) Limit { return h.Pass().effective(g, file) }
