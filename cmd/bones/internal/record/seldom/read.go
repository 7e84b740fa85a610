package seldom

import (
	"context"
	"slices"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/text"
)

// Reader reads Facts of this host.
type Reader struct {
	Proc, Cgroups string // where the proc file system is, and where the cgroup file systems are mounted or below
	details       *detail.Reader
}

// Read reads what belongs to a moment that was just taken. whole: of all processes, and of namespaces also what keeps
// them that is no process in them, which takes as long as `bones ns --all`.
func (r *Reader) Read(ctx context.Context, m *inventory.Moment, whole bool) *Facts {
	f := &Facts{Taken: time.Now(), Whole: whole}
	r.groups(f, m)
	r.processes(ctx, f, m)
	r.namespaces(ctx, f, m)
	return f
}

// groups reads the files of all groups that processes are in, of those that containers have, and of those around them.
func (r *Reader) groups(f *Facts, m *inventory.Moment) {
	h, err := cgroupview.Open(cgroupview.Config{Proc: r.Proc, Root: r.Cgroups})
	if err != nil {
		f.CgroupsErr = err
		return
	}
	for _, in := range h.Hierarchies() {
		one := RecordedHierarchy{Version: in.Version, Controllers: in.Controllers, Name: in.Name, Mount: in.Mount,
			Root:     in.Root,
			ReadOnly: in.ReadOnly, Dev: in.Dev}
		for _, path := range paths(in, m) {
			if len(one.Groups) >= maxGroups {
				f.LeftGroups++
				continue
			}
			if g, err := h.Group(in, path); err == nil {
				one.Groups = append(one.Groups, read(h, g))
			}
		}
		f.Cgroups = append(f.Cgroups, one)
	}
}

// paths are those of the groups of a hierarchy that are recorded, each behind those around it.
func paths(in *cgroupview.Hierarchy, m *inventory.Moment) []string {
	known := map[string]bool{in.Root: true}
	var add func(p string)
	add = func(p string) {
		if known[p] || !strings.HasPrefix(p, "/") || len(p) > 4096 {
			return
		}
		known[p] = true
		if up := strings.LastIndexByte(p, '/'); up > 0 {
			add(p[:up])
		} else if p != "/" {
			known["/"] = true
		}
	}
	seen := map[*procwalk.Cgroups]bool{} // many processes have the same
	for i := range m.Snapshot.Processes {
		c := m.Snapshot.Processes[i].Cgroups
		if c == nil || seen[c] {
			continue
		}
		seen[c] = true
		for _, l := range c.Lines {
			if in.Is(l.Controllers.Raw()) {
				add(l.Path.Raw())
			}
		}
	}
	for i := range m.Usage {
		for _, g := range slices.Concat(m.Usage[i].Groups.List, m.Usage[i].Groups.Inner) {
			if g.Hierarchy.String() == in.String() {
				add(g.Path.Raw())
			}
		}
	}
	list := make([]string, 0, len(known))
	for p := range known {
		list = append(list, p)
	}
	// Those near the root first: where there are too many, limits of what is around count more.
	slices.SortFunc(list, func(a, b string) int {
		if d := strings.Count(a, "/") - strings.Count(b, "/"); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return list
}

func read(h *cgroupview.FileSystem, g *cgroupview.Group) RecordedGroup {
	one := RecordedGroup{Path: g.Path, Dev: g.Dev, Ino: g.Ino, Unit: g.Unit()}
	one.UID, _ = g.Owner()
	files, err := h.Files(g)
	one.Err = err
	for _, f := range files {
		x := RecordedFile{Name: f.Name.Raw(), Mode: f.Mode, Value: f.Value, Truncated: f.Truncated, Err: f.Err}
		if s := f.Value.Raw(); len(s) > maxFile {
			// The last line is a whole one: half a number would be another.
			x.Value, x.Truncated = text.New(s[:strings.LastIndexByte(s[:maxFile], '\n')+1]), true
		}
		one.Files = append(one.Files, x)
	}
	return one
}

// processes reads those that stand for something, or all.
func (r *Reader) processes(ctx context.Context, f *Facts, m *inventory.Moment) {
	if r.details == nil {
		r.details = detail.NewReader(r.Proc)
	}
	wanted := map[int]bool{1: true}
	for _, pid := range nsview.HostOf(m.Snapshot).PID {
		wanted[pid] = true
	}
	if m.Inventory != nil {
		for _, c := range m.Inventory.List {
			wanted[c.PID] = true
		}
	}
	for i := range m.Snapshot.Processes {
		p := &m.Snapshot.Processes[i]
		switch {
		case !f.Whole && !wanted[p.PID]:
		case len(f.Processes) >= maxProcesses || ctx.Err() != nil:
			f.LeftProcesses++
		default:
			f.Processes = append(f.Processes, RecordedProcess{lasting(r.details.Lasting(ctx, p.ID()))})
		}
	}
}

// namespaces asks the kernel how the namespaces of the processes stand to each other.
func (r *Reader) namespaces(ctx context.Context, f *Facts, m *inventory.Moment) {
	reader, err := nsview.NewReader(r.Proc)
	if err != nil {
		f.NamespacesErr = err
		return
	}
	defer reader.Close()
	v := nsview.Groups(m.Snapshot)
	if f.Whole {
		v, err = reader.Discover(ctx, v)
	} else {
		v, err = reader.Relate(ctx, v)
	}
	if err != nil {
		f.NamespacesErr = err
		return
	}
	f.Namespaces = v.Record()
}
