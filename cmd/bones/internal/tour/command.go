// Package tour is `bones tour`: ten steps in the terminal UI, on a container of the user's or on a demo that it starts
// and removes. What the steps are, is package ui/tour; here is what stands around them.
package tour

import (
	"context"
	"errors"
	"fmt"
	"os"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/terminal"
	"bones/cmd/bones/internal/tour/facts"
	"bones/cmd/bones/internal/tui"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Command makes `bones tour`, which starts the terminal UI with the tour, or lists its steps.
func Command(p command.Program) *cobra.Command {
	var f tui.Flags
	var list bool
	c := &cobra.Command{
		Use:   "tour [TARGET]",
		Short: "Learn in ten steps, in the terminal UI, what a container is made of",
		Long: `Learn in ten steps in the terminal UI what a container is made of: the process tree, the process's
directory in /proc, the container's processes, the PID that backs it, its root, its namespaces, a
shell in new ones, its control groups, its memory limit, and the way back. A panel says what to look
at and which keys to press, notices when you have done it, and shows the command that does the same
by hand. ^n goes on, ^p goes back, q leaves.

Without a TARGET bones starts a demo (see bones demo) under a name of its own, and removes it at the
end, even if bones is killed or the terminal is closed. With a TARGET the tour is about that
container: the steps take back what they change there, and if you leave early, bones asks whether to
take it back. If bones is killed meanwhile, the next tour says which changes remain, and offers to
take them back; bones undo does that, too.

--list prints the steps with their keys and commands, to read without the terminal UI; with --json
as an array.`,
		Example: "  bones tour\n  bones tour web\n  bones tour --list\n  bones tour --list web",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if list || p.JSON() {
				return command.Failed(printSteps(c.Context(), p, args))
			}
			return command.Failed(walk(c, p, &f, args))
		},
	}
	f.Register(c.Flags())
	c.Flags().BoolVar(&list, "list", false, "print the steps with their commands by hand, and do nothing")
	return c
}

// walk takes the tour.
func walk(c *cobra.Command, p command.Program, f *tui.Flags, args []string) (err error) {
	if err := f.Check(); err != nil {
		return command.Usage("%w", err)
	}
	ctx := c.Context()
	var of facts.Of
	if len(args) == 1 { // a TARGET that is none is said wherever one is
		if of, err = find(ctx, p, args[0]); err != nil {
			return err
		}
	}
	if !terminal.IsTerminal(p.Out()) || !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New("tour: it needs a terminal; bones tour --list prints its steps")
	}
	a := outing{p: p, globals: p.Globals()}
	a.clearAway(ctx)
	end := func() {}
	if len(args) == 0 {
		if of, end, err = a.begin(ctx); err != nil {
			return err
		}
	}
	status := p.TerminalUI(ctx, append(flags(c, p, f), tui.TourArgs(of)...))
	end()
	a.sayWhatStands()
	return status
}

// flags are those of this command line, for the UI's own process.
func flags(c *cobra.Command, p command.Program, f *tui.Flags) []string {
	list := append(f.Args(), p.Globals().Args()...)
	if !c.Flags().Changed("delay") { // the default stays what the user's configuration may change
		list = list[1:]
	}
	return list
}

// find finds the container that a TARGET names.
func find(ctx context.Context, p command.Program, word string) (of facts.Of, err error) {
	s, x, process, c, err := p.Targets().Process(ctx, word)
	if err != nil {
		return of, err
	}
	if c == nil {
		if c, _ = x.Of(process); c != nil {
			process = s.Find(c.PID)
		}
	}
	if c == nil || process == nil {
		return of, command.NoTarget("%s is in no container; without a TARGET the tour starts one of its own",
			text.Sanitise(word))
	}
	return facts.Of{Process: process.ID(), Name: c.Label().Raw()}, nil
}

// printed is how the error of one thing that is not taken back reads.
func printed(n int, what string) string {
	return fmt.Sprintf("number %d of the history, %s", n, text.Line(what))
}
