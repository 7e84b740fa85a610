package inventory

import (
	"context"
	"maps"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/fault"
	"bones/procwalk/virt"
	"bones/procwalk/virt/machines"
)

// Live gives the moments of this host as it is now. It keeps between two moments what makes the next one cheaper: what
// the disk said about containers, which groups they have, and the open files of those groups.
type Live struct {
	processes procwalk.Source
	procRoot  string
	resolver  *Resolver
	host      *cgroupview.FileSystem
	hostErr   error
	pass      *cgroupview.Pass
	counters  *counters.Reader       // made when it is needed
	groups    map[string]knownGroups // by Container.Key
	// unitGroups are those of services and slices.
	unitGroups map[string]knownGroups
	guests     *machines.Reader
	named      func(ctx context.Context, t Target) (*procwalk.Snapshot, *Inventory, bool)
	hypervisor *string // whose virtual machine this is; nil: nobody has asked yet
	starved    func(error)
	beside     int
}

// knownGroups are the groups of a container, as long as the same process backs it and its processes are where they
// were.
type knownGroups struct {
	id         procwalk.ID
	own, inner map[int]string // their paths by hierarchy
	groups     cgroupview.Groups
}

// LiveConfig says where a Live reads.
type LiveConfig struct {
	Processes            procwalk.Source
	ProcRoot, CgroupRoot string
	// Descriptors is how many files of control groups may stay open between two moments; 0: none.
	Descriptors int
	// Beside is how many files, at most, the program keeps open that the Live does not know of.
	Beside int
	// Named finds the one container that a TARGET names without the process table, as Resolver.Narrowly does; false: it
	// cannot. It may be nil. A moment that was found so has no other containers and few processes.
	Named func(ctx context.Context, t Target) (*procwalk.Snapshot, *Inventory, bool)
	// Starved is told of each moment that lacks something because no more files may be opened, see Moment.Starved; may be
	// nil.
	Starved func(error)
}

// NewLive returns a source of moments. That no control group can be read is no error here: each Moment says it.
func NewLive(c LiveConfig) *Live {
	l := &Live{processes: c.Processes, procRoot: c.ProcRoot, resolver: NewResolver(c.ProcRoot, c.CgroupRoot),
		groups: map[string]knownGroups{}, guests: machines.New(c.ProcRoot), named: c.Named,
		starved: c.Starved, beside: c.Beside}
	l.host, l.hostErr = cgroupview.Open(cgroupview.Config{Proc: c.ProcRoot, Root: c.CgroupRoot})
	if l.hostErr == nil {
		l.pass = l.host.Keep(c.Descriptors)
	}
	return l
}

// Close closes the files that are kept open.
func (l *Live) Close() {
	if l.pass != nil {
		l.pass.Close()
	}
}

// Moment implements Source.
func (l *Live) Moment(ctx context.Context, ask Ask) (*Moment, error) {
	m, err := l.moment(ctx, ask)
	if err == nil && l.starved != nil {
		if lacks := m.Starved(); lacks != nil {
			l.starved(lacks)
		}
	}
	return m, err
}

func (l *Live) moment(ctx context.Context, ask Ask) (*Moment, error) {
	if ask.Trouble {
		ask.Machine, ask.Usage = true, true
	}
	ask.Usage = ask.Usage || ask.Services
	if ask.Usage {
		ask.Containers = true
	}
	if ask.Containers {
		ask.Want |= Want
	}
	if m := l.narrowly(ctx, ask); m != nil {
		return m, nil
	}
	s, err := l.processes.Snapshot(ctx, procwalk.Request{Want: ask.Want, Fresh: ask.Fresh})
	if err != nil {
		return nil, err
	}
	m := &Moment{Snapshot: s}
	if ask.Machine {
		m.Machine = detail.Host(l.procRoot)
		m.Machine.Hypervisor = l.mark()
	}
	if ask.Guests {
		m.Guests, m.MoreGuests = l.guests.Find(s)
	}
	if ask.Containers {
		m.Inventory, m.InventoryErr = l.resolver.Steady(s)
	}
	if !ask.Usage || m.Inventory == nil {
		if ask.Trouble {
			l.trouble(ctx, m)
		}
		return m, nil
	}
	list := m.Inventory.List
	if len(ask.Targets) > 0 {
		if list, err = m.Inventory.FindContainers(s, ask.Targets); err != nil {
			return nil, err
		}
	}
	m.UsageErr = l.hostErr
	m.Usage = l.usage(m, list)
	if ask.Services {
		m.Units = l.units(m)
	}
	if ask.Trouble {
		l.trouble(ctx, m)
	}
	return m, nil
}

