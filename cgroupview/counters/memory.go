package counters

import (
	"errors"

	"bones/cgroupview"
	"bones/cgroupview/spec"
)

// Memory is what the memory of a group and those below it is made of at one moment, in bytes, and the limit that it
// counts against. The parts add up to Usage, but for what the kernel counts and tells of nowhere.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, memory.stat; cgroup-v1/memory.rst, section 5.2.
type Memory struct {
	Group *cgroupview.Group  // whose parts these are
	Usage cgroupview.Reading // what counts against its limit: memory.current; version 1: memory.usage_in_bytes

	Anon  cgroupview.Reading // of processes, without a file behind it: anon; version 1: total_rss
	Shmem cgroupview.Reading // shared memory and tmpfs: shmem; version 1: total_shmem
	File  cgroupview.Reading // page cache without Shmem: file; version 1: total_cache
	// Kernel is what the kernel needs for them: kernel (since 5.18; before the sum of its parts); version 1:
	// memory.kmem.usage_in_bytes.
	Kernel cgroupview.Reading

	Swap       cgroupview.Reading // beside Usage: memory.swap.current; version 1: total_swap
	WorkingSet cgroupview.Reading // Usage without the inactive page cache, as `docker stats` counts
	// the most that Usage was: memory.peak (since 5.19); version 1: memory.max_usage_in_bytes
	Peak cgroupview.Reading

	Limit cgroupview.Limit // that binds, whosever it is
	// LevelUsage is the Usage of the group that has the limit, where that is another one: what others use counts there.
	LevelUsage cgroupview.Reading
	Outer      bool   // the limit is that of another group
	Total      uint64 // the machine's memory
}

// kernelParts are what kernel of memory.stat counts together.
var kernelParts = []string{"kernel_stack", "pagetables", "sec_pagetables", "percpu", "vmalloc", "slab"}

// ReadMemory reads it. The error is cgroupview.ErrUnsupported where no memory is counted. total is the machine's
// memory in bytes.
func ReadMemory(h *cgroupview.FileSystem, g cgroupview.Groups, total uint64) (*Memory, error) {
	own := g.With("memory")
	if own == nil {
		return nil, cgroupview.ErrUnsupported
	}
	m := &Memory{Group: own, Total: total}
	p := h.Pass()
	s := p.Sample(g, total)
	m.Usage, m.WorkingSet, m.Limit = s.MemoryUsage, s.Memory, s.MemoryLimit
	if errors.Is(m.Usage.Err, cgroupview.ErrUnsupported) {
		return nil, m.Usage.Err // the root of version 2 counts none
	}
	if from := m.Limit.From; from != nil && from.Path != own.Path {
		m.Outer = true
		file := "memory.current"
		if from.Hierarchy.Version == 1 {
			file = "memory.usage_in_bytes"
		}
		m.LevelUsage = h.Number(from, file)
	}
	r := NewReader(h, p)
	p.Reading(func(read func(*cgroupview.Group, string) ([]byte, error)) {
		r.current = read
		stat, err := read(own, "memory.stat")
		if own.Hierarchy.Version == 1 {
			m.parts1(stat, err)
			m.Kernel, m.Peak = r.number(own, "memory.kmem.usage_in_bytes"), r.number(own, "memory.max_usage_in_bytes")
		} else {
			m.parts2(stat, err)
			m.Swap, m.Peak = r.number(own, "memory.swap.current"), r.number(own, "memory.peak")
		}
	})
	return m, nil
}

func (m *Memory) parts1(stat []byte, err error) {
	key := keyIn(stat, err)
	m.Anon, m.Shmem, m.Swap = key("total_rss"), key("total_shmem"), key("total_swap")
	m.File = less(key("total_cache"), m.Shmem)
}

func (m *Memory) parts2(stat []byte, err error) {
	key := keyIn(stat, err)
	m.Anon, m.Shmem, m.Kernel = key("anon"), key("shmem"), key("kernel")
	m.File = less(key("file"), m.Shmem)
	if err != nil || m.Kernel.Err == nil {
		return
	}
	for _, name := range kernelParts {
		if n, ok := spec.FlatKey(stat, name); ok {
			m.Kernel.Value, m.Kernel.Err = m.Kernel.Value+n, nil
		}
	}
}

func keyIn(stat []byte, err error) func(string) cgroupview.Reading {
	return func(name string) cgroupview.Reading {
		if err != nil {
			return cgroupview.Reading{Err: err}
		}
		return keyOf(stat, name)
	}
}

// less takes a part away from the whole; the numbers of one file are not of one moment.
func less(whole, part cgroupview.Reading) cgroupview.Reading {
	if whole.Err == nil && part.Err == nil {
		whole.Value -= min(whole.Value, part.Value)
	}
	return whole
}
