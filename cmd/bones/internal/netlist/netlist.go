// Package netlist is `bones net`: the interfaces of every network namespace, and what is at their other ends.
package netlist

import (
	"context"
	"strconv"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/netview"
	"bones/cmd/bones/internal/sortby"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

// Command makes `bones net`, which lists the interfaces of network namespaces.
func Command(p command.Program) *cobra.Command {
	var f netview.Readings
	c := &cobra.Command{
		Use:   "net [TARGET]",
		Short: "Network interfaces of every namespace: addresses, the other end of each veth, bridges, counters",
		Long: `Print the interfaces of every network namespace of this host: state, MTU, addresses, the interface
at the other end, the bridge it belongs to, and its traffic since it was created. ip link shows the
interfaces of one namespace, and only a number for the other end.

NETNS is host, the containers in the namespace, or its name in ip netns. PEER is the other end of a
veth, as INTERFACE@NETNS, or the interface that a vlan or the like is on. With the TARGET of a
container or process bones prints the interfaces of its namespace; with netns:NAME or ns:INODE, or
as bones ns --help says, those of that namespace. With --rates bones reads twice, and RX/S and TX/S
are bytes a second.

Without CAP_SYS_ADMIN bones sees only its own namespace, and says so.`,
		Example: "  bones net\n  bones net web\n  bones net --rates --sort rate\n  bones net netns:blue --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.Check(); err != nil {
				return err
			}
			if err := Orders.Check(f.Sort); err != nil {
				return command.Usage("%w", err)
			}
			return command.Failed(run(c.Context(), p, &f, args))
		},
	}
	f.Register(c.Flags(), "also show rates; bones reads twice", Orders.Usage())
	return c
}

func run(ctx context.Context, p command.Program, f *netview.Readings, args []string) error {
	list, _, notes, err := netview.List(ctx, p.Targets(), args, func(v *netview.View, scope netview.Scope) (
		[]netview.Interface, error) {
		return v.Interfaces(ctx, scope, f.Span())
	})
	if err != nil {
		return err
	}
	Orders.Sort(list, f.Sort)
	return netview.Print(p, "net", list, notes, func(i *netview.Interface) any { return i.Object() },
		func() *tint.Table { return table(list, f.Rates) })
}

// Orders are what interfaces can be sorted by: counters with the greatest first.
var Orders = sortby.Orders[netview.Interface]{List: []sortby.Order[netview.Interface]{
	{Name: "name", Word: func(i *netview.Interface) string { return i.Name.Raw() }},
	{Name: "netns", Word: func(i *netview.Interface) string { return i.Space.Label() }},
	{Name: "rx", Greater: true, Number: func(i *netview.Interface) (float64, bool) { return float64(i.Rx.Bytes), true }},
	{Name: "tx", Greater: true, Number: func(i *netview.Interface) (float64, bool) { return float64(i.Tx.Bytes), true }},
	{Name: "drops", Greater: true, Number: func(i *netview.Interface) (float64, bool) {
		return float64(i.Rx.Dropped + i.Tx.Dropped), true
	}},
	{Name: "rate", Greater: true, Number: func(i *netview.Interface) (float64, bool) {
		return i.RxRate.Bytes + i.TxRate.Bytes, i.HasRates
	}},
}}

// table makes the table.
func table(list []netview.Interface, rates bool) *tint.Table {
	var t tint.Table
	heads := []string{"NETNS", "INTERFACE", "KIND", "STATE", "MTU", "RX", "TX", "DROPS"}
	if rates {
		heads = append(heads, "RX/S", "TX/S")
	}
	t.Plain(append(heads, "BRIDGE", "PEER", "ADDRESSES")...)
	for i := range list {
		l := &list[i]
		space := tint.Cell{Text: l.Space.Label()}
		if len(l.Space.Containers) == 1 && !l.Space.Host {
			space.Style = rows.ContainerHue(l.Space.Containers[0])
		}
		drops := tint.Cell{Text: strconv.FormatUint(l.Rx.Dropped+l.Tx.Dropped, 10)}
		if l.Rx.Dropped+l.Tx.Dropped > 0 {
			drops.Style = rows.Warn
		}
		row := []tint.Cell{space, {Text: text.Line(l.Name.Raw())}, {Text: l.Kind}, {Text: state(l), Style: stateStyle(l)},
			{Text: strconv.Itoa(l.MTU)}, {Text: rows.Size(l.Rx.Bytes)}, {Text: rows.Size(l.Tx.Bytes)}, drops}
		if rates {
			row = append(row, rate(l.RxRate, l.HasRates), rate(l.TxRate, l.HasRates))
		}
		t.Row(append(row, tint.Cell{Text: l.BridgeText()}, tint.Cell{Text: l.PeerText()},
			tint.Cell{Text: l.AddressText()})...)
	}
	return &t
}

// state is that of ip link; what was switched off is down, whatever is at the other end.
func state(l *netview.Interface) string {
	if !l.Up {
		return "DOWN"
	}
	return l.State
}

func stateStyle(l *netview.Interface) rows.Style {
	switch {
	case !l.Up:
		return rows.Dim
	case l.State == "UP":
		return rows.Good
	case l.State == "UNKNOWN":
		return rows.Plain
	}
	return rows.Warn
}

func rate(r netview.Rate, known bool) tint.Cell {
	if !known {
		return tint.Cell{Text: "-", Style: rows.Dim}
	}
	return tint.Cell{Text: rows.Size(uint64(r.Bytes))}
}
