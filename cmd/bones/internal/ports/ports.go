// Package ports is `bones ports`: the sockets of every network namespace, with their processes and containers.
package ports

import (
	"context"
	"fmt"
	"strconv"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/netview"
	"bones/cmd/bones/internal/tint"
	"bones/nsview/sockets"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

// flags are those of the command. What ss calls the same means the same.
type flags struct {
	all, listening bool
	tcp, udp, unix bool
	v4, v6         bool
	bytes          bool
	netview.Readings
	usual bool // -n and -p of ss, which bones does anyway
}

// Command makes `bones ports`, which lists the sockets of network namespaces.
func Command(p command.Program) *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "ports [TARGET]",
		Short: "What listens where, and what is connected: sockets with process and container",
		Long: `Print the sockets of every network namespace of this host, each with the process that has it open
and its container: those that listen and, with --all, also those that are connected. ss shows those
of one namespace.

With a TARGET bones prints only the sockets of that container or process, or of a network namespace:
netns:NAME, ns:INODE, or as bones ns --help says. If a container shares its namespace with others,
for instance the host's, bones prints only the sockets of its own processes, and says so.

LOCAL is written as in ss: * accepts IPv4 and IPv6 on every address. RECV-Q and SEND-Q are the bytes
that wait; for a listening TCP socket, they are the number of connections that wait to be accepted,
and the most that may wait. NETNS appears if no container identifies the namespace. -tulpn means the
same as for ss.

Without CAP_SYS_ADMIN bones sees only the sockets of its own namespace, and without CAP_SYS_PTRACE
it finds only your own processes; it says what is missing. bones looks for a namespace that only a
descriptor or a socket keeps alive only if ns:INODE names it.`,
		Example: "  bones ports\n  bones ports web\n  bones ports -a --rates --sort rate\n  bones ports -x web\n" +
			"  bones ports netns:blue\n  bones ports --json web",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return command.Failed(run(c.Context(), p, &f, args))
		},
	}
	fl := c.Flags()
	fl.BoolVarP(&f.all, "all", "a", false, "also show connected sockets")
	fl.BoolVarP(&f.listening, "listening", "l", false, "show only listening sockets (the default)")
	fl.BoolVarP(&f.tcp, "tcp", "t", false, "show only TCP; combines with -u and -x")
	fl.BoolVarP(&f.udp, "udp", "u", false, "show only UDP; combines with -t and -x")
	fl.BoolVarP(&f.unix, "unix", "x", false, "show unix sockets, which are otherwise left out")
	fl.BoolVarP(&f.v4, "ipv4", "4", false, "show only IPv4")
	fl.BoolVarP(&f.v6, "ipv6", "6", false, "show only IPv6")
	fl.BoolVar(&f.bytes, "bytes", false,
		"also show the bytes acknowledged and received of TCP connections; implies --all")
	f.Register(fl, "also show rates; bones reads twice; implies --bytes", Orders.Usage())
	for _, same := range []struct{ long, short, help string }{
		{"numeric", "n", "accepted as in ss; bones always prints numbers"},
		{"processes", "p", "accepted as in ss; bones always prints processes"},
	} {
		fl.BoolVarP(&f.usual, same.long, same.short, false, same.help)
	}
	return c
}

// check completes the flags, and says what is wrong with them.
func (f *flags) check() error {
	switch {
	case f.all && f.listening:
		return command.Usage("--all shows what is connected, too, and --listening what listens alone: give one of them")
	case f.listening && (f.bytes || f.Rates):
		return command.Usage("--bytes and --rates are of connections: leave out --listening")
	}
	if err := f.Readings.Check(); err != nil {
		return err
	}
	if err := Orders.Check(f.Sort); err != nil {
		return command.Usage("%w", err)
	}
	f.bytes = f.bytes || f.Rates
	f.all = f.all || f.bytes
	return nil
}

// ask is what the kernel is asked.
func (f *flags) ask() sockets.Ask {
	a := sockets.Ask{TCP: f.tcp, UDP: f.udp, Unix: f.unix, V4: f.v4, V6: f.v6, All: f.all, Bytes: f.bytes}
	if !a.TCP && !a.UDP && (!a.Unix || a.V4 || a.V6) {
		a.TCP, a.UDP = true, true
	}
	if !a.V4 && !a.V6 {
		a.V4, a.V6 = true, true
	}
	return a
}

