package main

import (
	"errors"
	"fmt"

	"bones/cgroupview/edit"

	"bones/cmd/bones/internal/object"
	"bones/procwalk/effect"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

func (a *app) setCommand() *cobra.Command {
	var yes, dryRun, persist bool
	c := &cobra.Command{
		Use:   "set TARGET FILE=VALUE...",
		Short: "Change limits of a container, a process's group or a control group, all or none, with undo",
		Long: `Change interface files of a target's control groups: all of them or none. FILE is the kernel's name
of the file, or one of memory, cpus and pids, which mean the right file on both cgroup v1 and v2.
Sizes take K, M, G or KiB, MiB, GiB (factors of 1024), or a share of the machine's memory, such as
50%. max means no limit for memory, cpus and pids; other files take what the kernel takes (max, or
-1). The flags --memory, --cpus and --pids of other commands take the same values.

For a container, bones changes the effective limit. That limit may be in a group below the one that
the engine made, as with crun. If other limits would bind before the new one, bones changes them,
too. It says where, and whose limit still binds. cgroup:PATH means exactly that group. --persist
makes systemd keep the values of its own units, which include the scopes of containers; otherwise
systemd overwrites them at each daemon-reload.

bones refuses values that the kernel would misread: signs, octal and hexadecimal numbers, and
numbers that overflow. It writes a file only if that still holds what was read before, writes it
once, and reads it back. ` + "`bones undo`" + ` restores the old value.`,
		Example: "  bones set memcached memory=1G\n  bones set memcached cpus=1.5 pids=100\n  bones set cgroup:/docker " +
			"memory.limit_in_bytes=4G --dry-run",
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			var list []edit.Assignment
			for _, word := range args[1:] {
				one, err := edit.ParseAssignment(word)
				if err != nil {
					return usage("%w", err)
				}
				list = append(list, one)
			}
			h, t, err := a.targetGroups(c.Context(), args[0])
			if err != nil {
				return err
			}
			r := t.Surroundings(h)
			r.Persist = persist
			e, err := edit.New(h, t.Groups, list, r)
			if err != nil {
				return usage("%w", err)
			}
			// What speaks against it stands in the question, or in the refusal.
			out, err := a.perform(c.Context(), e, dryRun, sure(yes, effect.Unsaid))
			var s *statusError
			if why := e.Risk().Why; errors.As(err, &s) && !errors.Is(err, errNotAnswered) && why != "" {
				return &statusError{Status: s.Status, Err: fmt.Errorf("%w; %s", s.Err, why)} // it may well be the reason
			}
			if err != nil || dryRun {
				return err
			}
			for _, check := range e.Checks() {
				if !check.Warn { // that stands in what came of it
					fmt.Fprintln(a.err, "bones: "+text.Line(check.Text))
				}
			}
			results, _ := out.Result.([]edit.Result)
			if !out.Unchanged && !a.json {
				fmt.Fprintln(a.out, out.Sentence+"; undo: bones undo")
			}
			return failed(a.printResults(results))
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	c.Flags().BoolVar(&persist, "persist", false, "have systemd keep the values, if the group is that of one of "+
		"its units")
	return c
}

func (a *app) printResults(results []edit.Result) error {
	if a.json {
		return object.WriteArray(a.out, object.EachAs(results, func(r *edit.Result) any {
			return object.Setting{File: r.File, Dir: r.Dir, Old: r.Old, Asked: r.Asked, New: r.New, ByHand: r.ByHand}
		}))
	}
	for _, r := range results {
		_, err := fmt.Fprintf(a.out, "  %s/%s: %s -> %s\n", r.Dir, r.File, text.Line(r.Old), text.Line(r.New))
		if err != nil {
			return err
		}
	}
	return nil
}
