package netview

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bones/nsview/sockets"
	"bones/procwalk/text"
)

// LocalText is the local address as ss prints it: * for every address of both families, %IF behind the address for an
// interface that it is bound to.
func (p *Port) LocalText() string {
	if p.Protocol == sockets.Unix {
		return cmp.Or(text.Line(p.Path.Raw()), "*")
	}
	return p.addressText(p.Local, true)
}

// PeerText is the address of the other end as ss prints it; * as a port stands for any.
func (p *Port) PeerText() string {
	if p.Protocol == sockets.Unix {
		return "*"
	}
	return p.addressText(p.Peer, false)
}

func (p *Port) addressText(a netip.AddrPort, local bool) string {
	host := a.Addr().String()
	if p.V6 {
		host = "[" + host + "]"
		if a.Addr().IsUnspecified() && !p.V6Only {
			host = "*"
		}
	}
	if local && p.Interface.Len() > 0 {
		host += "%" + text.Line(p.Interface.Raw())
	}
	if a.Port() == 0 {
		return host + ":*"
	}
	return host + ":" + strconv.Itoa(int(a.Port()))
}

// ProcessText is the command of the process that has it open, and how many others do.
func (p *Port) ProcessText() string {
	if len(p.Holders) == 0 {
		return "-"
	}
	name := text.Line(p.Holders[0].Process.Comm.Raw())
	if others := p.Processes - 1; others > 0 {
		name += fmt.Sprintf(" +%d", others)
	}
	return name
}

// PIDText is the PID of the process that has the socket open; - if none is seen.
func (p *Port) PIDText() string {
	if len(p.Holders) == 0 {
		return "-"
	}
	return strconv.Itoa(p.Holders[0].Process.PID)
}

// ContainerText is the container whose socket it is; - for one of no container.
func (p *Port) ContainerText() string {
	if p.Container == nil {
		return "-"
	}
	return text.Line(p.Container.Label().Raw())
}

// AddressText are the addresses of an interface with their prefixes, separated by blanks.
func (i *Interface) AddressText() string {
	var list []string
	for _, a := range i.Addresses {
		if len(list) == 8 {
			list = append(list, fmt.Sprintf("+%d", len(i.Addresses)-8))
			break
		}
		list = append(list, a.String())
	}
	return cmp.Or(strings.Join(list, " "), "-")
}

// PeerText is what is at the other end of the interface: INTERFACE@NAMESPACE, or as much of it as bones can see.
func (i *Interface) PeerText() string {
	switch {
	case i.Peer == 0:
		return "-"
	case i.Other == nil && i.OtherSpace == nil && i.PeerNS >= 0:
		return fmt.Sprintf("if%d@netns %d, unseen", i.Peer, i.PeerNS)
	case i.Other == nil:
		return fmt.Sprintf("if%d", i.Peer)
	case i.OtherSpace == i.Space:
		return text.Line(i.Other.Name.Raw())
	}
	return text.Line(i.Other.Name.Raw()) + "@" + i.OtherSpace.Label()
}

// BridgeText is the bridge that the interface is a port of; - for none.
func (i *Interface) BridgeText() string {
	if i.Bridge == nil {
		return "-"
	}
	return text.Line(i.Bridge.Name.Raw())
}

// SortPorts puts sockets in the order in which they are shown: the host's first, those that listen first, by protocol
// and port.
func (v *View) SortPorts(list []Port) {
	at := map[*Space]int{}
	for i, s := range v.Spaces {
		at[s] = i
	}
	listens := func(p *Port) int {
		if p.Listening() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b Port) int {
		return cmp.Or(cmp.Compare(at[a.Space], at[b.Space]), cmp.Compare(listens(&a), listens(&b)),
			cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Local.Port(), b.Local.Port()),
			a.Local.Addr().Compare(b.Local.Addr()), a.Peer.Addr().Compare(b.Peer.Addr()),
			cmp.Compare(a.Peer.Port(), b.Peer.Port()), cmp.Compare(a.Path.Raw(), b.Path.Raw()))
	})
}
