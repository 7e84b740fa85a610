package main

import (
	"bones/procwalk"

	"github.com/spf13/cobra"
)

func (a *app) killCommand() *cobra.Command {
	var name string
	var dryRun, yes bool
	c := &cobra.Command{
		Use:   "kill TARGET",
		Short: "Send a signal to a process, and to no other that may have its PID by then",
		Long: `Send a signal to a process through a pidfd: if it ends and its PID is used again in between, nobody is hit.
PID 1, bones itself and its ancestors are refused without --yes.`,
		Example: "  bones kill 1234\n  bones kill 1234 -s HUP\n  bones kill 1234 --dry-run",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			signal, err := procwalk.ParseSignal(name)
			if err != nil {
				return usage("%w", err)
			}
			w, err := procwalk.NewWalker(a.procRoot)
			if err != nil {
				return failed(err)
			}
			defer w.Close()
			s, err := w.Snapshot(c.Context(), 0)
			if err != nil {
				return failed(err)
			}
			p, err := findTarget(s, args[0])
			if err != nil {
				return err
			}
			e, err := procwalk.NewSignal(a.procRoot, s, p, signal)
			if err != nil {
				return usage("%w", err)
			}
			return a.perform(c.Context(), e, dryRun, yes)
		},
	}
	c.Flags().StringVarP(&name, "signal", "s", "TERM", "the signal, by name or number")
	c.Flags().BoolVar(&yes, "yes", false, "also to PID 1, bones itself or its ancestors")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	return c
}
