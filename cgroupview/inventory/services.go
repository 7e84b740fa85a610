package inventory

import (
	"errors"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory/units"
	"bones/procwalk"
	"bones/procwalk/text"
)

// unitKey begins the keys of systemd's services and slices. They stand beside the containers, never among them: no
// process is "in the container ssh.service".
const unitKey = "unit:"

// Unit reports whether this is a service or a slice of systemd's, and no container.
func (c *Container) Unit() bool { return strings.HasPrefix(c.Key, unitKey) }

// Title is what it is called in a sentence: container web, service ssh.service, slice
// system.slice, vm web.
func (c *Container) Title() text.Text {
	kind := "container"
	if k := c.Chain.Innermost().Kind; c.Unit() || k == container.VM {
		kind = k.String()
	}
	return text.New(kind + " " + c.Label().Raw())
}

// Units returns the services and slices of systemd's that processes of a snapshot are in, in the order of their paths,
// in the form of containers: so that whatever is known of a container's groups is known of theirs.
func Units(s *procwalk.Snapshot) []*Container {
	var list []*Container
	for _, u := range units.Of(s) {
		list = append(list, unitOf(&u))
	}
	return list
}

func unitOf(u *units.Unit) *Container {
	kind := container.Service
	if u.Slice {
		kind = container.Slice
	}
	return &Container{Key: unitKey + u.Path.Raw(), Name: u.Name, PIDs: u.PIDs, PID: u.Main,
		Runtime: container.Runtime(kind.String()),
		Chain:   container.Chain{{Kind: kind, Unit: u.Name, Group: u.Path}},
		Why:     "its parent is in none of the groups of " + u.Name.String(),
		Info: container.Info{Evidence: []string{"the group " + u.Path.String() + " is where systemd puts " +
			u.Name.String()}}}
}

// unitGroup returns the path of a unit's group in the hierarchy of a line of one of its processes.
func (c *Container) unitGroup(l procwalk.CgroupLine) (text.Text, bool) {
	group := c.Chain.Innermost().Group
	return group, within(l.Path.Raw(), group.Raw())
}

// byService finds the service, or the slice, of a name; see units.Find.
func (x *Inventory) byService(s *procwalk.Snapshot, t Target) (*Container, error) {
	found, paths := units.Find(s, t.Value, x.maker)
	switch {
	case len(found) == 1:
		return unitOf(found[0]), nil
	case len(found) > 1:
		return nil, usage("%s could be %d units: %s", t, len(found), paths)
	case paths != "":
		return nil, noTarget("%s: root has no running unit of this name, but other users have; name one by its path: %s",
			t, paths)
	}
	return nil, noTarget("%s: no service or slice of this name has a process; `bones containers --services` lists "+
		"those that have", t)
}

// maker returns who chose the name of a group; 0 for root, and where that cannot be asked.
func (x *Inventory) maker(l procwalk.CgroupLine) uint32 {
	if x == nil {
		return 0
	}
	return whose(x.whose, l).Maker
}

// errUnitsPast is why it is not known what services and slices used.
var errUnitsPast = errors.New("the recording does not have what services and slices used")

// UnitUsage is what services and slices use. A recording has none of it: which there were is told by its processes.
func (m *Moment) UnitUsage() []Usage {
	if m.Units != nil {
		return m.Units
	}
	used := []Usage{}
	for _, c := range Units(m.Snapshot) {
		used = append(used, unknownUsage(m.Snapshot, c))
	}
	return used
}

func unknownUsage(s *procwalk.Snapshot, c *Container) Usage {
	return Usage{Container: c, Process: s.Find(c.PID), Sample: cgroupview.UnknownSample(errUnitsPast)}
}

// Only is the moment with the use of those containers alone that are named: see Ask.Targets.
func (m *Moment) Only(targets []string) (*Moment, error) {
	list, err := m.Inventory.FindContainers(m.Snapshot, targets)
	if err != nil {
		return nil, err
	}
	some := *m
	some.Usage = nil
	for _, c := range list {
		if u := m.UsageOf(c.Key); u != nil {
			some.Usage = append(some.Usage, *u)
		} else if c.Unit() {
			some.Usage = append(some.Usage, unknownUsage(m.Snapshot, c))
		}
	}
	return &some, nil
}

// units reads what services and slices use.
func (l *Live) units(m *Moment) []Usage {
	used := []Usage{}
	known := make(map[string]knownGroups, len(l.unitGroups))
	for _, c := range Units(m.Snapshot) {
		p := m.Snapshot.Find(c.PID)
		if p == nil {
			continue
		}
		u := Usage{Container: c, Process: p, Sample: cgroupview.UnknownSample(l.hostErr)}
		if l.pass != nil {
			// A unit that was started again has other groups of the same paths, and another process stands for it.
			k, ok := l.unitGroups[c.Key]
			if !ok || k.id != p.ID() {
				k = knownGroups{id: p.ID(), groups: l.host.Find(c.Chain.Innermost().Group.Raw())}
			}
			known[c.Key] = k
			u.Groups, u.Sample = k.groups, l.pass.Sample(k.groups, m.Snapshot.Host.MemTotal)
		}
		used = append(used, u)
	}
	l.unitGroups = known
	return used
}
