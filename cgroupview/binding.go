package cgroupview

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/spec"
)

// Resource is what a limit limits.
type Resource int

const (
	Memory Resource = iota // bytes: memory.max and memory.high, of version 1 memory.limit_in_bytes
	Swap                   // bytes of swap; with version 1 of memory and swap together
	Tasks                  // processes and threads
	CPU                    // thousandths of a processor
)

// limitFiles are the files that limit a resource, those of version 1 and those of version 2. memory.high binds as
// memory.max does: above it the kernel slows the processes down until they use less.
//
// Source: Documentation/admin-guide/cgroup-v1/memory.rst; Documentation/admin-guide/cgroup-v2.rst.
var limitFiles = map[Resource][2][]string{
	Memory: {{"memory.limit_in_bytes"}, {"memory.max", "memory.high"}},
	Swap:   {{"memory.memsw.limit_in_bytes"}, {"memory.swap.max"}},
	Tasks:  {{"pids.max"}, {"pids.max"}},
	CPU:    {{"cpu.cfs_quota_us"}, {"cpu.max"}},
}

// LimitFiles are the files that limit a resource in a hierarchy of a version.
func LimitFiles(version int, r Resource) []string { return limitFiles[r][version-1] }

// ResourceOf returns what a file limits; false if it is no limit that binds what is below as well.
func ResourceOf(file string) (Resource, bool) {
	if file == "cpu.cfs_period_us" { // it makes the quota what it is
		return CPU, true
	}
	for r, files := range limitFiles {
		if slices.Contains(files[0], file) || slices.Contains(files[1], file) {
			return r, true
		}
	}
	return 0, false
}

// Controller is the controller that has the limits of a resource.
func (r Resource) Controller() string {
	switch r {
	case Tasks:
		return "pids"
	case CPU:
		return "cpu"
	}
	return "memory"
}

// Limit is the least of the limits of a group and those around it.
type Limit struct {
	Value     uint64
	Unlimited bool
	// From is whose limit it is: nil if unlimited, and where the kernel tells only that a group that is not seen from
	// here has it.
	From *Group
	File string // that sets it: memory.max, memory.high, pids.max
	Err  error
}

// Known is nil if it is known what binds; else why it is not: as an older recording has it, which tells nothing of it.
func (l Limit) Known() error {
	if l == (Limit{}) {
		return errNotRead
	}
	return l.Err
}

var errNotRead = errors.New("it was not read")

// Less reports whether a limit binds before another does.
func (l Limit) Less(other Limit) bool {
	return !l.Unlimited && (other.Unlimited || l.Value < other.Value)
}

// Binding returns the limit that binds processes in these groups: the least that there is from the innermost group up
// to the root. It is the one function for it: every place that shows a limit shows this one.
func (h *FileSystem) Binding(g Groups, r Resource) Limit { return h.Pass().Binding(g, r) }

// Binding is FileSystem.Binding.
func (p *Pass) Binding(g Groups, r Resource) Limit {
	in := g.Innermost(r.Controller())
	if in == nil {
		return unsupportedLimit
	}
	return p.binding(in, r)
}

// Effective returns the limit that binds a group in what one of its files limits: the least of it and those around it.
func (h *FileSystem) Effective(g *Group, file string) Limit {
	r, ok := ResourceOf(file)
	if !ok {
		return unsupportedLimit
	}
	return h.Pass().binding(g, r)
}

// binding is Binding for one group. With version 1 the kernel says itself what binds memory, also where that is a
// limit of a group that is not seen from here, or where the groups around do not count.
func (p *Pass) binding(g *Group, r Resource) Limit {
	l := p.effective(g, r)
	if g.Hierarchy.Version != 1 || l.Err != nil || r != Memory && r != Swap {
		return l
	}
	key, n := "hierarchical_memory_limit", p.memoryStat(g).limit
	if r == Swap {
		key, n = "hierarchical_memsw_limit", p.memoryStat(g).swapLimit
	}
	if n.Err == nil {
		return p.kernels(g, r, l, key, n.Value)
	}
	return l
}

// kernels compares what the groups say with what the kernel says binds.
func (p *Pass) kernels(g *Group, r Resource, l Limit, key string, n uint64) Limit {
	switch unlimited := n >= UnlimitedV1; {
	case unlimited && l.Unlimited, !unlimited && !l.Unlimited && n == l.Value:
		return l
	case !unlimited && (l.Unlimited || n < l.Value): // a group around that is not seen from here
		return Limit{Value: n, File: key}
	}
	// Groups around do not count: memory.use_hierarchy is 0, which kernels before 5.11 know.
	return p.Own(g, r)
}

// effective is the least of a group's own limit and of what binds the group effective it.
func (p *Pass) effective(g *Group, r Resource) Limit {
	own := p.Own(g, r)
	path := g.Path.Raw()
	if own.Err != nil || path == "/" || path == g.Hierarchy.Root {
		return own
	}
	key := boundKey{g.Hierarchy, r, path[:strings.LastIndexByte(path, '/')+1]}
	outer, ok := p.bounds[key]
	if !ok {
		outer = Limit{Unlimited: true}
		switch up, err := p.host.parent(g); {
		case err != nil: // what binds there is not known: that is not the same as no limit
			outer = Limit{Err: err}
		case up != nil:
			outer = p.effective(up, r)
		}
		p.bounds[key] = outer
	}
	if outer.Err != nil || outer.Less(own) {
		return outer
	}
	return own
}

