package inventory

import (
	"fmt"
	"slices"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// Groups returns the groups of a container, given one of its processes: in each hierarchy the one that its engine made
// for it, and below that the innermost one that all its processes are in. A sandbox has those of the process that
// backs it that nobody else is in: what is used in the others is not the sandbox's.
func (x *Inventory) Groups(h *cgroupview.FileSystem, p *procwalk.Process, c *Container) cgroupview.Groups {
	own := x.ownPaths(h, p, c)
	return x.groupsAt(h, p, own, x.inner(c, own))
}

// ownPaths are the paths of Groups, by hierarchy.
func (x *Inventory) ownPaths(h *cgroupview.FileSystem, p *procwalk.Process, c *Container) map[int]string {
	own := map[int]string{}
	now := h.Delegations() // not those of the moment when the containers were found
	for _, l := range p.Cgroups.Lines {
		if path, ok := x.group(now, c, l); ok {
			own[l.Hierarchy] = path.Raw()
		} else if c.Sandbox() && x.shared[l.Hierarchy] != nil && !x.shared[l.Hierarchy][l.Path.Raw()] &&
			x.only(c, l.Hierarchy, l.Path.Raw()) {
			own[l.Hierarchy] = l.Path.Raw()
		}
	}
	return own
}

func (x *Inventory) groupsAt(h *cgroupview.FileSystem, p *procwalk.Process, own,
	inner map[int]string) cgroupview.Groups {
	var lines []container.CgroupLine
	for _, l := range p.Cgroups.Lines {
		if path, ok := own[l.Hierarchy]; ok {
			l.Path = text.New(path)
			lines = append(lines, l)
		}
	}
	g := h.Groups(lines)
	addInner(h, &g, inner, p.Cgroups.Lines)
	return g
}

// NameGroup returns what a group is called now, and what it belongs to: "container web" for the group that an engine
// made for a container, else "group PATH".
func (x *Inventory) NameGroup(h *cgroupview.FileSystem, s *procwalk.Snapshot, g *cgroupview.Group) (text.Text,
	container.Chain) {
	for _, c := range x.List {
		p := s.Find(c.PID)
		if p == nil || p.Cgroups == nil || !slices.ContainsFunc(p.Cgroups.Lines, func(l procwalk.CgroupLine) bool {
			path, ok := x.Group(c, l)
			return ok && path.Raw() == g.Path.Raw() // groups are opened only where one of them may be it
		}) {
			continue
		}
		if slices.ContainsFunc(x.Groups(h, p, c).List, func(o *cgroupview.Group) bool {
			return o.Dev == g.Dev &&
				o.Ino == g.Ino
		}) {
			return text.New("container " + c.Label().Raw()), c.Chain
		}
	}
	return text.New("group " + g.Path.Raw()),
		container.FromLines([]container.CgroupLine{{Controllers: text.New(g.Hierarchy.String()), Path: g.Path}})
}

// NameProcess returns what a process is called: "container web" for the process that backs a container, else "PID 12
// (sleep)".
func (x *Inventory) NameProcess(p *procwalk.Process) text.Text {
	if c, ok := x.Of(p); ok && c.PID == p.PID {
		return text.New("container " + c.Label().Raw())
	}
	return text.New(fmt.Sprintf("PID %d (%s)", p.PID, p.Comm.Raw()))
}
