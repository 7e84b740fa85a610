package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"bones/cmd/bones/internal/explain"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain TARGET",
		Short: "Why a process is, or is not, in a container: step by step, with commands",
		Long: `Walk from the process to what makes it part of a container: the kernel, which is the host's; its row
in the process table; its namespaces compared with the host's; its users; its control groups and the
limits that bind; its root; its capabilities and its system call filter. Each step shows what bones
sees, what that means, the command that shows it by hand, and what would happen without it.

The name of a container stands for its main process. If bones may not read something, it says so and
goes on.`,
		Example: "  bones explain memcached\n  bones explain 1\n  bones explain self --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, x, err := a.snapshotContainers(c.Context())
			if err != nil {
				return err
			}
			p, _, err := findBacking(x, s, args[0])
			if err != nil {
				return err
			}
			a.sayAsides()
			facts := explain.New(a.targets()).Facts(c.Context(), s, x, p)
			if facts.Detail.Err == procwalk.ErrGone {
				return noTarget("%s: it has ended", text.Sanitise(args[0]))
			}
			facts.Self = p.PID == s.Host.OwnPID()
			e := rows.Explain(facts)
			if a.json {
				return failed(object.Write(a.out, object.NewExplanation(x, args[0], p, e)))
			}
			return failed(a.printExplanation(e))
		},
	}
}

// explainWidth is how wide text is where there is no terminal, and the most that is well read on one.
const explainWidth = 100

// printExplanation prints the walk as text. Commands stand on one line each, however long, to be copied.
func (a *app) printExplanation(e *rows.Explanation) error {
	wide := max(min(terminal.LineWidth(a.out, false, ""), explainWidth), 30)
	out := bufio.NewWriter(a.out)
	const indent = 3
	for i, s := range e.Sections() {
		label := 0
		for _, l := range s.Lines {
			label = max(label, min(len(l.Label)+2, 16))
		}
		if i == 0 {
			label = -indent
		} else {
			fmt.Fprintf(out, "\n%s\n", s.Title)
		}
		for _, l := range s.Lines {
			parts := []string{l.Value}
			if l.Label != "by hand" {
				parts = rows.Wrap(l.Value, wide-indent-label)
			}
			for n, part := range parts {
				head := l.Label
				if n > 0 {
					head = ""
				}
				if len(head) >= label && head != "" { // longer than its column
					head += " "
				}
				fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%*s%-*s%s", max(indent+min(label, 0), 0), "", max(label, 0),
					head, part), " "))
			}
		}
	}
	return out.Flush()
}
