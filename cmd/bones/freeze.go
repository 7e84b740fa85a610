package main

import (
	"fmt"

	"bones/procwalk/effect"

	"github.com/spf13/cobra"
)

func (a *app) freezeCommand(frozen bool) *cobra.Command {
	var yes, dryRun bool
	c := &cobra.Command{
		Use:   "thaw TARGET",
		Short: "Let the processes of a frozen container or group go on",
		Long: `Let all processes of a frozen group go on: cgroup.freeze on cgroup v2, freezer.state on v1. If
groups below it were frozen separately, bones names them and exits with status 1: they stay frozen
until you thaw each of them.`,
		Args: cobra.ExactArgs(1),
	}
	if frozen {
		c.Use, c.Short = "freeze TARGET", "Stop all processes of a container or group until you thaw it"
		c.Long = `Stop all processes of a group where they are, as docker pause does: cgroup.freeze on cgroup v2,
freezer.state on v1. bones refuses to freeze a group that it is in itself, or that PID 1 or a
process that bones was started from is in, and a group of which some processes would keep running.
On a terminal bones asks first; a script is not asked.`
	}
	c.Example = fmt.Sprintf("  bones %s memcached\n  bones %[1]s cgroup:/docker --dry-run", c.Name())
	c.RunE = func(c *cobra.Command, args []string) error {
		h, t, err := a.targetGroups(c.Context(), args[0])
		if err != nil {
			return err
		}
		groups, err := t.GroupsOfWhole(h)
		if err != nil {
			return failed(err)
		}
		e, err := h.NewFreeze(groups, frozen, t.Surroundings(h))
		if err != nil {
			return failed(err)
		}
		return a.performed(c.Context(), e, dryRun, sure(yes, effect.Typed))
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask, even on a terminal")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	return c
}
