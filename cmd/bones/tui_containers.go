package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/rows"

	"golang.org/x/sys/unix"
)

// namedSource is a source of snapshots that finds the containers of each, where the snapshot holds what it takes.
type namedSource struct {
	source   procwalk.Source
	resolver *inventory.Resolver // used by Snapshot alone, which is one goroutine's
	latest   atomic.Pointer[resolvedSnapshot]
}

// resolvedSnapshot is a snapshot and its containers.
type resolvedSnapshot struct {
	snap  *procwalk.Snapshot
	index *inventory.Inventory
}

// Snapshot implements procwalk.Source.
func (n *namedSource) Snapshot(ctx context.Context, want procwalk.Want) (*procwalk.Snapshot, error) {
	s, err := n.source.Snapshot(ctx, want)
	if err == nil && want&inventory.Want == inventory.Want {
		if x, err := n.resolver.Resolve(s); err == nil {
			n.latest.Store(&resolvedSnapshot{s, x})
		}
	}
	return s, err
}

// Names are what the container of a process is called, as of the last snapshot whose containers were looked for.
func (n *namedSource) Names(p *procwalk.Process) []text.Text {
	if l := n.latest.Load(); l != nil {
		return l.index.Names(p)
	}
	return nil
}

// Target finds the process that a TARGET stands for, as of the last snapshot whose containers were looked for.
func (n *namedSource) Target(t inventory.Target) (procwalk.ID, error) {
	l := n.latest.Load()
	if l == nil {
		return procwalk.ID{}, fmt.Errorf("%s: the containers have not been looked for yet", t)
	}
	p, _, err := l.index.Backing(l.snap, t)
	if err != nil {
		return procwalk.ID{}, err
	}
	return p.ID(), nil
}

// containerBackend fills in what the terminal UI needs for containers.
func (a *app) containerBackend(b *ui.Backend) {
	source, ok := b.Source.(*namedSource)
	if !ok {
		return
	}
	h, err := a.cgroupHost()
	if err != nil {
		b.Containers.List = func(context.Context, *procwalk.Snapshot) (rows.ContainerList, error) {
			return rows.ContainerList{}, err
		}
		return
	}
	sampler := &containerSampler{host: h, pass: h.Keep(openFiles() / 2)}
	b.Containers.List = func(_ context.Context, s *procwalk.Snapshot) (rows.ContainerList, error) {
		l := source.latest.Load()
		if l == nil {
			return rows.ContainerList{}, fmt.Errorf("the containers of this snapshot are not known yet")
		}
		return sampler.list(l), nil
	}
	b.Containers.More = func(_ context.Context, c rows.Container) rows.ContainerMore {
		more := rows.ContainerMore{Health: h.Health(c.Groups)}
		if g := c.Groups.With("memory"); g != nil {
			more.Owner = h.OwnerOf(g, c.Chain)
		} else if len(c.Groups.List) > 0 {
			more.Owner = h.OwnerOf(c.Groups.List[0], c.Chain)
		}
		return more
	}
}

// containerSampler reads what containers use, again and again; it is for one goroutine at a time. Which groups a
// container has is looked up once, as long as the process that backs it lives.
type containerSampler struct {
	host *cgroupview.Host
	pass *cgroupview.Pass
	seen map[string]sampled
}

// openFiles is how many descriptors this process may have.
func openFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<20))
}

type sampled struct {
	id     procwalk.ID
	groups cgroupview.Groups
	last   cgroupview.Sample
}

func (m *containerSampler) list(l *resolvedSnapshot) rows.ContainerList {
	list := rows.ContainerList{Snap: l.snap, Errors: l.index.Errors, Containers: make([]rows.Container, 0, len(l.index.List))}
	seen := make(map[string]sampled, len(l.index.List))
	m.pass.Next()
	for _, e := range l.index.List {
		p := l.snap.Find(e.PID)
		if p == nil {
			continue
		}
		old, known := m.seen[e.Key]
		if !known || old.id != p.ID() {
			old = sampled{id: p.ID(), groups: l.index.Groups(m.host, p, e)}
			known = false
		}
		c := rows.Container{Key: e.Key, ID: p.ID(), Why: e.Why, PIDs: e.PIDs, Name: e.Label(), EngineID: e.ID, Runtime: string(e.Runtime),
			Image: e.Info.Image, Pod: e.Info.Pod.Name, Chain: e.Chain, Evidence: e.Info.Evidence, Sandbox: e.Sandbox(), Groups: old.groups}
		if c.Pod.Len() == 0 {
			c.Pod = e.Info.Pod.UID
		}
		c.Sample = m.pass.Sample(old.groups, l.snap.Host.MemTotal)
		if known {
			c.CPU, c.HasCPU = cgroupview.CPUPercent(old.last, c.Sample)
		}
		old.last = c.Sample
		seen[e.Key] = old
		list.Containers = append(list.Containers, c)
	}
	m.seen = seen
	return list
}
