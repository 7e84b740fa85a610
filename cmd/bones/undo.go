package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/psfmt"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// change is one effect of the journal, from its intent and what followed.
type change struct {
	number   int // as bones history shows it
	intent   record
	made     record  // the intent of who put it in place last: its own, or that of the redo that made it again
	done     *record // nil: it never came to an end
	undoneBy string  // the ID of the effect that undid it, empty if none did or that was undone itself
	undo     bool    // it took back another one
}

// changes pairs the records of the journal, oldest first.
func (j *journal) changes() ([]*change, error) {
	all, err := j.records()
	byID := map[string]*change{}
	var list []*change
	for _, r := range all {
		switch {
		case r.Phase == "intent":
			c := &change{number: len(list) + 1, intent: r, made: r}
			if undone := byID[r.Undoes]; undone != nil {
				c.undo = !undone.undo
			}
			byID[r.ID] = c
			list = append(list, c)
		case r.Phase == "done" && byID[r.ID] != nil:
			c := byID[r.ID]
			c.done = &r
			if undone := byID[c.intent.Undoes]; undone != nil && r.Error == "" {
				undone.undoneBy = r.ID
				if original := byID[undone.intent.Undoes]; original != nil {
					original.undoneBy, original.made = "", c.intent
				}
			}
		}
	}
	return list, err
}

// undoable reports whether the change can be undone as far as the journal tells.
func (c *change) undoable() bool {
	return c.done != nil && c.done.Error == "" && c.undoneBy == "" && len(c.done.Inverse) > 0
}

var errNothingToUndo = errors.New("there is nothing to undo; `bones history` lists what was changed")

// undoLast makes the effect that undoes the last change that was not undone. Changes of somebody further away than reach are
// taken back only where there is no other, and after a question. Where nothing undoes the last one, no older one is taken
// back in its place.
func (a *app) undoLast(ctx context.Context, reach maker) (effect.Effect, error) {
	j, err := a.openJournal()
	if err != nil {
		return nil, err
	}
	list, err := j.changes()
	c := lastFor(list, thisRunner(), reach, func(c *change) bool { return c.undoable() && c.intent.Undoes == "" || c.stands() })
	switch {
	case c == nil:
		return nil, errors.Join(err, errNothingToUndo)
	case !c.undoable():
		return nil, fmt.Errorf("the last change, number %d (%s), cannot be undone; `bones undo N` takes back an earlier one",
			c.number, text.Line(c.intent.What))
	}
	return a.inverse(ctx, c, reach)
}

// stands reports whether a change was made and is still there. What only ran a program, or was a demo, is none.
func (c *change) stands() bool {
	made := c.done != nil && c.done.Error == "" && c.undoneBy == "" && c.intent.Undoes == ""
	return made && (strings.HasPrefix(c.intent.Kind, "file.") || strings.HasPrefix(c.intent.Kind, "cgroup.") || c.intent.Kind == "signal")
}

// redoLast makes the effect that undoes the last undo. Whose undo that was matters as it does in undoLast.
func (a *app) redoLast(ctx context.Context, reach maker) (effect.Effect, error) {
	j, err := a.openJournal()
	if err != nil {
		return nil, err
	}
	list, err := j.changes()
	c := lastFor(list, thisRunner(), reach, func(c *change) bool { return c.undoable() && c.undo })
	if c == nil {
		return nil, errors.Join(err, errors.New("there is nothing to redo"))
	}
	return a.inverse(ctx, c, reach)
}

// inverse makes the effect that undoes a change again, from what the journal says. It asks where the change was made by
// somebody further away than reach.
func (a *app) inverse(ctx context.Context, c *change, reach maker) (effect.Effect, error) {
	if c.done.UID != os.Geteuid() && os.Geteuid() != 0 {
		return nil, &statusError{exitPermission, errors.New("somebody else made that change")}
	}
	e, err := a.restore(ctx, c.done.InverseKind, c.done.Inverse, text.New(c.done.Target))
	if err != nil {
		return nil, fmt.Errorf("undoing: %s: %w", text.Line(c.intent.What), nameKernelFlag(err, "`bones undo --kernel-files` takes it back"))
	}
	me := thisRunner()
	return undoing{e, c.intent.ID, c.account(me, psfmt.ReadNames("/etc/passwd")), whose(c.made, me) > reach}, nil
}

