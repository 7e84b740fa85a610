// Package counters reads what the kernel counts of the trouble that control groups are in: processes killed for want
// of memory, limits reached, quotas used up, tasks refused, swap, page faults from the disk, and pressure. Every
// number is kept with the level that counts it, so that one can tell whose limit it is.
package counters

import (
	"errors"
	"path"
	"strconv"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Counters are those of one container, or of one group, at one moment. They count since the group was made, if nothing
// else is said.
type Counters struct {
	// Killed is how many processes of the group, and of those below it, the OOM killer has killed. With version 1 of the
	// memory controller each group counts its own: there it is the sum from the group down to the innermost one that all
	// processes are in.
	//
	// Source: memory.events, oom_kill (since 4.13); version 1: memory.oom_control, oom_kill (since 4.13).
	Killed     cgroupview.Reading
	KilledFile text.Text // where that is read

	Memory []MemoryLevel         // from the innermost group up to the root, those that count it
	CPU    []cgroupview.Throttle // of each level that has, or had, a quota, the innermost first
	Tasks  []TaskLevel           // of each level that counts it, the innermost first
	CPUErr error                 // why CPU may lack a level

	// Swap is what the group and those below it have in swap, in bytes: memory.swap.current; version 1: swap of
	// memory.stat, which is there where swap is counted.
	Swap cgroupview.Reading
	// MajorFaults is how often a process had to wait for a page from the disk: pgmajfault of memory.stat.
	MajorFaults cgroupview.Reading
	// Peak is the most that counted against the limit at once, in bytes, with the page cache: memory.peak (since 5.19);
	// version 1: memory.max_usage_in_bytes.
	Peak cgroupview.Reading

	// Pressure is that of the group in version 2 (since 4.20). PressureErr is why there is none.
	Pressure    []spec.Pressure
	PressureErr error
}

// MemoryLevel is what one group counts of its own memory limit.
type MemoryLevel struct {
	Group *cgroupview.Group
	// Hits is how often its limit was reached: max of memory.events.local (since 5.2); version 1: memory.failcnt and
	// memory.memsw.failcnt, the limit of memory and swap together.
	Hits cgroupview.Reading
	// Kills is how many of the processes in this very group were killed: oom_kill of memory.events.local; version 1: of
	// memory.oom_control.
	Kills cgroupview.Reading
	File  string // that has Hits
	// Full reports, where Hits counts none, that the most that was ever used is as much as the limit of memory and swap
	// together, of version 1: File tells it.
	Full  bool
	Limit cgroupview.Limit // its own
	// Used is the working set of the group, without the inactive page cache, in bytes; where Limit is one.
	Used cgroupview.Reading
}

// TaskLevel is what one group counts of its own limit of tasks: max of pids.events (since 4.3) is how often a fork
// was refused. Kernels before 6.11 count in version 1, and may in version 2, in the group of the process that forked.
type TaskLevel struct {
	Group   *cgroupview.Group
	Refused cgroupview.Reading
	Limit   cgroupview.Limit   // its own
	Used    cgroupview.Reading // tasks in it and below; where Limit is one
}

// Reader reads the counters of many containers, pass after pass: what groups around them have in common is read once
// in each. It is for one goroutine.
type Reader struct {
	host *cgroupview.FileSystem
	pass *cgroupview.Pass
	// parents are the groups that others are in, by hierarchy and path. They stay the same values, so that the files that
	// the pass holds open are found again.
	parents map[levelKey]*cgroupview.Group
	used    map[levelKey]bool // in this pass
	memory  map[*cgroupview.Group]MemoryLevel
	cpu     map[*cgroupview.Group]quota
	tasks   map[*cgroupview.Group]TaskLevel
	current func(g *cgroupview.Group, name string) ([]byte, error)
}

type levelKey struct {
	hierarchy *cgroupview.Hierarchy
	path      string
}

type quota struct {
	throttle cgroupview.Throttle
	err      error
}

// NewReader reads through a pass over a host's groups.
func NewReader(h *cgroupview.FileSystem, p *cgroupview.Pass) *Reader {
	r := &Reader{host: h, pass: p, parents: map[levelKey]*cgroupview.Group{}}
	r.Next()
	return r
}

// Next begins another pass: numbers are read again.
func (r *Reader) Next() {
	for key := range r.parents {
		if !r.used[key] {
			delete(r.parents, key)
		}
	}
	r.used = map[levelKey]bool{}
	r.memory, r.cpu, r.tasks = map[*cgroupview.Group]MemoryLevel{}, map[*cgroupview.Group]quota{},
		map[*cgroupview.Group]TaskLevel{}
}

// Read reads the counters of the groups of a container, or of a process.
func (r *Reader) Read(g cgroupview.Groups) *Counters {
	c := &Counters{}
	r.pass.Reading(func(read func(*cgroupview.Group, string) ([]byte, error)) {
		r.current = read
		r.readMemory(c, g)
		r.readCPU(c, g)
		for _, at := range r.upwards(g.Innermost("pids")) {
			if level := r.taskLevel(at); !errors.Is(level.Refused.Err, cgroupview.ErrUnsupported) {
				c.Tasks = append(c.Tasks, level)
			}
		}
		r.readPressure(c, g)
		r.current = nil
	})
	return c
}

// upwards returns a group and those around it, up to the root or to what is seen of it. It has no bound of its own:
// each step shortens the path, and a limit far out binds as much as a near one.
func (r *Reader) upwards(g *cgroupview.Group) []*cgroupview.Group {
	var list []*cgroupview.Group
	for at := g; at != nil; {
		list = append(list, at)
		up := path.Dir(at.Path.Raw())
		if at.Path.Raw() == "/" || at.Path.Raw() == at.Hierarchy.Root {
			break
		}
		key := levelKey{at.Hierarchy, up}
		next, known := r.parents[key]
		if known && !r.used[key] && !r.same(next) {
			known = false // it was removed, and made again
		}
		if !known {
			var ok bool
			if next, ok = r.host.Parent(at); !ok {
				break
			}
			r.parents[key] = next
		}
		r.used[key] = true
		at = next
	}
	return list
}

// same reports whether a group of an earlier pass is there still.
func (r *Reader) same(g *cgroupview.Group) bool {
	var st unix.Stat_t
	return unix.Lstat(g.Dir.Raw(), &st) == nil && st.Ino == g.Ino && st.Dev == g.Dev
}

// number reads a file that holds one number.
func (r *Reader) number(g *cgroupview.Group, name string) cgroupview.Reading {
	b, err := r.current(g, name)
	if err != nil {
		return cgroupview.Reading{Err: err}
	}
	n, err := strconv.ParseUint(string(trim(b)), 10, 64)
	return cgroupview.Reading{Value: n, Err: err}
}

// keyed reads the number after a key of a flat keyed file.
func (r *Reader) keyed(g *cgroupview.Group, name, key string) cgroupview.Reading {
	b, err := r.current(g, name)
	if err != nil {
		return cgroupview.Reading{Err: err}
	}
	return keyOf(b, key)
}

func keyOf(b []byte, key string) cgroupview.Reading {
	if n, ok := spec.FlatKey(b, key); ok {
		return cgroupview.Reading{Value: n}
	}
	return cgroupview.Reading{Err: cgroupview.ErrUnsupported}
}

func trim(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}