// narrowly is the moment of one container alone; nil: the whole table is asked for, or needed.
func (l *Live) narrowly(ctx context.Context, ask Ask) *Moment {
	if l.named == nil || len(ask.Targets) != 1 || ask.Machine || ask.Services || ask.Guests || ask.Trouble ||
		ask.Want&^Want != 0 {
		return nil
	}
	t, err := ParseTarget(ask.Targets[0])
	if err != nil {
		return nil
	}
	s, x, ok := l.named(ctx, t)
	if !ok {
		return nil
	}
	list, err := x.FindContainers(s, ask.Targets)
	if err != nil || len(list) != 1 {
		return nil
	}
	m := &Moment{Snapshot: s, Inventory: x, UsageErr: l.hostErr}
	m.Usage = l.usage(m, list)
	return m
}

// mark is in a word whose virtual machine this host is. It cannot become another while bones runs.
func (l *Live) mark() string {
	if l.hypervisor == nil {
		mark := ""
		if m := virt.DetectAt(l.procRoot); m != nil {
			mark = m.Hypervisor.Mark()
		}
		l.hypervisor = &mark
	}
	return *l.hypervisor
}

// spareFiles are the descriptors that are left for what else the program opens, connections for example.
const spareFiles = 512

// usage reads what containers use. Where no control group can be read, who backs a container is still known.
func (l *Live) usage(m *Moment, list []*Container) []Usage {
	used := make([]Usage, 0, len(list))
	known := make(map[string]knownGroups, len(list))
	if l.pass != nil {
		l.pass.Beside(len(m.Snapshot.Processes) + spareFiles + l.beside) // the Walker may keep one of each process
		l.pass.Next()
	}
	for _, c := range list {
		p := m.Snapshot.Find(c.PID)
		if p == nil {
			continue
		}
		u := Usage{Container: c, Process: p, Sample: cgroupview.UnknownSample(l.hostErr)}
		if l.pass != nil {
			k := l.groupsOf(m.Inventory, c, p)
			known[c.Key] = k
			if !c.Sandbox() && !c.Unit() {
				if m.Inventory.asked == nil {
					m.Inventory.asked = map[string]map[int]string{}
				}
				m.Inventory.asked[c.Key] = k.own
			}
			u.Groups, u.Sample = k.groups, l.pass.Sample(k.groups, m.Snapshot.Host.MemTotal)
			if len(k.groups.List)+len(k.groups.Errors) == 0 {
				u.Sample = cgroupview.UnknownSample(errNoGroup)
				u.Sample.Time = time.Now()
			}
		}
		addOwn(&u, m.Snapshot)
		used = append(used, u)
	}
	l.groups = known
	return used
}

// groupsOf finds the groups of a container, or remembers them. The files of groups that stay what they were stay open.
func (l *Live) groupsOf(x *Inventory, c *Container, p *procwalk.Process) knownGroups {
	k, ok := l.groups[c.Key]
	if !ok || k.id != p.ID() || c.Sandbox() {
		own := x.ownPaths(l.host, p, c)
		if ok && k.id == p.ID() && maps.Equal(own, k.own) {
			return k
		}
		k = knownGroups{id: p.ID(), own: own, inner: x.inner(c, own)}
		k.groups = x.groupsAt(l.host, p, k.own, k.inner)
		return k
	}
	if inner := x.inner(c, k.own); !maps.Equal(inner, k.inner) {
		k.inner = inner
		k.groups.Inner = nil
		addInner(l.host, &k.groups, inner, p.Cgroups.Lines)
	}
	return k
}

// errNoGroup is why nothing is known of what a sandbox uses.
var errNoGroup = error(fault.New(fault.Unsupported, "it has no control group of its own: others are in the same one"))
