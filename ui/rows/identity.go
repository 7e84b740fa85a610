package rows

import (
	"path"
	"slices"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
)

// What a process or a container is called, and the colour that goes with it.

// HasContainers reports whether there is a container on this host that some engine made: sandboxes alone, of which a
// browser has dozens, are none.
func (f Facts) HasContainers() bool {
	if f.Now == nil || f.Now.Inventory == nil {
		return false
	}
	return slices.ContainsFunc(f.Now.Inventory.List, func(c *inventory.Container) bool { return !c.Sandbox() })
}

// ContainerOf is the innermost container that a process is in; nil: in none, or nobody asked for containers.
func (f Facts) ContainerOf(p *procwalk.Process) *inventory.Container {
	if f.Now == nil || f.Now.Inventory == nil || p == nil {
		return nil
	}
	c, ok := f.Now.Inventory.Of(p)
	if !ok {
		return nil
	}
	return c
}

// ContainerHue is the steady colour of a container: by its id, so that it is the same in every session.
func ContainerHue(c *inventory.Container) Style {
	if c.ID.Len() > 0 {
		return Hue(c.ID.Raw())
	}
	return Hue(c.Label().Raw())
}

// ContainerTitle names a container in a sentence: db (docker, postgres:16).
func ContainerTitle(c *inventory.Container) string {
	var about []string
	if c.Sandbox() {
		about = append(about, "namespaces and a root of its own; no known engine")
	} else if c.Runtime != "" {
		about = append(about, string(c.Runtime))
	}
	if c.Info.Image.Len() > 0 {
		about = append(about, c.Info.Image.String())
	}
	if len(about) == 0 {
		return c.Label().String()
	}
	return c.Label().String() + " (" + strings.Join(about, ", ") + ")"
}

// WithContainer puts which container a process is in before all else that is known of it.
func WithContainer(list []Section, f Facts, p *procwalk.Process) []Section {
	if f.Now == nil || f.Now.Inventory == nil || len(list) == 0 {
		return list
	}
	line := Line{"Container", "none: an ordinary process of the host", Dim}
	if g := f.Now.GuestOf(p.ID()); g != nil && f.ContainerOf(p) == nil {
		line = Line{"Virtual machine", GuestTitle(g), Plain}
	} else if c := f.ContainerOf(p); c != nil {
		line = Line{"Container", ContainerTitle(c), ContainerHue(c)}
	} else if p.KernelThread() {
		line.Value = "none: a thread of the kernel"
	} else if f.Snap != nil && f.Snap.Host.InPIDNS {
		line.Value = "none that is seen in here: bones itself is inside of a pid namespace"
	}
	lines := []Line{line}
	if g := f.Now.GuestOf(p.ID()); g != nil {
		lines = append(lines, guestLines(g)...)
	}
	list = slices.Clone(list)
	list[0].Lines = append(lines, list[0].Lines...)
	return list
}

// NamedID writes what a group is called after a container, with what is behind the name: memcached (docker b5a763a7).
func NamedID(c *inventory.Container) string {
	id := c.ID.Raw()
	const enough = 8 // digits of an id that people compare
	if len(id) > enough {
		id = id[:enough]
	}
	about := strings.TrimSpace(string(c.Runtime) + " " + text.Sanitise(id))
	if about == "" || c.Sandbox() {
		return c.Label().String()
	}
	if c.Label().Raw() == inventory.ShortID(c.ID).Raw() { // it has no name
		return c.Label().String() + " (" + string(c.Runtime) + ")"
	}
	return c.Label().String() + " (" + about + ")"
}

// isNew reports whether a process was not there at the moment before.
func (f Facts) isNew(p *procwalk.Process) bool {
	return f.Before != nil && f.Before.Snapshot != nil && f.Before.Snapshot.FindID(p.ID()) == nil
}

// CellStyle is how a cell of the process table looks: states by their colour, containers each in a steady one, what
// belongs to no container dimmed where there are containers, what has started since the last refresh set off.
func (m *Model) CellStyle(r Row, c *Column) Style {
	p := m.Process(r)
	switch c.Name {
	case "stat":
		return StateStyle(p)
	case "container", "cpid":
		if in := m.facts.ContainerOf(p); in != nil {
			return ContainerHue(in)
		} else if g := m.facts.Now.GuestOf(p.ID()); g != nil {
			return Hue(g.Label().Raw())
		}
		return Dim
	case "pid":
		if m.facts.isNew(p) {
			return Changed
		}
	case "pcpu":
		if !r.Folded && m.known(r.Index) && m.facts.Rates[r.Index].CPU < 0.0005 {
			return Dim
		}
	case "command":
		switch {
		case m.facts.isNew(p):
			return Changed
		case m.containers && m.facts.ContainerOf(p) == nil:
			return Dim
		}
	}
	return Plain
}

// GroupNames are what control groups are called that an engine made for a container or a pod, by their paths: nobody
// knows his containers by 64 digits.
type GroupNames map[string]GroupLabel

// GroupLabel is what one group is called, and the colour that goes with it.
type GroupLabel struct {
	Text string
	Hue  Style
}

// NewGroupNames finds the names of the groups of a frame's containers.
func NewGroupNames(f Facts) GroupNames {
	if f.Now == nil || f.Now.Inventory == nil || f.Snap == nil {
		return nil
	}
	names := GroupNames{}
	for _, c := range f.Now.Inventory.List {
		p := f.Snap.Find(c.PID)
		if c.Sandbox() || p == nil || p.Cgroups == nil {
			continue
		}
		for _, l := range p.Cgroups.Lines {
			group, ok := f.Now.Inventory.Group(c, l)
			if !ok {
				continue
			}
			names[group.Raw()] = GroupLabel{NamedID(c), ContainerHue(c)}
			if pod := c.Info.Pod; pod.Name.Len() > 0 && pod.UID.Len() > 0 {
				parent := path.Dir(group.Raw())
				// systemd's names have no dashes of their own
				if base := path.Base(parent); strings.Contains(strings.ReplaceAll(base, "_", "-"), pod.UID.Raw()) {
					names[parent] = GroupLabel{"pod " + c.Pod().String(), Plain}
				}
			}
		}
	}
	return names
}

// Of is the name of a group, or its path with the ids cut short.
func (n GroupNames) Of(g *cgroupview.Group) string {
	if label, ok := n[g.Path.Raw()]; ok {
		return label.Text
	}
	return text.ShortIDs(g.Path.String())
}
