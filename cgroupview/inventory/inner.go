package inventory

import (
	"path"
	"strings"
	"sync"

	"bones/cgroupview"
	"bones/procwalk"
)

// inner returns for each hierarchy the path of the innermost group that all processes of a container are in, of those
// at or below the container's own. crun with systemd puts all into a group "container" below the scope that stands for
// the container, and sets the limits there; systemd in a container spreads the processes over groups of its own
// making, and then it is the container's own group. own are the container's groups, by hierarchy.
func (x *Inventory) inner(c *Container, own map[int]string) map[int]string {
	common := make(map[int]string, len(own))
	var seen *procwalk.Cgroups // of the process before, which is in the same groups as a rule
	for _, pid := range c.PIDs {
		p := x.snapshot.Find(pid)
		if p == nil || p.Cgroups == nil || p.Cgroups == seen || p.Ended() { // one that has ended uses nothing where it was
			continue
		}
		seen = p.Cgroups
		for _, l := range p.Cgroups.Lines {
			top, ok := own[l.Hierarchy]
			if !ok || !within(l.Path.Raw(), top) {
				continue // it is not where the container's limits reach
			}
			if at, seen := common[l.Hierarchy]; seen {
				common[l.Hierarchy] = commonGroup(at, l.Path.Raw())
			} else {
				common[l.Hierarchy] = l.Path.Raw()
			}
		}
	}
	for hierarchy, at := range common {
		if at == own[hierarchy] || strings.HasSuffix(at, " (deleted)") {
			delete(common, hierarchy)
		}
	}
	return common
}

// within reports whether a path is a group or below it.
func within(p, group string) bool {
	rest, ok := strings.CutPrefix(p, strings.TrimSuffix(group, "/"))
	return ok && (rest == "" || rest[0] == '/')
}

// commonGroup is the innermost group that two are in.
func commonGroup(a, b string) string {
	for !within(b, a) && len(a) > 1 { // a path that is none, in a recording, ends at "."
		a = path.Dir(a)
	}
	return a
}

// addInner adds to the groups of a container those below that all its processes are in.
func addInner(h *cgroupview.FileSystem, g *cgroupview.Groups, inner map[int]string, lines []procwalk.CgroupLine) {
	for _, l := range lines {
		at, ok := inner[l.Hierarchy]
		if !ok {
			continue
		}
		for _, outer := range g.List {
			if !outer.Hierarchy.Is(l.Controllers.Raw()) {
				continue
			}
			if in, err := h.Group(outer.Hierarchy, at); err == nil {
				g.Inner = append(g.Inner, in)
			}
		}
	}
}

// crowd tells which groups hold processes of more than one container, or of none beside one.
type crowd struct {
	once sync.Once
	by   map[int]map[string]string // by hierarchy and path: the key of the one container in it and below, or mixed
}

// mixed is no key of a container.
const mixed = "\x00"

// only reports whether all processes of a group, and of those below it, are a container's. What others use there is
// not the container's.
func (x *Inventory) only(c *Container, hierarchy int, group string) bool {
	x.crowd.once.Do(x.count)
	return x.crowd.by[hierarchy][group] == c.Key
}

func (x *Inventory) count() {
	x.crowd.by = map[int]map[string]string{}
	for i := range x.snapshot.Processes {
		p := &x.snapshot.Processes[i]
		if p.Cgroups == nil {
			continue
		}
		key := x.member(p).key
		if key == "" {
			key = mixed
		}
		for _, l := range p.Cgroups.Lines {
			groups := x.crowd.by[l.Hierarchy]
			if groups == nil {
				groups = map[string]string{}
				x.crowd.by[l.Hierarchy] = groups
			}
			for at := l.Path.Raw(); len(at) > 1; at = path.Dir(at) {
				old, seen := groups[at]
				switch {
				case !seen:
					groups[at] = key
				case old != key:
					groups[at] = mixed
				}
				if old == mixed {
					break // what is around is mixed as well
				}
			}
		}
	}
}
