package object

import (
	"bones/cgroupview/inventory"
	"bones/procwalk/text"
)

// NetSpace is a network namespace in JSON.
type NetSpace struct {
	Inode uint64    `json:"inode"`
	Name  text.Text `json:"name"` // host, its containers, netns:NAME, or the process of the lowest PID in it
}

// NetContainer is the container that a socket or an interface belongs to.
type NetContainer struct {
	Name    text.Text  `json:"name"`
	ID      *text.Text `json:"id"`
	Runtime *string    `json:"runtime"`
}

// NewNetContainer makes the object of the container that a socket or an interface belongs to; nil if it belongs to
// none.
func NewNetContainer(c *inventory.Container) *NetContainer {
	if c == nil {
		return nil
	}
	return &NetContainer{c.Label(), OrNull(c.ID), runtimeOrNull(c.Runtime)}
}

// Port is a socket in JSON. What is not known, or what it cannot have, is null.
type Port struct {
	Protocol   string        `json:"protocol"` // tcp, udp, unix
	Family     *int          `json:"family"`   // 4, 6; null of unix
	State      string        `json:"state"`    // as ss has it
	Local      *Endpoint     `json:"local"`
	Peer       *Endpoint     `json:"peer"` // null if it is not connected
	Interface  *text.Text    `json:"interface"`
	Path       *text.Text    `json:"path"` // of unix
	Kind       *string       `json:"kind"` // of unix: stream, dgram, seqpacket
	NetNS      NetSpace      `json:"netns"`
	Container  *NetContainer `json:"container"`
	Processes  []PortHolder  `json:"processes"`
	UID        *uint32       `json:"uid"` // null of unix
	Inode      uint64        `json:"inode"`
	RxQueue    uint32        `json:"rx_queue"`    // bytes; of what listens: connections that wait
	TxQueue    uint32        `json:"tx_queue"`    // bytes; of what listens: how many may wait
	Acked      *uint64       `json:"bytes_acked"` // of connections, with --bytes and --rates
	Received   *uint64       `json:"bytes_received"`
	AckedRate  *float64      `json:"acked_bytes_per_second"` // with --rates
	ReceivRate *float64      `json:"received_bytes_per_second"`
}

// Endpoint is one end of a connection.
type Endpoint struct {
	Address string `json:"address"`
	Port    uint16 `json:"port"`
}

// PortHolder is a process that has a socket open.
type PortHolder struct {
	PID     int       `json:"pid"`
	Command text.Text `json:"comm"`
	FD      int       `json:"fd"`
}

// Interface is a network interface in JSON.
type Interface struct {
	Name      text.Text         `json:"name"`
	Index     int               `json:"index"`
	Kind      string            `json:"kind"`  // veth, bridge, ...; device: none of these
	State     string            `json:"state"` // as ip link has it
	Up        bool              `json:"up"`    // it was switched on
	MTU       int               `json:"mtu_bytes"`
	MAC       *string           `json:"mac"`
	Addresses []string          `json:"addresses"` // ADDRESS/PREFIX
	NetNS     NetSpace          `json:"netns"`
	Peer      *InterfacePeer    `json:"peer"`   // the other end of a veth, or what a vlan is on
	Bridge    *text.Text        `json:"bridge"` // or bond
	Rx        InterfaceCounters `json:"rx"`
	Tx        InterfaceCounters `json:"tx"`
}

// InterfacePeer is the other end. Name and NetNS are null where its namespace cannot be seen from here.
type InterfacePeer struct {
	Index int        `json:"index"`
	Name  *text.Text `json:"name"`
	NetNS *NetSpace  `json:"netns"`
}

// InterfaceCounters are counted since the interface was made. The rates are there with --rates.
type InterfaceCounters struct {
	Bytes       uint64   `json:"bytes"`
	Packets     uint64   `json:"packets"`
	Errors      uint64   `json:"errors"`
	Dropped     uint64   `json:"dropped"`
	BytesRate   *float64 `json:"bytes_per_second"`
	PacketsRate *float64 `json:"packets_per_second"`
	DroppedRate *float64 `json:"dropped_per_second"`
}

// Reach is whether two see each other, in JSON.
type Reach struct {
	A          text.Text    `json:"a"`
	B          text.Text    `json:"b"`
	Namespaces []ReachSpace `json:"namespaces"`
	Ways       []ReachWay   `json:"ways"` // from a to b, and back
	NotChecked []string     `json:"not_checked"`
	ByHand     []string     `json:"by_hand"`
}

// ReachSpace is one type of namespace. An inode is null where it is not seen.
type ReachSpace struct {
	Type   string  `json:"type"`
	Shared bool    `json:"shared"`
	A      *uint64 `json:"a"`
	B      *uint64 `json:"b"`
}

// ReachWay is one direction.
type ReachWay struct {
	From    text.Text   `json:"from"`
	To      text.Text   `json:"to"`
	Verdict string      `json:"verdict"` // yes, perhaps, no
	Why     text.Text   `json:"why"`
	Address *string     `json:"address"` // at which the other is reached
	Facts   []ReachFact `json:"facts"`
	Ports   []*Port     `json:"ports"`               // that can be tried there
	Inner   int         `json:"loopback_only_ports"` // that listen on loopback addresses alone
}

// ReachFact is one thing that was looked at.
type ReachFact struct {
	Text    text.Text `json:"text"`
	Against bool      `json:"against"` // it stands between
	ByHand  *string   `json:"by_hand"`
}
