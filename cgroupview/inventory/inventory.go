// Package inventory tells the containers of one moment: which processes belong together, what made them, how they are
// called and which process backs them. Control groups and namespaces say which processes belong together, and the
// files that engines leave on disk say names and images; no engine is asked.
package inventory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// Want is what a snapshot must hold for containers.
const Want = procwalk.WantCgroup | procwalk.WantBrief | procwalk.WantNS

// Container is one container of a snapshot, or a sandbox: processes in namespaces of their own that nothing
// names.
type Container struct {
	Key     string          // for comparing within one run of bones
	Chain   container.Chain // what it is in, itself last
	Runtime container.Runtime
	ID      text.Text      // as the engine knows it; empty for a sandbox
	Name    text.Text      // empty if unknown
	Info    container.Info // what the disk says, with the evidence
	PID     int            // the process that backs it
	Why     string         // why that one
	PIDs    []int          // its processes and those of containers inside it, ascending

	keys     []string // of the containers that Chain has, for each entry
	recorder *uint32  // whose record tells of it, if it is a user's
}

// Sandbox reports whether this is no known container.
func (e *Container) Sandbox() bool { return e.Chain.Innermost().Kind == container.Sandbox }

// Label is the shortest that names it: its name, else twelve digits of its id; for a sandbox the PID that backs it,
// for the container that only holds a pod's namespaces the pod.
func (e *Container) Label() text.Text {
	switch {
	case e.Sandbox():
		return text.New("sandbox:" + strconv.Itoa(e.PID))
	case e.Pause() && e.Info.Pod.Name.Len() > 0:
		return text.New(pauseLabel + e.Info.Pod.Name.Raw())
	case e.Name.Len() > 0:
		return e.Name
	case e.ID.Len() > 0:
		return ShortID(e.ID)
	}
	return text.New("pid:" + strconv.Itoa(e.PID))
}

// ShortID cuts the long ids down to what engines print.
func ShortID(id text.Text) text.Text {
	if id.Len() == 64 {
		return text.New(id.Raw()[:12])
	}
	return id
}

// Inventory tells the containers of one snapshot.
type Inventory struct {
	snapshot *procwalk.Snapshot

	List   []*Container // by backing PID
	Errors []error      // records of engines that could not be used
	byKey  map[string]*Container
	rows   []membership                      // of the processes of snapshot, in its order
	disk   map[string]container.EngineRecord // by Key: what only the disk tells of
	whose  *cgroupview.Delegations           // of the groups, in this pass; nil where that cannot be asked
	shared map[int]map[string]bool           // by hierarchy: the groups that PID 1 and bones are in
	crowd  crowd                             // whose processes the groups hold
	store  *container.Store                  // where the records are; nil: not this host's as it is now
	own    map[string]map[int]text.Text      // by Key and hierarchy, if it was written down; nil: of this host
	// asked are the groups that the source of the moment has found for its samples, by Container.Key and hierarchy: what
	// is written down is what was sampled, and whose the groups are is asked once.
	asked map[string]map[int]string
}

// share notes the groups that are nobody's own.
func (x *Inventory) share(s *procwalk.Snapshot, pids ...int) {
	x.snapshot = s
	x.shared = map[int]map[string]bool{}
	for _, pid := range pids {
		p := s.Find(pid)
		if p == nil || p.Cgroups == nil {
			continue
		}
		for _, l := range p.Cgroups.Lines {
			if x.shared[l.Hierarchy] == nil {
				x.shared[l.Hierarchy] = map[string]bool{"/": true}
			}
			x.shared[l.Hierarchy][l.Path.Raw()] = true
		}
	}
}

// membership is what one process belongs to.
type membership struct {
	chain container.Chain
	keys  []string // see owners.identify
	key   string   // of the innermost container
	guest bool     // it is in the container's pid namespace, and not in its groups

	pause     bool // it is rootless Podman's pause process, of pauseUser
	pauseUser uint32
}

// member returns what a process belongs to.
func (x *Inventory) member(p *procwalk.Process) membership {
	if i, ok := x.snapshot.Position(p.PID); ok && x.snapshot.Processes[i].StartTime == p.StartTime {
		return x.rows[i]
	}
	return membership{}
}

