package ports

import (
	"cmp"
	"slices"
	"strings"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/netview"
	"bones/procwalk/text"
)

// orders are what sockets can be sorted by: numbers of which the greatest comes first, and others.
var orders = []struct {
	name    string
	compare func(a, b *netview.Port) int
}{
	{"port", func(a, b *netview.Port) int { return cmp.Compare(a.Local.Port(), b.Local.Port()) }},
	{"local", func(a, b *netview.Port) int { return a.Local.Addr().Compare(b.Local.Addr()) }},
	{"peer", func(a, b *netview.Port) int { return a.Peer.Addr().Compare(b.Peer.Addr()) }},
	{"state", func(a, b *netview.Port) int { return cmp.Compare(a.State.String(), b.State.String()) }},
	{"pid", func(a, b *netview.Port) int { return cmp.Compare(pid(a), pid(b)) }},
	{"process", func(a, b *netview.Port) int { return cmp.Compare(a.ProcessText(), b.ProcessText()) }},
	{"container", func(a, b *netview.Port) int { return cmp.Compare(a.ContainerText(), b.ContainerText()) }},
	{"recv-q", func(a, b *netview.Port) int { return cmp.Compare(b.Rx, a.Rx) }},
	{"send-q", func(a, b *netview.Port) int { return cmp.Compare(b.Tx, a.Tx) }},
	{"bytes", func(a, b *netview.Port) int { return cmp.Compare(b.Acked+b.Received, a.Acked+a.Received) }},
	{"rate", func(a, b *netview.Port) int {
		return cmp.Compare(b.SentRate+b.ReceivedRate, a.SentRate+a.ReceivedRate)
	}},
}

func pid(p *netview.Port) int {
	if len(p.Holders) == 0 {
		return 0
	}
	return p.Holders[0].Process.PID
}

// SortNames are the names that --sort takes.
func SortNames() []string {
	var names []string
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

func orderOf(by string) int {
	name := strings.ToLower(strings.TrimLeft(by, "+-"))
	return slices.Index(SortNames(), name)
}

func checkSort(by string) error {
	if by != "" && orderOf(by) < 0 {
		return command.Usage("--sort %q: there are %s, with a - in front for the other way round", text.New(by),
			strings.Join(SortNames(), ", "))
	}
	return nil
}

// order sorts sockets by a name that checkSort has passed.
func order(list []netview.Port, by string) {
	at := orderOf(by)
	if by == "" || at < 0 {
		return
	}
	turn := 1
	if strings.HasPrefix(by, "-") {
		turn = -1
	}
	slices.SortStableFunc(list, func(a, b netview.Port) int { return turn * orders[at].compare(&a, &b) })
}