func run(ctx context.Context, p command.Program, f *flags, args []string) error {
	list, scope, notes, err := netview.List(ctx, p.Targets(), args, func(v *netview.View, scope netview.Scope) (
		[]netview.Port, error) {
		list, err := v.Ports(ctx, scope, f.ask(), f.Span())
		v.SortPorts(list)
		return list, err
	})
	if err != nil {
		return err
	}
	Orders.Sort(list, f.Sort)
	err = netview.Print(p, "ports", list, notes, func(p *netview.Port) any { return p.Object() },
		func() *tint.Table { return table(list, f) })
	if scope.Shared != "" {
		fmt.Fprintf(p.Err(), "bones: ports: %s shares its network namespace with %s: only the sockets of its own processes "+
			"are shown\n", scope.Name, text.Line(scope.Shared))
	}
	return err
}

// table makes the table.
func table(list []netview.Port, f *flags) *tint.Table {
	var t tint.Table
	spaces := false
	for i := range list {
		spaces = spaces || list[i].Container == nil && !list[i].Space.Host
	}
	heads := []string{"PROTO", "STATE", "RECV-Q", "SEND-Q", "LOCAL"}
	if f.all {
		heads = append(heads, "PEER")
	}
	if f.bytes {
		heads = append(heads, "ACKED", "RECEIVED")
	}
	if f.Rates {
		heads = append(heads, "ACKED/S", "RECEIVED/S")
	}
	heads = append(heads, "PID", "PROCESS", "CONTAINER")
	if spaces {
		heads = append(heads, "NETNS")
	}
	t.Plain(heads...)
	for i := range list {
		t.Row(cells(&list[i], f, spaces)...)
	}
	return &t
}

func cells(p *netview.Port, f *flags, spaces bool) []tint.Cell {
	c := []tint.Cell{{Text: protocol(p)}, {Text: p.State.String(), Style: stateStyle(p)}, {Text: strconv.Itoa(int(p.Rx)),
		Style: queueStyle(p)}, {Text: strconv.Itoa(int(p.Tx))}, {Text: p.LocalText()}}
	if f.all {
		c = append(c, tint.Cell{Text: p.PeerText()})
	}
	if f.bytes {
		c = append(c, number(float64(p.Acked), p.HasBytes), number(float64(p.Received), p.HasBytes))
	}
	if f.Rates {
		c = append(c, number(p.SentRate, p.HasRates), number(p.ReceivedRate, p.HasRates))
	}
	owner := tint.Cell{Text: p.ContainerText(), Style: rows.Dim}
	if p.Container != nil {
		owner.Style = rows.ContainerHue(p.Container)
	}
	c = append(c, tint.Cell{Text: p.PIDText()}, tint.Cell{Text: p.ProcessText()}, owner)
	if spaces {
		c = append(c, tint.Cell{Text: p.Space.Label(), Style: rows.Dim})
	}
	return c
}

// protocol tells unix sockets apart as ss does.
func protocol(p *netview.Port) string {
	switch p.Kind {
	case "stream":
		return "u_str"
	case "dgram":
		return "u_dgr"
	case "seqpacket":
		return "u_seq"
	}
	return string(p.Protocol)
}

func stateStyle(p *netview.Port) rows.Style {
	switch {
	case p.Listening():
		return rows.Good
	case p.State == sockets.Established:
		return rows.Plain
	}
	return rows.Dim
}

// queueStyle marks a queue of connections that is full: more are turned away.
func queueStyle(p *netview.Port) rows.Style {
	if p.State == sockets.Listen && p.Protocol == sockets.TCP && p.Rx > p.Tx {
		return rows.Bad
	}
	return rows.Plain
}

func number(n float64, known bool) tint.Cell {
	if !known {
		return tint.Cell{Text: "-", Style: rows.Dim}
	}
	return tint.Cell{Text: rows.Size(uint64(n))}
}
