package cgroupview

import (
	"errors"
	"strconv"
	"strings"
)

// CPUQuota returns how much processor time binds a group, in thousandths of a processor: the least of its own quota and
// of those around it.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, cpu.max; Documentation/scheduler/sched-bwc.rst.
func (h *Host) CPUQuota(g *Group) Limit {
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
	l := quotaOf(content)
	switch {
	case l.Err != nil:
		l.Err = failed(g, file, l.Err)
	case !l.Unlimited:
		l.From = g
	}
	return l
}

// quotaOf reads a quota and its period, in one file or two.
func quotaOf(content []string) Limit {
	words := strings.Fields(strings.Join(content, " "))
	if len(words) != 2 {
		return Limit{Err: strconv.ErrSyntax}
	}
	if words[0] == "max" || words[0] == "-1" {
		return Limit{Unlimited: true}
	}
	quota, err := strconv.ParseUint(words[0], 10, 53) // the kernel's own bound is below 2^44
	period, err2 := strconv.ParseUint(words[1], 10, 32)
	if err != nil || err2 != nil || period == 0 {
		return Limit{Err: strconv.ErrSyntax}
	}
	return Limit{Value: quota * 1000 / period}
}
