package inventory

import (
	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
)

// Groups returns the groups of a container, given one of its processes: in each hierarchy the one that its engine made
// for it. A sandbox has those of the process that backs it, but for the ones that the host's first process or bones is in
// too: what is used there is not the sandbox's.
func (x *Inventory) Groups(h *cgroupview.Host, p *procwalk.Process, c *Container) cgroupview.Groups {
	var lines []container.Line
	now := h.Delegations() // not those of the moment when the containers were found
	for _, l := range p.Cgroups.Lines {
		if path, ok := x.group(now, c, l); ok {
			l.Path = path
		} else if !c.Sandbox() || x.shared[l.Hierarchy] == nil || x.shared[l.Hierarchy][l.Path.Raw()] {
			continue
		}
		lines = append(lines, container.Line(l))
	}
	return h.Groups(lines)
}

// GroupsOfProcess returns the groups that a process itself is in.
func GroupsOfProcess(h *cgroupview.Host, p *procwalk.Process) cgroupview.Groups {
	if p == nil || p.Cgroups == nil {
		return cgroupview.Groups{}
	}
	lines := make([]container.Line, 0, len(p.Cgroups.Lines))
	for _, l := range p.Cgroups.Lines {
		lines = append(lines, container.Line(l))
	}
	return h.Groups(lines)
}
