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
		Long: `Let all processes of a frozen group go on: cgroup.freeze on cgroup v2, freezer.state on v1. Groups
below that are frozen on their own are named, with status 1: they stay frozen until they are thawed
by their own names.`,
		Args: cobra.ExactArgs(1),
	}
	if frozen {
		c.Use, c.Short = "freeze TARGET", "Stop all processes of a container or group until they are thawed"
		c.Long = `Stop all processes of a group where they are: cgroup.freeze on cgroup v2, freezer.state on v1. What docker pause does. A
group is refused that bones itself, a process that it was started from, or PID 1 is in, and so are groups of which some processes
would go on. On a terminal bones asks first; a script is taken at its word.`
	}
	c.Example = fmt.Sprintf("  bones %s memcached\n  bones %[1]s cgroup:/docker --dry-run", c.Name())
	c.RunE = func(c *cobra.Command, args []string) error {
		h, err := a.cgroupHost()
		if err != nil {
			return err
		}
		t, err := a.targetGroups(c.Context(), h, args[0])
		if err != nil {
			return err
		}
		groups, err := t.Whole(h)
		if err != nil {
			return failed(err)
		}
		e, err := h.NewFreeze(groups, frozen, t.Surroundings(h))
		if err != nil {
			return failed(err)
		}
		return a.performed(c.Context(), e, dryRun, sure(yes, effect.Typed))
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask on a terminal either, where the risk asks for it")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	return c
}
