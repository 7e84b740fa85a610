package netview

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"bones/nsview"
	"bones/nsview/links"
	"bones/nsview/sockets"
	"bones/procwalk"
	"bones/procwalk/effect"
)

// Verdict is how far a packet gets, as far as bones looked.
type Verdict string

// The verdicts. Perhaps: other hosts or rules of the firewall decide, which bones does not evaluate.
const (
	Yes     Verdict = "yes"
	Perhaps Verdict = "perhaps"
	No      Verdict = "no"
)

// Fact is one thing that was looked at: what it says, and the command that shows the same.
type Fact struct {
	Text    string // a sentence, safe to print
	Against bool   // it stands between
	ByHand  string // empty: there is none
}

// Direction is whether one reaches the other over the network.
type Direction struct {
	From, To *Scope
	Verdict  Verdict
	Why      string // in one sentence
	Facts    []Fact
	Ports    []Port // of To, that From could try
	At       string // the address at which it would; empty: at none
	Inner    int    // sockets of To that listen on its loopback addresses alone
}

// Reach is whether two see each other.
type Reach struct {
	A, B       Scope
	Namespaces []SharedSpace
	Ways       []Direction // from A to B, and back
}

// SharedSpace is one type of namespace, and whether both are in the same.
type SharedSpace struct {
	Type   procwalk.NSType
	A, B   uint64 // inodes; 0: not seen
	Shared bool
}

// NotChecked are what may stand between and is not looked at.
var NotChecked = []string{
	"rules of the firewall (nftables, iptables, eBPF): Docker and Kubernetes keep networks apart with them",
	"source address checks (rp_filter), filters and isolation on bridge ports, and policy routes that depend on a mark",
}

// FindEnd is Find for one end: host names the host itself.
func (v *View) FindEnd(ctx context.Context, word string) (Scope, error) {
	if word == "host" {
		if c, p, err := v.Inventory.Find(v.Snapshot, word); err != nil || c == nil && p == nil {
			return v.hostEnd()
		}
	}
	scope, err := v.Find(ctx, word)
	if err == nil && scope.Process == nil && len(scope.Spaces) > 0 {
		scope.Process = scope.Spaces[0].First
	}
	return scope, err
}

func (v *View) hostEnd() (Scope, error) {
	for _, s := range v.Spaces {
		if s.Host {
			return Scope{Spaces: []*Space{s}, Process: v.Snapshot.Find(1), Name: "the host"}, nil
		}
	}
	return Scope{}, errors.New("the host's network namespace cannot be seen from here")
}

// Reach finds out whether a and b see each other.
func (v *View) Reach(ctx context.Context, a, b Scope) (*Reach, error) {
	if v.copied != nil {
		return nil, v.copied
	}
	r := &Reach{A: a, B: b}
	// Where processes of one container are in several namespaces, the one that backs it speaks for it.
	for _, s := range []*Scope{&r.A, &r.B} {
		if own := v.SpaceOf(s.Process); own != nil {
			s.Spaces = []*Space{own}
		}
	}
	for t := range procwalk.NSTypes {
		s := SharedSpace{Type: t, A: inode(&r.A, t), B: inode(&r.B, t)}
		if s.A == 0 && s.B == 0 {
			continue
		}
		s.Shared = s.A == s.B && s.A != 0
		r.Namespaces = append(r.Namespaces, s)
	}
	for _, ends := range [][2]*Scope{{&r.A, &r.B}, {&r.B, &r.A}} {
		d, err := v.direction(ctx, ends[0], ends[1])
		if err != nil {
			return nil, err
		}
		r.Ways = append(r.Ways, *d)
	}
	return r, nil
}

func inode(s *Scope, t procwalk.NSType) uint64 {
	if t == procwalk.Net {
		return s.Spaces[0].Key.Inode
	}
	if s.Process == nil || s.Process.NS == nil {
		return 0
	}
	return s.Process.NS.Inode[t]
}

