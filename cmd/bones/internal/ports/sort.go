package ports

import (
	"bones/cmd/bones/internal/netview"
	"bones/cmd/bones/internal/sortby"
)

// Orders are what sockets can be sorted by: queues, bytes and rates with the greatest first.
var Orders = sortby.Orders[netview.Port]{List: []sortby.Order[netview.Port]{
	{Name: "port", Number: func(p *netview.Port) (float64, bool) { return float64(p.Local.Port()), true }},
	{Name: "local", Compare: func(a, b *netview.Port) int { return a.Local.Addr().Compare(b.Local.Addr()) }},
	{Name: "peer", Compare: func(a, b *netview.Port) int { return a.Peer.Addr().Compare(b.Peer.Addr()) }},
	{Name: "state", Word: func(p *netview.Port) string { return p.State.String() }},
	{Name: "pid", Number: func(p *netview.Port) (float64, bool) { return float64(pid(p)), true }},
	{Name: "process", Word: func(p *netview.Port) string { return p.ProcessText() }},
	{Name: "container", Word: func(p *netview.Port) string { return p.ContainerText() }},
	{Name: "recv-q", Greater: true, Number: func(p *netview.Port) (float64, bool) { return float64(p.Rx), true }},
	{Name: "send-q", Greater: true, Number: func(p *netview.Port) (float64, bool) { return float64(p.Tx), true }},
	{Name: "bytes", Greater: true, Number: func(p *netview.Port) (float64, bool) {
		return float64(p.Acked + p.Received), p.HasBytes
	}},
	{Name: "rate", Greater: true, Number: func(p *netview.Port) (float64, bool) {
		return p.SentRate + p.ReceivedRate, p.HasRates
	}},
}}

func pid(p *netview.Port) int {
	if len(p.Holders) == 0 {
		return 0
	}
	return p.Holders[0].Process.PID
}
