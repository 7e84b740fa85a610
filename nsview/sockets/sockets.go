// Package sockets reads the sockets of a network namespace from the kernel: what listens where, what is connected to
// what, and which processes have them open. It asks over sock_diag, as ss does, which takes one question for each
// protocol where /proc/net/tcp has a line of text for each socket.
//
// Source: sock_diag(7); include/uapi/linux/inet_diag.h, unix_diag.h.
package sockets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"bones/procwalk/fault"
	"bones/procwalk/text"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Protocol is the protocol of a socket.
type Protocol string

// The protocols that are read.
const (
	TCP  Protocol = "tcp"
	UDP  Protocol = "udp"
	Unix Protocol = "unix"
)

// TCPState is a state of TCP, which the kernel has the sockets of other protocols in as well.
//
// Source: include/net/tcp_states.h.
type TCPState uint8

// The states that bones tells apart.
const (
	Established TCPState = 1
	TimeWait    TCPState = 6
	Close       TCPState = 7 // of UDP: not connected
	Listen      TCPState = 10
)

// stateNames are those that ss prints.
var stateNames = [...]string{"?", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECV"}

// String is the name that ss prints.
func (s TCPState) String() string {
	if int(s) >= len(stateNames) {
		return stateNames[0]
	}
	return stateNames[s]
}

// Socket is one socket as sock_diag reports it. Addresses of unix sockets are names that programs chose.
type Socket struct {
	Protocol Protocol
	V6       bool           // of IPv6; one that is not V6Only takes IPv4 as well
	V6Only   bool           // as far as the kernel says: of what listens
	Local    netip.AddrPort // of tcp and udp; the address is the unspecified one if it takes any
	Peer     netip.AddrPort // the port is 0 if it is not connected
	Device   int            // index of the interface that it is bound to; 0: any
	Path     text.Text      // of unix: where it is bound; an abstract name begins with @
	Kind     string         // of unix: stream, dgram, seqpacket
	State    TCPState
	Inode    uint64 // in the link of a descriptor, socket:[INODE]; 0: no process has it any more
	Cookie   uint64 // the kernel's own number of it, never given again
	UID      uint32 // whose it is
	// Rx and Tx are bytes that wait to be read and to be sent. Of what listens, the connections that wait to be accepted,
	// and how many may.
	Rx, Tx uint32
	// Acked and Received are the bytes that the other side has acknowledged and that were received, since the
	// connection was made. Since Linux 4.1.
	Acked, Received uint64
	HasBytes        bool // they are known
}

// Listening reports whether it waits for others: ss shows those with -l.
func (s *Socket) Listening() bool {
	switch s.Protocol {
	case UDP:
		return s.State == Close && s.Local.Port() != 0
	case Unix:
		return s.State == Listen || s.State == Close && s.Kind != "stream" && s.Path.Len() > 0
	}
	return s.State == Listen
}

// AnyAddress reports whether it takes connections to every address of its namespace.
func (s *Socket) AnyAddress() bool { return s.Local.Addr().IsUnspecified() }

// Ask says which sockets are read.
type Ask struct {
	TCP, UDP, Unix bool
	V4, V6         bool // of tcp and udp
	All            bool // connected ones, too; else those that listen alone
	Bytes          bool // Acked and Received
	Most           int  // how many at most, of all protocols together
}

// Conn is a conversation with the kernel about one network namespace.
type Conn struct{ handles map[int]*nl.SocketHandle }

// Open begins one about the namespace that the calling thread is in. It can be used from every thread.
func Open() (*Conn, error) {
	s, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_INET_DIAG)
	if err != nil {
		return nil, fmt.Errorf("sock_diag: %w", err)
	}
	return &Conn{map[int]*nl.SocketHandle{unix.NETLINK_INET_DIAG: {Socket: s}}}, nil
}

// Close closes the connection to the kernel.
func (c *Conn) Close() { c.handles[unix.NETLINK_INET_DIAG].Close() }

// Read reads the sockets. left is how many there are beyond ask.Most. A protocol that could not be read is an error
// beside those that could; where none could, list is nil.
func (c *Conn) Read(ask Ask) (list []Socket, left int, err error) {
	var errs []error
	asked := 0
	for _, p := range []struct {
		on       bool
		protocol Protocol
		family   uint8
	}{
		{ask.TCP && ask.V4, TCP, unix.AF_INET}, {ask.TCP && ask.V6, TCP, unix.AF_INET6},
		{ask.UDP && ask.V4, UDP, unix.AF_INET}, {ask.UDP && ask.V6, UDP, unix.AF_INET6},
		{ask.Unix, Unix, unix.AF_UNIX},
	} {
		if !p.on {
			continue
		}
		asked++
		err := c.dump(request(p.protocol, p.family, ask), func(message []byte) bool {
			s, ok := parse(p.protocol, message)
			switch {
			case !ok || !ask.All && !s.Listening():
				return true
			case len(list) >= ask.Most:
				left++ // the kernel tells of them anyway
				return true
			}
			list = append(list, s)
			return true
		})
		if err != nil {
			errs = append(errs, explain(p.protocol, p.family, err))
		}
	}
	if list == nil && len(errs) < asked {
		list = []Socket{}
	}
	return list, left, errors.Join(errs...)
}