// direction finds out whether one reaches the other, by the first address of it that can be reached.
func (v *View) direction(ctx context.Context, from, to *Scope) (*Direction, error) {
	d := &Direction{From: from, To: to, Verdict: No}
	a, b := from.Spaces[0], to.Spaces[0]
	listening, err := v.Ports(ctx, *to, sockets.Ask{TCP: true, UDP: true, V4: true, V6: true}, 0)
	if err != nil {
		return nil, err
	}
	if a == b {
		d.Verdict, d.At = Yes, "127.0.0.1"
		d.Why = fmt.Sprintf("both are in the same network namespace, %s (%s): each reaches what the other listens on at "+
			"127.0.0.1", a.Key, a.Label())
		d.Ports = listening
		return d, nil
	}
	mine, theirs := v.read(ctx, a), v.read(ctx, b)
	if err := errors.Join(mine.err, theirs.err); err != nil {
		return nil, err
	}
	best := -1
	for i := range theirs.list {
		l := v.interfaceOf(ctx, b, theirs, &theirs.list[i])
		for _, address := range l.Addresses {
			if l.Loopback || address.Addr().IsLinkLocalUnicast() {
				continue
			}
			w, err := v.way(ctx, a, mine, b, &l, address)
			if err != nil {
				return nil, err
			}
			if rank(w.Verdict) > best {
				best = rank(w.Verdict)
				d.Verdict, d.Why, d.Facts, d.At = w.Verdict, w.Why, w.Facts, w.At
			}
		}
	}
	if best < 0 {
		d.Why = fmt.Sprintf("%s has no address but those of its own loopback", to.Name)
		d.Facts = []Fact{{Text: d.Why, Against: true, ByHand: b.ByHand("ip", "-brief", "address")}}
	}
	at, _ := netip.ParseAddr(d.At)
	for i := range listening {
		switch p := &listening[i]; {
		case p.Local.Addr().IsLoopback():
			d.Inner++
		case d.Verdict != No && takes(p, at):
			d.Ports = append(d.Ports, *p)
		}
	}
	return d, nil
}

// takes reports whether a socket takes what is sent to an address.
func takes(p *Port, at netip.Addr) bool {
	if p.AnyAddress() {
		return p.V6 && !p.V6Only || p.V6 == at.Is6()
	}
	return p.Local.Addr().Unmap() == at
}

func rank(v Verdict) int { return map[Verdict]int{No: 0, Perhaps: 1, Yes: 2}[v] }

// addFact adds a fact.
func (d *Direction) addFact(against bool, hand, format string, args ...any) {
	d.Facts = append(d.Facts, Fact{fmt.Sprintf(format, args...), against, hand})
}

// end is the answer, with its reason.
func (d *Direction) end(format string, args ...any) (*Direction, error) {
	d.Why = fmt.Sprintf(format, args...)
	return d, nil
}

// way follows a packet from one namespace to one address of another.
func (v *View) way(ctx context.Context, a *Space, mine *read, b *Space, l *Interface, to netip.Prefix) (*Direction,
	error) {
	d := &Direction{Verdict: No, At: to.Addr().String()}
	d.addFact(false, b.ByHand("ip", "-brief", "address"), "%s has the address %s on %s", b.Label(), to, l.Name)
	if !l.Up || l.State == "DOWN" || l.State == "LOWERLAYERDOWN" {
		d.addFact(true, b.ByHand("ip", "link", "show", l.Name.Raw()), "%s of %s is down", l.Name, b.Label())
		return d.end("the interface %s of %s, which has the address %s, is down", l.Name, b.Label(), to.Addr())
	}
	hand := a.ByHand("ip", "route", "get", to.Addr().String())
	route, err := v.route(ctx, a, to.Addr())
	switch {
	case errors.Is(err, links.ErrNoRoute):
		d.addFact(true, hand, "%s has no route to %s", a.Label(), to.Addr())
		return d.end("%s has no route to %s: no interface in that subnet and no default route, as in a network that is "+
			"internal", a.Label(), to.Addr())
	case err != nil:
		return nil, err
	case route.Local:
		d.addFact(true, hand, "%s is an address of %s itself", to.Addr(), a.Label())
		return d.end("%s would talk to itself at %s: it has the same address", a.Label(), to.Addr())
	}
	out := mine.at(route.Device)
	if out == nil {
		return d.end("the interface of the route to %s is not seen", to.Addr())
	}
	i := v.interfaceOf(ctx, a, mine, out)
	if !route.Gateway.IsValid() {
		return v.onLink(d, a, b, &i, l, to, hand)
	}
	d.addFact(false, hand, "%s sends to %s through the gateway %s on %s", a.Label(), to.Addr(), route.Gateway, out.Name)
	return v.routed(ctx, d, a, b, route, to)
}

// onLink judges an address that the sender takes to be on its own link.
func (v *View) onLink(d *Direction, a, b *Space, i, l *Interface, to netip.Prefix, hand string) (*Direction, error) {
	here, there := v.segmentOf(i), v.segmentOf(l)
	if here.id == there.id {
		d.addFact(false, hand, "%s sends to %s straight over %s: both are on %s", a.Label(), to.Addr(), i.Name, here.name)
		d.Verdict = Yes
		if here.depends != "" {
			d.addFact(false, "", "%s", here.depends)
			d.Verdict = Perhaps
		}
		return d.end("both are on %s, in the same subnet", here.name)
	}
	d.addFact(true, hand, "%s takes %s to be on the link of %s, which is %s; %s of %s is on %s", a.Label(), to.Addr(),
		i.Name, here.name, l.Name, b.Label(), there.name)
	return d.end("different links stand between: %s is on %s, %s on %s", a.Label(), here.name, b.Label(), there.name)
}

