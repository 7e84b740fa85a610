package inventory

import (
	"slices"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// calledBy takes over the name that LXC's monitor has for its container: the group may have another one. Only the
// monitor that started the container is asked, if it is root's or belongs to whoever the container belongs to.
func (r *Resolver) calledBy(s *procwalk.Snapshot, chains []membership, e *Container) {
	inner := e.Chain.Innermost()
	if inner.Runtime != container.LXC || len(e.Chain.Containers()) > 1 {
		return
	}
	for _, pid := range e.PIDs {
		p := s.Find(pid)
		if p == nil {
			continue
		}
		i, ok := s.Position(p.PPID)
		if !ok || chains[i].chain.Innermost().Kind != container.Conmon {
			continue
		}
		monitor := &s.Processes[i]
		name := r.engines.Monitored(monitor.ID())
		if user, known := e.user(); name == "" || monitor.Status.UID != 0 && (!known || monitor.Status.UID != user) {
			continue
		}
		if inner.MayBeCalled(name) {
			inner.Called = text.New(name)
			e.Chain = append(slices.Clone(e.Chain[:len(e.Chain)-1]), inner)
			return
		}
	}
}

// machines takes over what systemd-machined knows of units of the system: whether there is a container in one or a
// virtual machine, and how it is called. The name of a unit alone may tell less, or something else.
func (r *Resolver) machines(s *procwalk.Snapshot, chains []membership) {
	if r.store == nil {
		return
	}
	known := r.store.Machines()
	if len(known) == 0 {
		return
	}
	for i := range chains {
		m := &chains[i]
		if len(m.chain) == 0 {
			continue
		}
		is, ok := known[m.chain[0].Unit.Raw()]
		if !ok || !is.Fits(m.chain[0]) {
			continue
		}
		e := is.Entry(m.chain[0])
		switch {
		case m.chain[0].Kind == container.Container && e.Kind == container.Container:
			m.chain = append(container.Chain{e}, m.chain[1:]...)
		case e.Kind != container.Container:
			m.chain, m.keys, m.key = container.Chain{e}, nil, ""
		case len(m.chain) > 1: // what is in it keeps what its group tells
		case supervises(&s.Processes[i], e):
			e.Kind = container.Conmon
			m.chain = container.Chain{e}
		default:
			m.key = machineKey + is.Name + "\x00" + e.Group.Raw()
			m.chain, m.keys = container.Chain{e}, []string{m.key}
		}
	}
}

// machineKey begins the keys of containers that machined alone tells of.
const machineKey = "machine:"

// supervises reports whether a process is the one that looks after a machine, in a group of its own in the unit.
func supervises(p *procwalk.Process, e container.ChainEntry) bool {
	for _, l := range p.Cgroups.Lines {
		if strings.HasPrefix(l.Path.Raw(), e.Group.Raw()+"/supervisor") {
			return true
		}
	}
	return false
}
