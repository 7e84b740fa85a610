package netview

import (
	"net/netip"

	"bones/cmd/bones/internal/object"
	"bones/nsview/links"
	"bones/nsview/sockets"
	"bones/procwalk/text"
)

// Object is the namespace in JSON.
func (s *Space) Object() object.NetSpace {
	return object.NetSpace{Inode: s.Key.Inode, Name: text.New(s.Label())}
}

// Object is the socket in JSON.
func (p *Port) Object() *object.Port {
	o := &object.Port{Protocol: string(p.Protocol), State: p.State.String(), Interface: object.OrNull(p.Interface),
		Path: object.OrNull(p.Path), NetNS: p.Space.Object(), Container: object.NewNetContainer(p.Container),
		Processes: []object.PortHolder{}, Inode: p.Inode, RxQueue: p.Rx, TxQueue: p.Tx}
	for _, h := range p.Holders {
		o.Processes = append(o.Processes, object.PortHolder{PID: h.Process.PID, Command: h.Process.Comm, FD: h.FD})
	}
	if p.Kind != "" {
		o.Kind = &p.Kind
	}
	if p.HasBytes {
		o.Acked, o.Received = &p.Acked, &p.Received
	}
	if p.HasRates {
		o.AckedRate, o.ReceivRate = &p.SentRate, &p.ReceivedRate
	}
	if p.Protocol == sockets.Unix {
		return o
	}
	family := 4
	if p.V6 {
		family = 6
	}
	o.Family, o.UID, o.Local = &family, &p.UID, endpoint(p.Local)
	if p.Peer.Port() != 0 {
		o.Peer = endpoint(p.Peer)
	}
	return o
}

func endpoint(a netip.AddrPort) *object.Endpoint {
	return &object.Endpoint{Address: a.Addr().String(), Port: a.Port()}
}

// Object is the interface in JSON.
func (i *Interface) Object() *object.Interface {
	o := &object.Interface{Name: i.Name, Index: i.Index, Kind: i.Kind, State: i.State, Up: i.Up, MTU: i.MTU,
		Addresses: []string{}, NetNS: i.Space.Object(), Rx: counters(i.Rx, i.RxRate, i.HasRates),
		Tx: counters(i.Tx, i.TxRate, i.HasRates)}
	if i.MAC != "" {
		o.MAC = &i.MAC
	}
	for _, a := range i.Addresses {
		o.Addresses = append(o.Addresses, a.String())
	}
	if i.Peer != 0 {
		o.Peer = &object.InterfacePeer{Index: i.Peer}
		if i.Other != nil {
			o.Peer.Name = &i.Other.Name
		}
		if i.OtherSpace != nil {
			space := i.OtherSpace.Object()
			o.Peer.NetNS = &space
		}
	}
	if i.Bridge != nil {
		o.Bridge = &i.Bridge.Name
	}
	return o
}

func counters(c links.Counters, r Rate, known bool) object.InterfaceCounters {
	o := object.InterfaceCounters{Bytes: c.Bytes, Packets: c.Packets, Errors: c.Errors, Dropped: c.Dropped}
	if known {
		o.BytesRate, o.PacketsRate, o.DroppedRate = &r.Bytes, &r.Packets, &r.Dropped
	}
	return o
}

// Object is the answer in JSON.
func (r *Reach) Object() *object.Reach {
	o := &object.Reach{A: text.New(r.A.Name), B: text.New(r.B.Name), NotChecked: object.List(NotChecked),
		ByHand: object.List(r.ByHand()), Namespaces: []object.ReachSpace{}, Ways: []object.ReachWay{}}
	for _, n := range r.Namespaces {
		s := object.ReachSpace{Type: n.Type.String(), Shared: n.Shared}
		if n.A != 0 {
			s.A = &n.A
		}
		if n.B != 0 {
			s.B = &n.B
		}
		o.Namespaces = append(o.Namespaces, s)
	}
	for _, d := range r.Ways {
		w := object.ReachWay{From: text.New(d.From.Name), To: text.New(d.To.Name), Verdict: string(d.Verdict),
			Why: text.New(d.Why), Facts: []object.ReachFact{}, Ports: []*object.Port{}, Inner: d.Inner}
		if d.At != "" && d.Verdict != No {
			w.Address = &d.At
		}
		for _, f := range d.Facts {
			fact := object.ReachFact{Text: text.New(f.Text), Against: f.Against}
			if f.ByHand != "" {
				fact.ByHand = &f.ByHand
			}
			w.Facts = append(w.Facts, fact)
		}
		for i := range d.Ports {
			w.Ports = append(w.Ports, d.Ports[i].Object())
		}
		o.Ways = append(o.Ways, w)
	}
	return o
}
