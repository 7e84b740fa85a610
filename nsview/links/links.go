// Package links reads the interfaces of a network namespace from the kernel: their addresses, counters, the bridge
// that they are a port of, and for a veth the other end, which is in another namespace as a rule; and it asks which
// route a packet would take from there.
//
// Source: rtnetlink(7).
package links

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"bones/nsview"
	"bones/procwalk/text"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Counters are what the kernel counts of one direction since the interface was made.
type Counters struct{ Bytes, Packets, Errors, Dropped uint64 }

// Link is one interface. Its name was chosen by whoever made it.
type Link struct {
	Index     int
	Name      text.Text
	Kind      string // veth, bridge, macvlan, ...; device: of hardware, or what has no kind
	State     string // as `ip link` prints it: UP, DOWN, UNKNOWN, LOWERLAYERDOWN, ...
	Up        bool   // it was switched on; State tells whether something is at the other end
	Loopback  bool
	MTU       int // bytes
	MAC       string
	Master    int // index of the bridge or bond that it is a port of; 0: none
	Peer      int // of a veth the index of its other end, of a vlan and its like that of what it is on; 0: none
	PeerNS    int // the number by which this namespace knows that of Peer; -1: it is this one
	Addresses []netip.Prefix
	Rx, Tx    Counters
}

// Veth reports whether the interface is one end of a veth pair.
func (l *Link) Veth() bool { return l.Kind == "veth" }

// Conn is a conversation with the kernel about one network namespace.
type Conn struct {
	handles map[int]*nl.SocketHandle
	handle  *netlink.Handle
}

// Open begins one about the namespace that the calling thread is in. It can be used from every thread.
func Open() (*Conn, error) {
	s, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("rtnetlink: %w", err)
	}
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("rtnetlink: %w", err)
	}
	return &Conn{map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: s}}, h}, nil
}

// Close closes the connection to the kernel.
func (c *Conn) Close() {
	c.handles[unix.NETLINK_ROUTE].Close()
	c.handle.Close()
}

// mostAddresses is how many addresses of one namespace are read.
const mostAddresses = 100_000

// Read reads the interfaces, by their index; at most so many. more: there are more.
func (c *Conn) Read(most int) (list []Link, more bool, err error) {
	at := map[int]int{}
	err = c.dump(unix.RTM_GETLINK, unix.RTM_NEWLINK, nl.NewIfInfomsg(unix.AF_UNSPEC), func(message []byte) bool {
		if len(list) >= most {
			more = true
			return false
		}
		l, parseErr := netlink.LinkDeserialize(nil, message)
		if parseErr == nil {
			at[l.Attrs().Index] = len(list)
			list = append(list, newLink(l))
		}
		return true
	})
	if err != nil {
		return nil, false, fmt.Errorf("interfaces: %w", err)
	}
	left := mostAddresses
	err = c.dump(unix.RTM_GETADDR, unix.RTM_NEWADDR, nl.NewIfInfomsg(unix.AF_UNSPEC), func(message []byte) bool {
		index, address, ok := nsview.AddressOf(message)
		if i, known := at[index]; ok && known {
			list[i].Addresses = append(list[i].Addresses, address)
			left--
		}
		more = more || left == 0
		return left > 0
	})
	if err != nil {
		return nil, false, fmt.Errorf("addresses: %w", err)
	}
	slices.SortFunc(list, func(a, b Link) int { return a.Index - b.Index })
	return list, more, nil
}

// dump asks one question. A dump that went on while something changed is as good as one of a moment later.
func (c *Conn) dump(question int, answer uint16, about nl.NetlinkRequestData, each func([]byte) bool) error {
	r := nl.NewNetlinkRequest(question, unix.NLM_F_DUMP)
	r.Sockets = c.handles
	r.AddData(about)
	err := r.ExecuteIter(unix.NETLINK_ROUTE, answer, each)
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		return nil
	}
	return err
}

// stateNames are those of `ip link`. Source: include/uapi/linux/if.h, IF_OPER_*; RFC 2863.
var stateNames = [...]string{"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"}

func newLink(from netlink.Link) Link {
	a := from.Attrs()
	l := Link{Index: a.Index, Name: text.New(a.Name), Kind: from.Type(), Up: a.Flags&net.FlagUp != 0, MTU: a.MTU,
		Loopback: a.Flags&net.FlagLoopback != 0, MAC: a.HardwareAddr.String(), Master: a.MasterIndex, Peer: a.ParentIndex,
		PeerNS: a.NetNsID, State: stateNames[0]}
	if int(a.OperState) < len(stateNames) {
		l.State = stateNames[a.OperState]
	}
	if s := a.Statistics; s != nil {
		l.Rx = Counters{s.RxBytes, s.RxPackets, s.RxErrors, s.RxDropped}
		l.Tx = Counters{s.TxBytes, s.TxPackets, s.TxErrors, s.TxDropped}
	}
	if l.Peer == l.Index && l.PeerNS < 0 { // of what is on nothing some drivers say so
		l.Peer = 0
	}
	return l
}

// NumberOf returns the number by which this namespace knows another one, of which fd is a descriptor. ok is false if
// it knows it by none: then nothing of it leads there.
//
// Source: RTM_GETNSID, Linux 4.0.
func (c *Conn) NumberOf(fd int) (number int, ok bool) {
	n, err := c.handle.GetNetNsIdByFd(fd)
	return n, err == nil && n >= 0
}

// Route is the way that the kernel would send a packet.
type Route struct {
	Device  int        // index of the interface
	Gateway netip.Addr // not valid: the destination is on the link itself
	Source  netip.Addr // our address on the packet
	Local   bool       // the destination is an address of this namespace
}

// ErrNoRoute is the error where the kernel knows no way.
var ErrNoRoute = errors.New("no route")

// RouteTo asks which way a packet to an address would take: what `ip route get` prints.
func (c *Conn) RouteTo(to netip.Addr) (Route, error) {
	list, err := c.handle.RouteGet(to.AsSlice())
	switch {
	case errors.Is(err, unix.ENETUNREACH), errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, unix.EACCES),
		errors.Is(err, unix.EINVAL): // unreachable, prohibit and blackhole routes, in this order
		return Route{}, fmt.Errorf("%w to %s: %w", ErrNoRoute, to, err)
	case err != nil:
		return Route{}, fmt.Errorf("the route to %s: %w", to, err)
	case len(list) == 0:
		return Route{}, fmt.Errorf("%w to %s", ErrNoRoute, to)
	}
	r := Route{Device: list[0].LinkIndex, Local: list[0].Type == unix.RTN_LOCAL}
	r.Gateway, _ = netip.AddrFromSlice(list[0].Gw)
	r.Source, _ = netip.AddrFromSlice(list[0].Src)
	r.Gateway, r.Source = r.Gateway.Unmap(), r.Source.Unmap()
	return r, nil
}
