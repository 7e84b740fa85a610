package netview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"bones/nsview"
	"bones/nsview/links"
	"bones/procwalk/fault"
)

// Interface is one interface, in which namespace it is, and what it leads to.
type Interface struct {
	links.Link
	Space *Space
	// Other is the other end: of a veth its peer, of a vlan and its like what it is on. OtherSpace is nil where that is
	// in a namespace that cannot be seen from here; Other is nil then, too.
	Other      *links.Link
	OtherSpace *Space
	Bridge     *links.Link // the bridge or bond that it is a port of; nil: none
	// The rates are per second, between two readings.
	RxRate, TxRate Rate
	HasRates       bool
}

// Rate is how much went over an interface each second.
type Rate struct{ Bytes, Packets, Dropped float64 }

// read is what was read of the interfaces of one namespace.
type read struct {
	list    []links.Link
	byIndex map[int]*links.Link
	numbers map[int]*Space // the namespaces that it knows, by its own numbers of them
	err     error
	time    time.Time
}

// at is an interface by its index; nil: there is none.
func (r *read) at(index int) *links.Link { return r.byIndex[index] }

// mostLinks is how many interfaces of one namespace are read: whoever has one can make any number of them.
const mostLinks = 10_000

// read reads the interfaces of a namespace, once.
func (v *View) read(ctx context.Context, s *Space) *read {
	if r := v.links[s.Key]; r != nil {
		return r
	}
	r := &read{byIndex: map[int]*links.Link{}, numbers: map[int]*Space{}}
	v.links[s.Key] = r
	c, err := inside(ctx, v, s, links.Open, (*links.Conn).Close)
	if err != nil {
		r.err = err
		return r
	}
	defer c.Close()
	var more bool
	r.list, more, r.err = c.Read(mostLinks)
	r.time = time.Now()
	if more {
		v.note(fmt.Sprintf("%s: there are more interfaces or addresses than the %d that bones reads", s.Label(), mostLinks))
	}
	for i := range r.list {
		r.byIndex[r.list[i].Index] = &r.list[i]
	}
	v.number(ctx, s, c, r)
	return r
}

// number finds out which namespaces the other ends of the interfaces are in. Each namespace has numbers of its own for
// those that it knows, and tells which number another one has.
func (v *View) number(ctx context.Context, s *Space, c *links.Conn, r *read) {
	wanted := map[int]bool{}
	for i := range r.list {
		if l := &r.list[i]; l.Peer != 0 && l.PeerNS >= 0 {
			wanted[l.PeerNS] = true
		}
	}
	for _, other := range v.Spaces { // the host's first, to which most lead
		if len(wanted) == 0 || ctx.Err() != nil {
			return
		}
		if other == s {
			continue
		}
		f, err := v.reader.Open(ctx, v.namespaces, other.Key)
		if err != nil {
			continue
		}
		if n, ok := c.NumberOf(int(f.Fd())); ok && wanted[n] {
			r.numbers[n] = other
			delete(wanted, n)
		}
		f.Close()
	}
}

// Interfaces reads the interfaces of a scope. With a span it reads twice, so long apart, for rates.
func (v *View) Interfaces(ctx context.Context, scope Scope, span time.Duration) ([]Interface, error) {
	if v.copied != nil {
		return nil, v.copied
	}
	list, err := v.interfaces(ctx, scope)
	if err != nil || span == 0 {
		return list, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(span):
	}
	before := v.links
	v.links = map[nsview.Key]*read{}
	after, err := v.interfaces(ctx, scope)
	if err != nil {
		return nil, err
	}
	for i := range after {
		l := &after[i]
		old := before[l.Space.Key]
		if old == nil {
			continue
		}
		o := old.at(l.Index)
		seconds := v.links[l.Space.Key].time.Sub(old.time).Seconds()
		if o == nil || o.MAC != l.MAC || seconds <= 0 || o.Rx.Bytes > l.Rx.Bytes || o.Tx.Bytes > l.Tx.Bytes {
			continue
		}
		l.RxRate, l.TxRate, l.HasRates = rate(o.Rx, l.Rx, seconds), rate(o.Tx, l.Tx, seconds), true
	}
	return after, nil
}

func rate(before, now links.Counters, seconds float64) Rate {
	per := func(a, b uint64) float64 { return float64(b-min(a, b)) / seconds }
	return Rate{per(before.Bytes, now.Bytes), per(before.Packets, now.Packets), per(before.Dropped, now.Dropped)}
}

func (v *View) interfaces(ctx context.Context, scope Scope) ([]Interface, error) {
	var all []Interface
	var first error
	refused := 0
	for _, s := range scope.Spaces {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r := v.read(ctx, s)
		if r.err != nil {
			first = cmp.Or(first, r.err)
			refused++
			continue
		}
		for i := range r.list {
			all = append(all, v.interfaceOf(ctx, s, r, &r.list[i]))
		}
	}
	return all, v.notSeen(scope, refused, first)
}

// interfaceOf follows an interface to its other end and to its bridge.
func (v *View) interfaceOf(ctx context.Context, s *Space, r *read, l *links.Link) Interface {
	i := Interface{Link: *l, Space: s}
	if l.Master != 0 {
		i.Bridge = r.at(l.Master)
	}
	switch {
	case l.Peer == 0:
	case l.PeerNS < 0:
		i.Other, i.OtherSpace = r.at(l.Peer), s
	default:
		if i.OtherSpace = r.numbers[l.PeerNS]; i.OtherSpace == nil {
			break
		}
		other := v.read(ctx, i.OtherSpace)
		if other.err != nil && !errors.Is(other.err, context.Canceled) {
			v.noteError(fmt.Sprintf("%s: %s", i.OtherSpace.Label(), fault.Line(other.err)), other.err)
		}
		i.Other = other.at(l.Peer)
	}
	return i
}
