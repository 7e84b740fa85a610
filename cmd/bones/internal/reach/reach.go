// Package reach is `bones reach`: whether two containers, processes or network namespaces see each other.
package reach

import (
	"context"
	"fmt"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/netview"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

// Command makes `bones reach`, which finds out whether two ends reach each other.
func Command(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "reach TARGET TARGET",
		Short: "Whether two containers reach each other: shared namespaces, bridges, routes, ports",
		Long: `Find out whether two containers, processes or network namespaces reach each other over the network,
in both directions, and which namespaces they share. bones looks at what the kernel would do: it
asks for the route in the network namespace of the one to each address of the other, follows the
veths to their bridges, checks whether the gateway forwards, and lists what listens at the other
end. It sends no packet.

The answer is yes, no, or perhaps if the firewall or another host decides: bones does not evaluate
the rules of nftables and iptables, and says what else it did not check. It prints the commands that
show the same by hand. host stands for the host itself; netns:NAME and ns:INODE are network
namespaces, as bones ns --help says.`,
		Example: "  bones reach web db\n  bones reach host web\n  bones reach web 1234 --json",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return command.Failed(run(c.Context(), p, args))
		},
	}
}

func run(ctx context.Context, p command.Program, args []string) error {
	v, err := netview.Open(ctx, p.Targets())
	if err != nil {
		return err
	}
	defer v.Close()
	a, err := v.FindEnd(ctx, args[0])
	if err != nil {
		return err
	}
	b, err := v.FindEnd(ctx, args[1])
	if err != nil {
		return err
	}
	r, err := v.Reach(ctx, a, b)
	if err != nil {
		return fmt.Errorf("reach: %w", err)
	}
	for _, n := range v.Notes {
		fmt.Fprintln(p.Err(), "bones: reach: "+text.Line(n))
	}
	if p.JSON() {
		return object.Write(p.Out(), r.Object())
	}
	var t tint.Table
	for i, s := range r.Sections() {
		if i > 0 {
			t.Plain("")
		}
		t.Row(tint.Cell{Text: s.Title, Style: rows.Changed})
		for _, l := range s.Lines {
			if l.Label == "" {
				l.Label = " "
			}
			t.Row(tint.Cell{Text: "  " + l.Label, Style: l.Style}, tint.Cell{Text: l.Value, Style: valueStyle(l.Style)})
		}
	}
	return t.Print(p.Out(), p.Colours())
}

// valueStyle leaves sentences as they are: the word before them has the colour.
func valueStyle(s rows.Style) rows.Style {
	if s == rows.Dim {
		return s
	}
	return rows.Plain
}