// restore makes an effect of what its Record wrote. This is the list of the kinds that can be undone.
func (a *app) restore(ctx context.Context, kind string, recorded []byte, name text.Text) (effect.Effect, error) {
	switch kind {
	case "cgroup.edit", "cgroup.freeze":
		h, err := a.cgroupHost()
		if err != nil {
			return nil, err
		}
		s, x, err := a.snapshotContainers(ctx)
		if err != nil {
			return nil, err
		}
		r := a.around(h, &target{Snapshot: s, Index: x, Name: name})
		if kind == "cgroup.edit" {
			return orNoEffect(h.RestoreEdit(recorded, r))
		}
		return orNoEffect(h.RestoreFreeze(recorded, r))
	}
	if kind == "signal" {
		s, _, err := a.snapshotContainers(ctx)
		if err != nil {
			return nil, err
		}
		e, err := procwalk.RestoreSignal(a.procRoot, s, recorded)
		if err != nil {
			return nil, err
		}
		return e, nil
	}
	if strings.HasPrefix(kind, "file.") {
		e, err := rootfs.RestoreChange(ctx, recorded, name, a.kernelFiles, func(id procwalk.ID) *rootfs.Client {
			return rootfs.NewClient(a.procRoot, id, rootfs.RootDir, filesPatience)
		})
		if err != nil {
			return nil, err
		}
		return e, nil
	}
	return nil, fmt.Errorf("changes of the kind %s cannot be undone", text.Line(kind))
}

// orNoEffect keeps a nil pointer from becoming an effect.
func orNoEffect[E interface {
	effect.Effect
	*cgroupview.Edit | *cgroupview.Freeze
}](e E, err error) (effect.Effect, error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (a *app) undoCommand() *cobra.Command {
	var yes, dryRun, redo bool
	c := &cobra.Command{
		Use:   "undo [N]",
		Short: "Take back the last change, or number N of the history",
		Long: `Take back your last change that was not taken back yet, or number N of ` + "`bones history`" + `. It works after
a restart of bones, too, and says first which change it is: when, who and what. It is refused when the group has been made
again meanwhile, or when a file no longer holds what was left in it. What was undone is done again by --redo.

A change of another user is taken back only where you name it by its number, or none of your own is left; then bones asks
on a terminal, and elsewhere it takes --yes. In the terminal UI only what that session changed goes without a question.`,
		Example: "  bones undo\n  bones undo 3\n  bones undo --redo\n  bones undo --dry-run",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var e effect.Effect
			var err error
			switch {
			case len(args) == 1 && redo:
				return usage("give N or --redo; undoing an undo by its number does it again, too")
			case len(args) == 1:
				e, err = a.undoNumber(c.Context(), args[0])
			case redo:
				e, err = a.redoLast(c.Context(), ownUser)
			default:
				e, err = a.undoLast(c.Context(), ownUser)
			}
			if err != nil {
				return failed(err)
			}
			u, _ := e.(undoing)
			if !u.ask || yes || dryRun { // elsewhere the question says it
				fmt.Fprintln(a.err, "bones: this takes back "+u.account)
			}
			if err := a.confirmed(e, dryRun, yes || !u.ask && e.Risk().Level < effect.Grave); err != nil {
				return err
			}
			if !dryRun {
				fmt.Fprintln(a.err, "bones: "+e.Describe())
			}
			return a.perform(c.Context(), e, dryRun, true)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask, even where it is grave or another user's change")
	kernelFilesFlag(c, &a.kernelFiles)
	c.Flags().BoolVar(&redo, "redo", false, "do again what the last undo took back")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	return c
}

// undoNumber makes the effect that undoes one line of the history.
func (a *app) undoNumber(ctx context.Context, word string) (effect.Effect, error) {
	j, err := a.openJournal()
	if err != nil {
		return nil, err
	}
	list, err := j.changes()
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > len(list) {
		return nil, usage("%s: give a number from 1 to %d, as `bones history` shows them", text.Sanitise(word), len(list))
	}
	c := list[n-1]
	switch {
	case c.done == nil:
		return nil, errors.New("that change never came to an end; what it left is to be looked at by hand")
	case c.done.Error != "":
		return nil, errors.New("that change failed: there is nothing to undo")
	case c.undoneBy != "":
		return nil, errors.New("that change was undone already")
	case len(c.done.Inverse) == 0:
		return nil, fmt.Errorf("%s: there is no way back", text.Line(c.intent.What))
	}
	return a.inverse(ctx, c, ownUser)
}
