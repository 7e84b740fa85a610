// Package netlist is `bones net`: the interfaces of every network namespace, and what is at their other ends.
package netlist

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/netview"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

// flags are those of the command.
type flags struct {
	rates bool
	over  time.Duration
	sort  string
}

// Command returns the command.
func Command(p command.Program) *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "net [TARGET]",
		Short: "Network interfaces of every namespace: addresses, the other end of each veth, bridges, counters",
		Long: `Print the interfaces of every network namespace of this host: state, MTU, addresses, the interface
at the other end, the bridge it belongs to, and its traffic since it was created. ip link shows the
interfaces of one namespace, and only a number for the other end.

NETNS is host, the containers in the namespace, or its name in ip netns. PEER is the other end of a
veth, as INTERFACE@NETNS, or the interface that a vlan or the like is on. With a TARGET bones prints
the interfaces of that container or process, with netns:NAME or ns:INODE those of that namespace.
With --rates it reads twice, and RX/S and TX/S are bytes a second.

Without CAP_SYS_ADMIN bones sees only its own namespace, and says so.`,
		Example: "  bones net\n  bones net web\n  bones net --rates --sort rate\n  bones net netns:blue --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if f.over < 10*time.Millisecond || f.over > time.Hour {
				return command.Usage("--over takes a span from 10ms to 1h")
			}
			if f.sort != "" && orderOf(f.sort) == nil {
				return command.Usage("--sort %q: there are %s, with a - in front for the other way round", text.New(f.sort),
					strings.Join(SortNames(), ", "))
			}
			return command.Failed(run(c.Context(), p, &f, args))
		},
	}
	c.Flags().BoolVar(&f.rates, "rates", false, "also show rates; bones reads twice")
	c.Flags().DurationVar(&f.over, "over", time.Second, "how far apart the two readings of --rates are: `SPAN`")
	c.Flags().StringVar(&f.sort, "sort", "", "sort by `NAME`: "+strings.Join(SortNames(), ", ")+"; -NAME reverses")
	return c
}

func run(ctx context.Context, p command.Program, f *flags, args []string) error {
	span := time.Duration(0)
	if f.rates {
		span = f.over
	}
	list, _, notes, err := netview.List(ctx, p.Targets(), args, func(v *netview.View, scope netview.Scope) (
		[]netview.Interface, error) {
		return v.Interfaces(ctx, scope, span)
	})
	if err != nil {
		return err
	}
	order(list, f.sort)
	if p.JSON() {
		err = object.WriteArray(p.Out(), object.Each(list, func(i *netview.Interface) any { return i.Object() }))
	} else {
		err = table(list, f.rates).Print(p.Out(), p.Colours())
	}
	for _, n := range notes {
		fmt.Fprintln(p.Err(), "bones: net: "+text.Line(n))
	}
	return err
}

// orders are what interfaces can be sorted by.
var orders = []struct {
	name    string
	compare func(a, b *netview.Interface) int
}{
	{"name", func(a, b *netview.Interface) int { return cmp.Compare(a.Name.Raw(), b.Name.Raw()) }},
	{"netns", func(a, b *netview.Interface) int { return cmp.Compare(a.Space.Label(), b.Space.Label()) }},
	{"rx", func(a, b *netview.Interface) int { return cmp.Compare(b.Rx.Bytes, a.Rx.Bytes) }},
	{"tx", func(a, b *netview.Interface) int { return cmp.Compare(b.Tx.Bytes, a.Tx.Bytes) }},
	{"drops", func(a, b *netview.Interface) int {
		return cmp.Compare(b.Rx.Dropped+b.Tx.Dropped, a.Rx.Dropped+a.Tx.Dropped)
	}},
	{"rate", func(a, b *netview.Interface) int {
		return cmp.Compare(b.RxRate.Bytes+b.TxRate.Bytes, a.RxRate.Bytes+a.TxRate.Bytes)
	}},
}

// SortNames are the names that --sort takes.
func SortNames() []string {
	var names []string
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

func orderOf(by string) func(a, b *netview.Interface) int {
	for _, o := range orders {
		if o.name == strings.ToLower(strings.TrimLeft(by, "+-")) {
			return o.compare
		}
	}
	return nil
}

func order(list []netview.Interface, by string) {
	compare := orderOf(by)
	if compare == nil {
		return
	}
	turn := 1
	if strings.HasPrefix(by, "-") {
		turn = -1
	}
	slices.SortStableFunc(list, func(a, b netview.Interface) int { return turn * compare(&a, &b) })
}

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
