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
		Long: `Take back your last change that has not been taken back yet, or change number N of ` + "`bones history`" + `;
a change keeps its number for ever, and undo passes over one that found everything so already.
This also works after bones was restarted. bones first says what it will do, and whose change of
when that takes back. It refuses if the group has been deleted and created again meanwhile, if a
file no longer holds what the change left in it, or if the journal's inverse does not fit the
change. --redo does again what the last undo took back.

Another user's change is taken back only if you give its number, or if none of your own is left;
bones then asks on a terminal, and elsewhere needs --yes.`,
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
	c.Flags().BoolVar(&yes, "yes", false, "do not ask, even if the effect is grave or the change is another user's")
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
