// Package historylist lists what bones has changed on this host: the command history.
package historylist

import (
	"bufio"
	"errors"
	"fmt"
	"text/tabwriter"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/object"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// Command makes `bones history`, which lists the changes in the journal, or prints them as a shell script.
func Command(p command.Program) *cobra.Command {
	var last int
	var script bool
	c := &cobra.Command{
		Use:   "history",
		Short: "What bones changed on this host, oldest first",
		Long: `List what bones changed, from its journal: when, what, and with what result. N is the number that
bones undo takes; it is never given to another change. Lines of the journal that are not valid
records are left out, and bones says so. --sh prints a shell script that makes the same changes
again.`,
		Example: "  bones history\n  bones history -n 5 --json\n  bones history --sh > again.sh",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if last < 0 {
				return command.Usage("--last %d: give how many changes to list; 0 lists all", last)
			}
			h, err := p.Host().Journal().History()
			if err != nil {
				return command.Failed(err)
			}
			defer h.Close()
			if skipped := h.Skipped.String(); skipped != "" {
				fmt.Fprintln(p.Err(), "bones: "+skipped)
			}
			list := h.Changes
			if last > 0 {
				list = list[max(0, len(list)-last):]
			}
			switch {
			case script:
				return command.Failed(p.Host().WriteScript(p.Out(), h, list))
			case p.JSON():
				return command.Failed(writeJSON(p, h, list))
			}
			return command.Failed(writeTable(p, h, list))
		},
	}
	c.Flags().IntVarP(&last, "last", "n", 0, "list only the last `N` changes; 0: all")
	c.Flags().BoolVar(&script, "sh", false, "print a shell script that does the same again")
	return c
}

func writeJSON(p command.Program, h *host.History, list []*host.Change) error {
	var failed error
	err := object.WriteArray(p.Out(), func(yield func(any) bool) {
		for _, c := range list {
			var e host.Entry
			if e, failed = h.Entry(c); failed != nil || !yield(object.NewHistoryEntry(&e)) {
				return
			}
		}
	})
	return errors.Join(failed, err)
}

func writeTable(p command.Program, h *host.History, list []*host.Change) error {
	out := bufio.NewWriter(p.Out()) // the tabwriter writes cell by cell
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	flush := func() error { return errors.Join(w.Flush(), out.Flush()) }
	fmt.Fprintln(w, "N\tTIME\tRESULT\tWHAT")
	for _, c := range list {
		e, err := h.Entry(c)
		if err != nil {
			return errors.Join(err, flush())
		}
		what := text.Line(e.What.Raw())
		if e.Error.Len() > 0 {
			what += ": " + text.Line(e.Error.Raw())
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", e.N, e.Time.Local().Format("2006-01-02 15:04:05"), e.Result, what)
	}
	return flush()
}