// dump asks one question. A dump that went on while sockets came and went is as good as one of a moment later.
func (c *Conn) dump(question []byte, each func([]byte) bool) error {
	r := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP)
	r.Sockets = c.handles
	r.AddRawData(question)
	err := r.ExecuteIter(unix.NETLINK_INET_DIAG, nl.SOCK_DIAG_BY_FAMILY, each)
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		return nil
	}
	return err
}

// explain says what the kernel lacks: ENOENT stands for a module that is not there.
func explain(p Protocol, family uint8, err error) error {
	name := string(p)
	if family == unix.AF_INET6 {
		name += " over IPv6"
	}
	if errors.Is(err, syscall.ENOENT) {
		return &fault.Error{Kind: fault.Unsupported, Err: fmt.Errorf("%s sockets: %w", name, err),
			Hint: fmt.Sprintf("needs the kernel's %s_diag", p)}
	}
	return fmt.Errorf("%s sockets: %w", name, err)
}

const (
	inetDiagInfo     = 2  // INET_DIAG_INFO
	inetDiagV6Only   = 11 // INET_DIAG_SKV6ONLY
	unixDiagName     = 0  // UNIX_DIAG_NAME
	unixDiagQueue    = 4  // UNIX_DIAG_RQLEN
	showName         = 1  // UDIAG_SHOW_NAME
	showQueue        = 16 // UDIAG_SHOW_RQLEN
	sizeofInet       = 72 // struct inet_diag_msg
	sizeofUnix       = 16 // struct unix_diag_msg
	offsetOfAcked    = 120
	offsetOfReceived = 128
)

// request makes struct inet_diag_req_v2, of unix sockets struct unix_diag_req.
func request(p Protocol, family uint8, ask Ask) []byte {
	states := uint32(1<<Listen | 1<<Close)
	if ask.All {
		states = 0xffffffff
	}
	if p == Unix {
		b := make([]byte, 24)
		b[0] = family
		binary.NativeEndian.PutUint32(b[4:], states)
		binary.NativeEndian.PutUint32(b[12:], showName|showQueue)
		return b
	}
	b := make([]byte, 56)
	b[0], b[1] = family, unix.IPPROTO_UDP
	if p == TCP {
		b[1] = unix.IPPROTO_TCP
		if !ask.All {
			states = 1 << Listen
		}
		if ask.Bytes {
			b[2] = 1 << (inetDiagInfo - 1)
		}
	}
	binary.NativeEndian.PutUint32(b[4:], states)
	return b
}

// parse reads one answer.
func parse(p Protocol, b []byte) (Socket, bool) {
	if p == Unix {
		return parseUnix(b)
	}
	if len(b) < sizeofInet {
		return Socket{}, false
	}
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	s := Socket{Protocol: p, V6: b[0] == unix.AF_INET6, State: TCPState(b[1]), Device: int(u32(40)),
		Cookie: uint64(u32(44)) | uint64(u32(48))<<32, Rx: u32(56), Tx: u32(60), UID: u32(64), Inode: uint64(u32(68))}
	address := func(at int) netip.Addr {
		if s.V6 {
			return netip.AddrFrom16([16]byte(b[at : at+16]))
		}
		return netip.AddrFrom4([4]byte(b[at : at+4]))
	}
	s.Local = netip.AddrPortFrom(address(8), binary.BigEndian.Uint16(b[4:]))
	s.Peer = netip.AddrPortFrom(address(24), binary.BigEndian.Uint16(b[6:]))
	if len(b) == sizeofInet {
		return s, true
	}
	attrs, err := nl.ParseRouteAttr(b[sizeofInet:])
	if err != nil {
		return s, true // the fixed part stands by itself
	}
	for _, a := range attrs {
		switch v := a.Value; {
		case a.Attr.Type == inetDiagV6Only && len(v) > 0:
			s.V6Only = v[0] != 0
		case a.Attr.Type == inetDiagInfo && len(v) >= offsetOfReceived+8 && s.State != Listen:
			s.Acked = binary.NativeEndian.Uint64(v[offsetOfAcked:])
			s.Received = binary.NativeEndian.Uint64(v[offsetOfReceived:])
			s.HasBytes = true
		}
	}
	return s, true
}

// parseUnix reads struct unix_diag_msg.
func parseUnix(b []byte) (Socket, bool) {
	if len(b) < sizeofUnix {
		return Socket{}, false
	}
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	s := Socket{
		Protocol: Unix,
		State:    TCPState(b[2]),
		Inode:    uint64(u32(4)),
		Cookie:   uint64(u32(8)) | uint64(u32(12))<<32,
	}
	s.Kind = map[byte]string{unix.SOCK_STREAM: "stream", unix.SOCK_DGRAM: "dgram",
		unix.SOCK_SEQPACKET: "seqpacket"}[b[1]]
	attrs, err := nl.ParseRouteAttr(b[sizeofUnix:])
	if err != nil {
		return s, true
	}
	for _, a := range attrs {
		switch v := a.Value; {
		case a.Attr.Type == unixDiagName && len(v) > 0:
			name := string(v)
			if name[0] == 0 { // an abstract name: ss prints it so
				name = "@" + name[1:]
			}
			s.Path = text.New(name)
		case a.Attr.Type == unixDiagQueue && len(v) >= 8:
			s.Rx, s.Tx = binary.NativeEndian.Uint32(v), binary.NativeEndian.Uint32(v[4:])
		}
	}
	return s, true
}