// boundKey names what binds the groups right below one.
type boundKey struct {
	hierarchy *Hierarchy
	resource  Resource
	path      string
}

// Own is the least of a group's own limits on a resource.
func (p *Pass) Own(g *Group, r Resource) Limit {
	least := Limit{Unlimited: true}
	for _, file := range LimitFiles(g.Hierarchy.Version, r) {
		l := p.reader.limit(g, file)
		if l.Err != nil {
			return l
		}
		if l.Less(least) {
			least = l
		}
	}
	return least
}

// Level is one group on the way from a process's group to the root, and a limit of its own.
type Level struct {
	Group *Group
	Limit Limit // From is Group
}

// Levels returns the limits that there are in one file, and in those that limit the same beside it, from a group
// upwards, the innermost first. Groups without a limit are left out.
func (h *FileSystem) Levels(g *Group, r Resource) ([]Level, error) {
	p := h.Pass()
	var list []Level
	for at := g; at != nil; {
		for _, file := range LimitFiles(at.Hierarchy.Version, r) {
			switch l := p.reader.limit(at, file); {
			case l.Err != nil:
				return nil, l.Err
			case !l.Unlimited:
				list = append(list, Level{at, l})
			}
		}
		up, err := h.parent(at)
		if err != nil {
			return nil, err
		}
		at = up
	}
	return list, nil
}

var unsupportedLimit = Limit{Err: ErrUnsupported}

// limit reads a group's own limit in one file. Groups without the file, such as the root, limit nothing.
func (r *reader) limit(g *Group, file string) Limit {
	if of, _ := ResourceOf(file); of == CPU {
		return r.quota(g, file)
	}
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
	return Limit{Value: n, From: g, File: file}
}

// quota reads a group's own quota in thousandths of a processor.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, cpu.max; Documentation/scheduler/sched-bwc.rst.
func (r *reader) quota(g *Group, file string) Limit {
	b, err := r.file(g, file)
	if errors.Is(err, ErrUnsupported) {
		return Limit{Unlimited: true}
	}
	if err != nil {
		return Limit{Err: err}
	}
	content := []string{string(b)}
	if g.Hierarchy.Version == 1 {
		if content[0] == "-1\n" {
			return Limit{Unlimited: true}
		}
		if b, err = r.file(g, "cpu.cfs_period_us"); err != nil {
			return Limit{Err: err}
		}
		content = append(content, string(b))
	}
	milli, unlimited, err := spec.ParseQuota(content...)
	switch {
	case err != nil:
		return Limit{Err: failed(g, file, err)}
	case unlimited:
		return Limit{Unlimited: true}
	}
	return Limit{Value: milli, From: g, File: file}
}

// QuotaFile is the file with the quota of processor time in a hierarchy.
func QuotaFile(h *Hierarchy) string { return LimitFiles(h.Version, CPU)[0] }

// UnlimitedV1 and more is how a limit of version 1 reads that is none: the greatest long, rounded down to a page.
//
// Source: mm/page_counter.c, PAGE_COUNTER_MAX.
const UnlimitedV1 = 1<<63 - 1<<16

// Quotas returns the groups below one that have a quota of processor time of their own.
func (h *FileSystem) Quotas(g *Group) ([]Level, error) {
	var paths []string
	file := QuotaFile(g.Hierarchy)
	buf := make([]byte, 64)
	err := h.descend(g, func(d *descent) error {
		if b, err := readAt(d.dir, file, buf); err == nil && len(d.levels) > 1 && b[0] != '-' && b[0] != 'm' {
			paths = append(paths, d.Path())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p := h.Pass()
	var list []Level
	for _, path := range paths {
		if below, err := h.Group(g.Hierarchy, path); err == nil {
			if l := p.reader.quota(below, file); l.Err == nil && !l.Unlimited {
				list = append(list, Level{below, l})
			}
		}
	}
	return list, nil
}

// narrowest bounds how many groups are looked at on the way down.
const narrowest = 64

// Narrowest returns the innermost group that all processes of a group are in: the group itself, or the only one below
// that has any. Limits there bind all of them as well.
func (h *FileSystem) Narrowest(g *Group) *Group {
	for at, seen := g, 0; at.Path.Raw() != "/"; {
		if own, err := h.Procs(at); err != nil || len(own) > 0 {
			return at
		}
		children, more, err := h.Children(at, narrowest)
		if seen += len(children); err != nil || more || seen > narrowest {
			return at
		}
		var only *Group
		for _, c := range children {
			some, err := h.Populated(c)
			switch {
			case err != nil:
				return at
			case some && only != nil:
				return at
			case some:
				only = c
			}
		}
		if only == nil {
			return at
		}
		at = only
	}
	return g
}
