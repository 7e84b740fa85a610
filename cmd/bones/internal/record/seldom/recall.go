package seldom

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// ErrNone says that nothing of the kind was recorded there.
var ErrNone = error(fault.New(fault.Unsupported, "the recording does not have it"))

// FileSystem is the cgroup file systems as they were: what was read of them answers for them.
func (f *Facts) FileSystem() (*cgroupview.FileSystem, error) {
	switch {
	case f == nil:
		return nil, fmt.Errorf("control groups: %w", ErrNone)
	case f.CgroupsErr != nil:
		return nil, f.CgroupsErr
	}
	var list []*cgroupview.Hierarchy
	for i := range f.Cgroups {
		h := &f.Cgroups[i]
		if h.Version != 1 && h.Version != 2 || !path.IsAbs(h.Root) || !path.IsAbs(h.Mount) {
			continue // nobody but a forger wrote that
		}
		list = append(list, cgroupview.Hierarchy{Version: h.Version, Controllers: h.Controllers, Name: h.Name,
			Mount: h.Mount, Root: h.Root, ReadOnly: h.ReadOnly, Dev: h.Dev}.Past(newTree(h)))
	}
	if len(list) == 0 {
		return nil, cgroupview.ErrNoHierarchies
	}
	return cgroupview.NewFileSystem(list...), nil
}

// tree implements cgroupview.Recorded.
type tree struct {
	groups   map[string]*cgroupview.RecordedGroup
	children map[string][]string
}

func newTree(h *RecordedHierarchy) *tree {
	t := &tree{map[string]*cgroupview.RecordedGroup{}, map[string][]string{}}
	for i := range h.Groups {
		g := &h.Groups[i]
		r := &cgroupview.RecordedGroup{Dev: g.Dev, Ino: g.Ino, UID: g.UID, Unit: g.Unit, Err: g.Err}
		for _, f := range g.Files {
			r.Files = append(r.Files, cgroupview.File{Name: text.New(f.Name), Mode: f.Mode, Spec: spec.Of(h.Version, f.Name),
				Value: f.Value, Truncated: f.Truncated, Err: f.Err})
		}
		p := g.Path.Raw()
		if t.groups[p] == nil && p != "/" && path.Clean(p) == p {
			up := path.Dir(p)
			t.children[up] = append(t.children[up], p)
		}
		t.groups[p] = r
	}
	for _, list := range t.children {
		slices.Sort(list)
	}
	return t
}

func (t *tree) Group(p string) *cgroupview.RecordedGroup { return t.groups[path.Clean(p)] }
func (t *tree) Children(p string) []string               { return t.children[path.Clean(p)] }

// WhyNoNamespaces says why it is not known how namespaces stood to each other; nil if it is, or nobody asked.
func (f *Facts) WhyNoNamespaces() error {
	if f == nil {
		return nil
	}
	return f.NamespacesErr
}

// Detail is what is known of a process beyond its row, with what the row has; it says so if that is nothing.
func (f *Facts) Detail(p *procwalk.Process) *detail.Detail {
	if f != nil {
		for i := range f.Processes {
			l := &f.Processes[i].Detail
			if l.ID != p.ID() {
				continue
			}
			d := l.detail()
			if d.Err == nil {
				d.Cmdline, d.IO, d.Cgroups = cmp.Or(p.Cmdline, d.Cmdline), cmp.Or(p.IO, d.IO), cmp.Or(p.Cgroups, d.Cgroups)
			}
			return d
		}
	}
	return &detail.Detail{ID: p.ID(), Err: ErrNone}
}
