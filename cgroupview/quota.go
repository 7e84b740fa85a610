package cgroupview

import (
	"bones/cgroupview/spec"
	"errors"
)

// CPUQuota returns how much processor time binds a group, in thousandths of a processor: the least of its own quota
// and of those around it.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, cpu.max; Documentation/scheduler/sched-bwc.rst.
func (h *FileSystem) CPUQuota(g *Group) Limit {
	r := reader{buf: make([]byte, 4096)}
	least := Limit{Unlimited: true}
	for at := g; at != nil; {
		own := r.quota(at)
		if own.Err != nil {
			return own
		}
		if !own.Unlimited && (least.Unlimited || own.Value < least.Value) {
			least = own
		}
		up, err := h.parent(at)
		if err != nil { // what binds there is not known: that is not the same as no limit
			return Limit{Err: err}
		}
		at = up
	}
	return least
}

// QuotaFile is the file that CPUQuota reads in a hierarchy.
func QuotaFile(h *Hierarchy) string {
	if h.Version == 2 {
		return "cpu.max"
	}
	return "cpu.cfs_quota_us"
}

// quota reads a group's own. Groups without the file, such as the root, limit nothing.
func (r *reader) quota(g *Group) Limit {
	file := QuotaFile(g.Hierarchy)
	b, err := r.file(g, file)
	if errors.Is(err, ErrUnsupported) {
		return Limit{Unlimited: true}
	}
	if err != nil {
		return Limit{Err: err}
	}
	content := []string{string(b)}
	if g.Hierarchy.Version == 1 {
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
	return Limit{Value: milli, From: g}
}
