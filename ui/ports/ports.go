// Package ports is the sheets of the UI about the network: what a container or process listens on and is connected to,
// its interfaces with their other ends, and whether two reach each other.
package ports

import (
	"cmp"
	"context"
	"fmt"

	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Backend is what the sheets need of the system. A target is a TARGET as the commands take it; empty: the whole host.
// All are called in goroutines. They are nil where a recording is shown, which holds no sockets.
type Backend struct {
	Ports func(ctx context.Context, target string) ([]rows.Section, error)
	Net   func(ctx context.Context, target string) ([]rows.Section, error)
	Reach func(ctx context.Context, from, to string) ([]rows.Section, error)
}

// Off is why there are no sheets; empty: there are.
func (b Backend) Off() string {
	return kit.OffIf(b.Ports == nil || b.Net == nil || b.Reach == nil,
		"sockets and interfaces can only be read of this host as it is now")
}

// ShowPorts opens what a target listens on; n goes on to its interfaces.
func (b Backend) ShowPorts(sh kit.Shell, target string) {
	b.show(sh, "Ports", target, b.Ports,
		kit.SheetKey{Keys: "n", Help: "interfaces", Do: func() { b.ShowNet(sh, target) }})
}

// ShowNet opens the interfaces of a target; o goes on to its ports.
func (b Backend) ShowNet(sh kit.Shell, target string) {
	b.show(sh, "Interfaces", target, b.Net,
		kit.SheetKey{Keys: "o", Help: "ports", Do: func() { b.ShowPorts(sh, target) }})
}

func (b Backend) show(sh kit.Shell, what, target string,
	read func(context.Context, string) ([]rows.Section, error), more kit.SheetKey) {
	s := kit.NewSheet(sh, fmt.Sprintf("%s of %s", what, name(target)), "Not read",
		func(ctx context.Context) ([]rows.Section, error) { return read(ctx, target) })
	s.More = []kit.SheetKey{more, {Keys: "t", Help: "reach", Do: func() { b.ChooseReach(sh, target) }}}
	sh.Open(s)
	s.Read()
}

// Target is the TARGET of what is selected: in a view of containers the container, else a process; empty: the host.
func Target(v kit.View, f *kit.Frame, p *procwalk.Process) string {
	if of, ok := v.(kit.ContainerSelector); ok && f != nil && f.Now != nil && f.Now.Inventory != nil {
		key, _, selected := of.Container()
		for _, c := range f.Now.Inventory.List {
			if selected && c.Key == key {
				return c.Word()
			}
		}
	}
	if p == nil {
		return ""
	}
	return fmt.Sprintf("pid:%d", p.PID)
}

// name is a target for a title.
func name(target string) string { return cmp.Or(text.Line(target), "this host") }

// ChooseReach asks for the other end: one of the containers, the host, or what is typed.
func (b Backend) ChooseReach(sh kit.Shell, from string) {
	from = cmp.Or(from, "host")
	ends := others(sh.Frame(), from)
	items := make([]kit.Item, len(ends), len(ends)+1)
	for i, e := range ends {
		items[i] = kit.Item{Label: text.Line(e.word), Text: e.about}
	}
	items = append(items, kit.Item{Label: "another", Text: "a PID, netns:NAME or ns:INODE, to be typed"})
	sh.Open(&kit.Menu{Title: fmt.Sprintf("Do they see each other: %s and ...", name(from)), Items: items,
		Pick: func(i int) bool {
			if i < len(ends) {
				b.ShowReach(sh, from, ends[i].word)
			} else {
				b.askReach(sh, from)
			}
			return true
		}})
}

// end is what can be chosen as the other end.
type end struct{ word, about string }

// others are the containers, without sandboxes, and the host; what is asked about is none of them.
func others(f *kit.Frame, from string) (list []end) {
	if f != nil && f.Now != nil && f.Now.Inventory != nil {
		for _, c := range f.Now.Inventory.List {
			if word := c.Word(); word != from && !c.Sandbox() {
				list = append(list, end{word, fmt.Sprintf("%s, PID %d", text.Line(string(c.Runtime)), c.PID)})
			}
		}
	}
	if from != "host" {
		list = append(list, end{"host", "the host itself"})
	}
	return list
}

// askReach asks for the other end by name.
func (b Backend) askReach(sh kit.Shell, from string) {
	sh.Ask(kit.Question{Label: fmt.Sprintf("does %s reach (a container, PID, host or netns:NAME): ", name(from)),
		Accept: func(to string) { b.ShowReach(sh, from, to) }})
}

// ShowReach opens whether two reach each other. The words are both ends, or the other one alone.
func (b Backend) ShowReach(sh kit.Shell, from, words string) {
	ends, err := kit.SplitWords(words)
	if err != nil {
		sh.Notice(rows.Warn, err.Error())
		return
	}
	if len(ends) == 1 && from != "" {
		ends = []string{from, ends[0]}
	}
	if len(ends) != 2 {
		sh.Notice(rows.Warn, "name two: :reach NAME NAME; host stands for the host itself")
		return
	}
	s := kit.NewSheet(sh, fmt.Sprintf("Do %s and %s reach each other?", name(ends[0]), name(ends[1])), "Not answered",
		func(ctx context.Context) ([]rows.Section, error) { return b.Reach(ctx, ends[0], ends[1]) })
	sh.Open(s)
	s.Read()
}
