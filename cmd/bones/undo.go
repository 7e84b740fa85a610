package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"bones/cmd/bones/internal/host"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

func (a *app) undoCommand() *cobra.Command {
	var yes, dryRun, redo bool
	c := &cobra.Command{
		Use:   "undo [N]",
		Short: "Take back the last change, or number N of the history",
		Long: `Take back your last change that was not taken back yet, or number N of ` + "`bones history`" + `; a number stays that of its
change for ever. It works after a restart of bones, too, and bones says first what it does, and which change that takes back:
when and who. It is refused when the group has been made again meanwhile, or when a file no longer holds what was left in it,
or when the journal's inverse does not fit the change. What was undone is done again by --redo.

A change of another user is taken back only where you name it by its number, or where none of your own is left; then bones
asks on a terminal, and elsewhere it takes --yes.`,
		Example: "  bones undo\n  bones undo 3\n  bones undo --redo\n  bones undo --dry-run",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && redo {
				return usage("give N or --redo; undoing an undo by its number does it again, too")
			}
			e, err := a.undoing(c.Context(), args, redo)
			if err != nil {
				return undoFailed(err)
			}
			said := sure(yes, effect.Named)
			from := effect.ProvenanceOf(e, said)
			if _, asked := effect.Ask(e, from); !asked && !dryRun { // the question says it, too
				fmt.Fprintf(a.err, "bones: %s; %s\n", e.Describe(), from.Change)
			}
			return undoFailed(a.performed(c.Context(), e, dryRun, said))
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask, even where it is grave or another user's change")
	kernelFilesFlag(c, &a.kernelFiles)
	c.Flags().BoolVar(&redo, "redo", false, "do again what the last undo took back")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	return c
}

// undoFailed gives an error its exit status, and says how a change is taken back that is refused because of the file.
func undoFailed(err error) error {
	if isAny(err, rootfs.ErrKernelFile) {
		return &statusError{Status: exitPermission,
			Err: rootfs.HowToChange(err, "`bones undo --kernel-files` takes it back")}
	}
	return failed(err)
}

// undoing makes the effect that undo is to carry out.
func (a *app) undoing(ctx context.Context, args []string, redo bool) (effect.Effect, error) {
	switch {
	case redo:
		return a.host().Redo(ctx, host.SameUser)
	case len(args) == 0:
		return a.host().Undo(ctx, host.SameUser)
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 {
		return nil, usage("%s: give a number, as `bones history` shows them", text.Sanitise(args[0]))
	}
	e, err := a.host().UndoNumber(ctx, n)
	if errors.Is(err, host.ErrNumber) {
		return nil, usage("%w", err)
	}
	return e, err
}