// identified returns the membership of a process in the containers that its groups tell of.
func identified(chain container.Chain, keys []string) membership {
	m := membership{chain: chain, keys: keys}
	if c := chain.Containers(); c != nil {
		m.key = keys[len(c)-1]
	}
	return m
}

// outerLengths returns the containers outerLengths the innermost one, the next one first, as lengths of the chain.
func outerLengths(c container.Chain) []int {
	var list []int
	for c = c.Containers(); len(c) > 1; {
		if c = c[:len(c)-1].Containers(); c != nil {
			list = append(list, len(c))
		}
	}
	return list
}

// Of returns the innermost container that a process runs in.
func (x *Inventory) Of(p *procwalk.Process) (*Container, bool) {
	e, ok := x.byKey[x.member(p).key]
	return e, ok
}

// In reports whether c is the innermost container of a process.
func (x *Inventory) In(p *procwalk.Process, c *Container) bool {
	own, ok := x.Of(p)
	return ok && own == c
}

// Chain returns all that a process belongs to, innermost last: also the service, session or pod of a process that is
// in no container.
func (x *Inventory) Chain(p *procwalk.Process) container.Chain { return x.member(p).chain }

// Group returns the path of a container's own group in one hierarchy, given the line of one of its processes: what a
// command acts on that means the container. The process may be in a group below it. false if that hierarchy has no
// group of the container's.
func (x *Inventory) Group(e *Container, l procwalk.CgroupLine) (text.Text, bool) {
	if x.own != nil && !e.Unit() {
		path, ok := x.own[e.Key][l.Hierarchy]
		return path, ok
	}
	return x.group(x.whose, e, l)
}

// group is Group, with d to ask whose the groups are now: what was a user's own when the containers were found counts
// only if it is that still, and a group that somebody else made than the container's is not the container's.
func (x *Inventory) group(d *cgroupview.Delegations, e *Container, l procwalk.CgroupLine) (text.Text, bool) {
	if rec, ok := x.disk[e.Key]; ok {
		return rec.OwnsOf([]container.CgroupLine{l}, mayName(rec, d))
	}
	if e.Sandbox() {
		return text.Text{}, false
	}
	if e.Unit() {
		return e.unitGroup(l)
	}
	if strings.HasPrefix(e.Key, machineKey) {
		unit := e.Chain.Innermost().Group
		return unit, l.Path == unit || strings.HasPrefix(l.Path.Raw(), unit.Raw()+"/")
	}
	path, ok := e.Chain.GroupIn(l)
	if known := e.Chain.Innermost().Delegation; ok && known.Known {
		l.Path = path
		now := whose(d, l)
		ok = !now.Known || now.Maker == known.Maker
	}
	return path, ok
}

// InsidePID is the PID that a process sees itself; 0 if that is not known.
func InsidePID(p *procwalk.Process) int {
	if p.Status == nil || len(p.Status.NSpid) == 0 {
		return 0
	}
	return p.Status.NSpid[len(p.Status.NSpid)-1]
}

// Evidence is why bones believes what it says about a container.
func (c *Container) Evidence() []string {
	list := slices.Clone(c.Info.Evidence)
	if c.Sandbox() {
		list = append(list, "it has a pid or user namespace and a root of its own, and no control group or record of an "+
			"engine names it")
	}
	return append(list, fmt.Sprintf("PID %d backs it: %s", c.PID, c.Why))
}

// ChainEntry returns what is known about one entry of a process's chain, nil for what is no container.
func (x *Inventory) ChainEntry(p *procwalk.Process, i int) *Container {
	m := x.member(p)
	switch {
	case m.chain[i].Kind == container.Sandbox:
		return x.byKey[m.key]
	case m.chain[i].Kind != container.Container:
		return nil
	case len(m.chain.Containers()) == i+1:
		return x.byKey[m.key]
	case i >= len(m.keys):
		return nil // a record tells of it, or a recording that is not ours
	}
	return x.byKey[m.keys[i]]
}

// Outer returns the containers around a container, the outermost first.
func (x *Inventory) Outer(c *Container) []*Container {
	var list []*Container
	for _, n := range outerLengths(c.Chain) {
		if n > len(c.keys) {
			continue // a record tells of it
		}
		if e := x.byKey[c.keys[n-1]]; e != nil {
			list = append([]*Container{e}, list...)
		}
	}
	return list
}
