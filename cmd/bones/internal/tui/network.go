package tui

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/netview"
	"bones/nsview/sockets"
	"bones/procwalk"
	"bones/ui"
	"bones/ui/rows"
)

// everySocket is what the sheets show.
var everySocket = sockets.Ask{TCP: true, UDP: true, V4: true, V6: true, All: true, Bytes: true, Most: 2000}

// networkBackend fills in what the terminal UI needs for sockets and interfaces. They are of this host as it is now:
// while the screen shows the past, it says so.
func (p *program) networkBackend(b *ui.Backend) {
	b.Network.Ports = func(ctx context.Context, target string) ([]rows.Section, error) {
		v, scope, err := p.network(ctx, target)
		if err != nil {
			return nil, err
		}
		defer v.Close()
		list, err := v.Ports(ctx, scope, everySocket, 0)
		if err != nil {
			return nil, err
		}
		v.SortPorts(list)
		return netview.PortSections(scope, list, v.Notes), nil
	}
	b.Network.Net = func(ctx context.Context, target string) ([]rows.Section, error) {
		v, scope, err := p.network(ctx, target)
		if err != nil {
			return nil, err
		}
		defer v.Close()
		list, err := v.Interfaces(ctx, scope, 0)
		if err != nil {
			return nil, err
		}
		return netview.InterfaceSections(scope, list, v.Notes), nil
	}
	b.Network.Reach = func(ctx context.Context, from, to string) ([]rows.Section, error) {
		v, _, err := p.network(ctx, "")
		if err != nil {
			return nil, err
		}
		defer v.Close()
		a, err := v.FindEnd(ctx, from)
		if err != nil {
			return nil, err
		}
		c, err := v.FindEnd(ctx, to)
		if err != nil {
			return nil, err
		}
		r, err := v.Reach(ctx, a, c)
		if err != nil {
			return nil, err
		}
		return r.Sections(), nil
	}
	p.portsOfContainers(b)
}

// network opens what there is now.
func (p *program) network(ctx context.Context, target string) (*netview.View, netview.Scope, error) {
	if p.recent != nil && !p.recent.IsLive() {
		return nil, netview.Scope{}, errPast
	}
	v, err := netview.Open(ctx, p.Targets)
	if err != nil {
		return nil, netview.Scope{}, err
	}
	var scope netview.Scope
	if target == "" {
		scope = v.All()
	} else if scope, err = v.FindEnd(ctx, target); err != nil {
		v.Close()
	}
	return v, scope, err
}

// portsOfContainers adds to what view 2 reads what the containers listen on, and to the details of one its sockets and
// interfaces.
func (p *program) portsOfContainers(b *ui.Backend) {
	if b.Containers.Extra == nil {
		return
	}
	extra, more, known := b.Containers.Extra, b.Containers.More, listens{of: map[string]listened{}}
	b.Containers.Extra = func(ctx context.Context, s *procwalk.Snapshot,
		list []rows.ContainerRow) map[string]rows.ContainerExtra {
		read := extra(ctx, s, list)
		known.add(ctx, p.Targets.Proc, s, list, read)
		return read
	}
	b.Containers.More = func(ctx context.Context, c rows.ContainerRow) rows.ContainerMore {
		m := more(ctx, c)
		m.Network = p.networkOf(ctx, c.Container)
		return m
	}
}

// networkOf are the sections about the network of one container.
func (p *program) networkOf(ctx context.Context, c *inventory.Container) []rows.Section {
	failed := func(err error) []rows.Section {
		return []rows.Section{{Title: "Listening", Lines: []rows.Line{{Value: err.Error(), Style: rows.Warn}}}}
	}
	v, scope, err := p.network(ctx, c.Word())
	if err != nil {
		return failed(err)
	}
	defer v.Close()
	ask := everySocket
	ask.All, ask.Bytes = false, false
	list, err := v.Ports(ctx, scope, ask, 0)
	if err != nil {
		return failed(err)
	}
	v.SortPorts(list)
	sections := netview.PortSections(scope, list, nil)[:1] // what listens
	if scope.Shared == "" {
		interfaces, err := v.Interfaces(ctx, scope, 0)
		if err != nil {
			v.Notes = append(v.Notes, "bones could not read the interfaces: "+err.Error())
		}
		sections = append(sections, netview.InterfaceSections(scope, interfaces, nil)...)
		sections = sections[:len(sections)-1] // without the commands by hand: the sheet has them
	}
	return append(sections, netview.NoteSections(scope, v.Notes)...)
}

// listens remembers what containers listen on. That seldom changes, and asking takes a visit to each namespace.
type listens struct {
	sync.Mutex
	of map[string]listened // by the key of the container
}

type listened struct {
	at    time.Time
	id    procwalk.ID // of the process that backed it then
	ports []rows.Listens
	left  int // sockets that are not among them
	err   error
}

const (
	listensFor  = 5 * time.Second // how long an answer is good for
	mostListens = 1000            // sockets of one container
)

// add fills in what the containers listen on.
func (l *listens) add(ctx context.Context, proc string, s *procwalk.Snapshot, list []rows.ContainerRow,
	read map[string]rows.ContainerExtra) {
	l.Lock()
	defer l.Unlock()
	var v *netview.View
	var viewErr error
	now := map[string]listened{}
	for i := range list {
		c := &list[i]
		known, ok := l.of[c.Key]
		if !ok || known.id != c.Process.ID() || time.Since(known.at) > listensFor {
			if v == nil && viewErr == nil {
				v, viewErr = netview.Of(ctx, proc, s, nil)
			}
			known = listened{at: time.Now(), id: c.Process.ID(), err: viewErr}
			if v != nil {
				known.ports, known.err = portsOf(ctx, v, c.Container)
				if known.err == nil {
					known.left = v.Left
				}
			}
		}
		now[c.Key] = known
		if x, ok := read[c.Key]; ok {
			x.Listens, x.ListensLeft, x.ListensErr = known.ports, known.left, known.err
			read[c.Key] = x
		}
	}
	l.of = now
	if v != nil {
		v.Close()
	}
}

// portsOf are the ports that a container listens on: each number once, those that others reach first.
func portsOf(ctx context.Context, v *netview.View, c *inventory.Container) ([]rows.Listens, error) {
	scope, err := v.OfContainer(c)
	if err != nil {
		return nil, err
	}
	all, err := v.Ports(ctx, scope, sockets.Ask{TCP: true, UDP: true, V4: true, V6: true, Most: mostListens}, 0)
	if err != nil {
		return nil, err
	}
	var list []rows.Listens
	for i := range all {
		p := &all[i]
		if p.Local.Addr().IsLoopback() && len(p.Holders) == 0 {
			continue // of somebody outside, as Docker's resolver: none of its processes listens there
		}
		n := rows.Listens{Port: p.Local.Port(), UDP: p.Protocol == sockets.UDP, Inner: p.Local.Addr().IsLoopback()}
		if at := slices.IndexFunc(list, func(o rows.Listens) bool { return o.Port == n.Port && o.UDP == n.UDP }); at < 0 {
			list = append(list, n)
		} else if !n.Inner {
			list[at].Inner = false
		}
	}
	slices.SortFunc(list, func(a, b rows.Listens) int {
		return cmp.Or(cmp.Compare(order(a.Inner), order(b.Inner)), cmp.Compare(order(a.UDP), order(b.UDP)),
			cmp.Compare(a.Port, b.Port))
	})
	return list, nil
}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
}