// routed judges an address behind a gateway: whose that is, whether it forwards, and where to.
func (v *View) routed(ctx context.Context, d *Direction, a, b *Space, route links.Route,
	to netip.Prefix) (*Direction, error) {
	g := v.owner(ctx, route.Gateway, a, b)
	if g == nil {
		d.addFact(false, "", "bones cannot tell here whose address the gateway %s is", route.Gateway)
		d.Verdict = Perhaps
		return d.end("%s is behind the gateway %s, which is none of this host's", to.Addr(), route.Gateway)
	}
	if g == b {
		d.addFact(false, g.ByHand("ip", "-brief", "address"), "the gateway is %s itself", b.Label())
		d.Verdict = Yes
		return d.end("%s is the gateway of %s", b.Label(), a.Label())
	}
	if forwards, file, err := v.forwards(ctx, g, to.Addr()); err != nil {
		d.addFact(false, "", "whether %s forwards is not known: %v", g.Label(), err)
	} else {
		does := map[bool]string{true: "forwards", false: "does not forward"}[forwards]
		d.addFact(!forwards, g.ByHand("cat", file), "the gateway is %s, which %s packets between its interfaces (%s)",
			g.Label(), does, filepath.Base(file))
		if !forwards {
			return d.end("%s is behind the gateway %s, and %s does not forward", to.Addr(), route.Gateway, g.Label())
		}
	}
	hand := g.ByHand("ip", "route", "get", to.Addr().String())
	on, err := v.route(ctx, g, to.Addr())
	if errors.Is(err, links.ErrNoRoute) {
		d.addFact(true, hand, "%s has no route to %s", g.Label(), to.Addr())
		return d.end("the gateway, %s, has no route to %s", g.Label(), to.Addr())
	} else if err != nil {
		return nil, err
	}
	if l := v.read(ctx, g).at(on.Device); l != nil {
		d.addFact(false, hand, "%s sends it on over %s", g.Label(), l.Name)
	}
	back := b.ByHand("ip", "route", "get", route.Source.String())
	if _, err := v.route(ctx, b, route.Source); route.Source.IsValid() && errors.Is(err, links.ErrNoRoute) {
		d.addFact(true, back, "%s has no route back to %s", b.Label(), route.Source)
		return d.end("%s has no route back to %s: an answer would not arrive", b.Label(), route.Source)
	}
	d.Verdict = Perhaps
	return d.end("they are on different networks, and %s routes between them: its firewall decides, which bones does "+
		"not evaluate (Docker keeps its networks apart so)", g.Label())
}

// route asks a namespace which way it would send a packet.
func (v *View) route(ctx context.Context, s *Space, to netip.Addr) (links.Route, error) {
	c, err := inside(ctx, v, s, links.Open, (*links.Conn).Close)
	if err != nil {
		return links.Route{}, err
	}
	defer c.Close()
	return c.RouteTo(to)
}

// owner is the namespace that has an address: of two that have the same, as every Docker host has 172.17.0.1, the one
// that the sender's links lead to, which is the host's as a rule.
func (v *View) owner(ctx context.Context, address netip.Addr, a, b *Space) *Space {
	candidates := []*Space{b}
	r := v.read(ctx, a)
	for i := range r.list {
		if other := v.interfaceOf(ctx, a, r, &r.list[i]).OtherSpace; other != nil && other != a {
			candidates = append([]*Space{other}, candidates...)
		}
	}
	for _, s := range candidates {
		for _, l := range v.read(ctx, s).list {
			for _, p := range l.Addresses {
				if p.Addr() == address {
					return s
				}
			}
		}
	}
	return nil
}

// forwards reports whether a namespace forwards packets between its interfaces, and which file says so. The files of
// /proc/sys/net are those of the namespace of the thread that opens them.
func (v *View) forwards(ctx context.Context, s *Space, to netip.Addr) (is bool, file string, err error) {
	file = "/proc/sys/net/ipv4/ip_forward"
	if to.Is6() {
		file = "/proc/sys/net/ipv6/conf/all/forwarding"
	}
	b, err := nsview.Inside(ctx, v.reader, v.namespaces, s.Key, func() ([]byte, error) {
		return os.ReadFile(filepath.Join(v.proc, strings.TrimPrefix(file, "/proc")))
	}, nil)
	return strings.TrimSpace(string(b)) != "0", file, err
}

// ByHand are the commands that show the same, of the two ends.
func (r *Reach) ByHand() []string {
	list := []string{}
	if r.A.Process != nil && r.B.Process != nil {
		list = append(list, effect.Command("ls", "-l", fmt.Sprintf("/proc/%d/ns", r.A.Process.PID),
			fmt.Sprintf("/proc/%d/ns", r.B.Process.PID)))
	}
	for _, d := range r.Ways {
		for _, f := range d.Facts {
			if f.ByHand != "" {
				list = append(list, f.ByHand)
			}
		}
		list = append(list, d.To.Spaces[0].ByHand("ss", "-tulpn"))
	}
	return list
}
