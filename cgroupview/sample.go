package cgroupview

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"bones/cgroupview/spec"
	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// Reading is a number that was read, or why it was not.
type Reading struct {
	Value uint64
	Err   error
}

// Sample is what a container uses at one moment: what is read at each refresh.
type Sample struct {
	Time        time.Time
	CPU         Reading // microseconds of processor time since the group was made
	Memory      Reading // bytes, without the inactive page cache, as `docker stats` counts
	MemoryUsage Reading // bytes that count against the limit
	MemoryLimit Limit   // bytes
	SwapLimit   Limit   // bytes of swap; with version 1 of memory and swap together
	PIDs        Reading // tasks: threads count too
	PIDsLimit   Limit
	CPULimit    Limit   // thousandths of a processor
	ReadBytes   Reading // from block devices
	WriteBytes  Reading
	Frozen      bool // cgroup.events or freezer.state say so
	FrozenErr   error
}

// UnknownSample is a sample of which nothing is known, and why.
func UnknownSample(why error) Sample {
	unread, limit := Reading{Err: why}, Limit{Err: why}
	return Sample{CPU: unread, Memory: unread, MemoryUsage: unread, MemoryLimit: limit, SwapLimit: limit, PIDs: unread,
		PIDsLimit: limit, CPULimit: limit, ReadBytes: unread, WriteBytes: unread, FrozenErr: why}
}

// Sample reads what the groups of a container use. total is the machine's memory in bytes: a limit above it is none.
func (h *FileSystem) Sample(g Groups, total uint64) Sample { return h.Pass().Sample(g, total) }

// Pass reads samples of many containers at one time: what groups around them have in common is read once.
type Pass struct {
	host   *FileSystem
	reader reader
	room   int                   // of descriptors, at most
	stats  map[*Group]memoryStat // of the sample that is being read
	bounds map[boundKey]Limit    // what binds the groups around those that were read
}

// Pass begins one. It is for one goroutine.
func (h *FileSystem) Pass() *Pass {
	return &Pass{host: h, reader: reader{buf: make([]byte, 8192)}, bounds: map[boundKey]Limit{}}
}

// maxHeld bounds the descriptors kept open between passes. The kernel has a page of memory for each that was read.
const maxHeld = 16384

// Keep is Pass for one pass after the other over the same groups: their files stay open in between, which makes a pass
// several times cheaper. Next begins each; Close ends it all. room is how many descriptors it may use.
func (h *FileSystem) Keep(room int) *Pass {
	p := h.Pass()
	p.room = min(room, maxHeld)
	p.reader.held, p.reader.room = map[heldKey]*heldFile{}, p.room
	return p
}

// Beside tells how many descriptors the process has for others: the Pass keeps what RLIMIT_NOFILE leaves, at most.
func (p *Pass) Beside(others int) {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		p.reader.room = max(0, min(p.room, int(min(limit.Cur, 1<<30))-others))
	}
}

// Next begins another pass: files that the last one did not read are closed.
func (p *Pass) Next() {
	clear(p.bounds)
	p.reader.sweep(p.reader.generation)
	p.reader.generation++
}

// Close closes what is kept open.
func (p *Pass) Close() { p.reader.sweep(-1) }

// Sample is FileSystem.Sample.
func (p *Pass) Sample(g Groups, total uint64) Sample {
	s := Sample{Time: time.Now()}
	r := &p.reader
	r.dirs = map[*Group]int{}
	defer r.close()
	s.CPU = r.cpu(g)
	memory := g.With("memory")
	p.stats = map[*Group]memoryStat{}
	defer func() { p.stats = nil }()
	s.Memory, s.MemoryUsage = p.memory(memory)
	s.MemoryLimit, s.SwapLimit = p.Binding(g, Memory), p.Binding(g, Swap)
	if l := s.MemoryLimit; !l.Unlimited && l.Err == nil && total > 0 && l.Value > total {
		s.MemoryLimit = Limit{Unlimited: true}
	}
	s.PIDs = Reading{Err: ErrUnsupported}
	if tasks := g.With("pids"); tasks != nil {
		s.PIDs = r.number(tasks, "pids.current")
	}
	s.PIDsLimit, s.CPULimit = p.Binding(g, Tasks), p.Binding(g, CPU)
	s.ReadBytes, s.WriteBytes = r.block(g)
	s.Frozen, s.FrozenErr = r.frozen(g)
	return s
}

func pick(g *Group, v1, v2 string) string {
	if g.Hierarchy.Version == 2 {
		return v2
	}
	return v1
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

func (p *Pass) memory(g *Group) (without, usage Reading) {
	if g == nil {
		e := Reading{Err: ErrUnsupported}
		return e, e
	}
	usage = p.reader.number(g, pick(g, "memory.usage_in_bytes", "memory.current"))
	without = usage
	if usage.Err != nil {
		return
	}
	inactive := p.memoryStat(g).inactive
	if inactive.Err != nil {
		return Reading{Err: inactive.Err}, usage
	}
	without.Value -= min(inactive.Value, usage.Value)
	return
}

// memoryStat are the numbers of memory.stat that a sample takes. The file takes the kernel long: it is read once.
type memoryStat struct{ inactive, limit, swapLimit Reading }

func (p *Pass) memoryStat(g *Group) memoryStat {
	if s, ok := p.stats[g]; ok {
		return s
	}
	b, err := p.reader.file(g, "memory.stat")
	key := func(name string) Reading {
		if err != nil {
			return Reading{Err: err}
		}
		n, ok := spec.FlatKey(b, name)
		if !ok {
			return Reading{Err: failed(g, "memory.stat "+name, unix.ENOENT)}
		}
		return Reading{Value: n}
	}
	s := memoryStat{inactive: key(pick(g, "total_inactive_file", "inactive_file"))}
	if g.Hierarchy.Version == 1 {
		s.limit, s.swapLimit = key("hierarchical_memory_limit"), key("hierarchical_memsw_limit")
	}
	if p.stats != nil {
		p.stats[g] = s
	}
	return s
}

func (r *reader) block(g Groups) (read, write Reading) {
	if b := g.With("blkio"); b != nil {
		return r.blockV1(b)
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

// blockV1 reads it of version 1. Nothing at all is not taken for none: kernels since 5.16 count there only what the
// disk's throttling looks at, and some count nothing before a limit is set for that disk.
//
// Source: block/blk-throttle.c, tg_print_rwstat_recursive; block/blk-throttle.h, blk_should_throtl.
func (r *reader) blockV1(b *Group) (read, write Reading) {
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
	if read.Value == 0 && write.Value == 0 {
		unknown := Reading{Err: errNotCounted}
		return unknown, unknown
	}
	return read, write
}

// errNotCounted is why the bytes of a group of version 1 are not known.
var errNotCounted = error(fault.New(fault.Unsupported, "cgroup v1 has counted no byte for the group: nothing was "+
	"read or written, or this kernel counts only for disks with a limit"))

func (r *reader) frozen(g Groups) (bool, error) {
	err := error(ErrUnsupported)
	if f := g.With("freezer"); f != nil {
		b, e := r.file(f, "freezer.state")
		if frozen, _ := spec.Frozen(b); e == nil && frozen {
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

// Reading has do read several files of groups through read, whose result is good until it is called again. Each
// directory is opened once in that time.
func (p *Pass) Reading(do func(read func(g *Group, name string) ([]byte, error))) {
	p.reader.dirs = map[*Group]int{}
	defer p.reader.close()
	do(p.reader.file)
}
