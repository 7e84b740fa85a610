package main

import (
	"context"

	"bones/cmd/bones/internal/command"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/signals"

	"github.com/spf13/cobra"
)

func (a *app) killCommand() *cobra.Command {
	var name string
	var dryRun, yes, all bool
	c := &cobra.Command{
		Use:   "kill TARGET",
		Short: "Send a signal to a process, never to a later one with the same PID; or kill a whole group",
		Long: `Send a signal to a process through a pidfd: if the process ends and its PID is used again in
between, nobody is hit. For a container, the signal goes to the process that backs it. bones refuses
to signal PID 1, itself and its ancestors without --yes.

--all kills every process of the container or group, and of the groups below it: through cgroup.kill
on cgroup v2; on v1 bones freezes the group, sends SIGKILL to each process, and thaws it. bones
waits until nothing is left; otherwise it says what remains, and exits with status 1. --all asks on
a terminal, and elsewhere needs --yes. bones refuses to kill a group that it is in itself, or that
PID 1 or a process that bones was started from is in.`,
		Example: "  bones kill 1234\n  bones kill memcached -s HUP\n  bones kill memcached --all\n  bones kill 1234 " +
			"--dry-run",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if all {
				if c.Flags().Changed("signal") {
					return usage("--all kills with SIGKILL; it goes without --signal")
				}
				return a.killGroup(c.Context(), args[0], dryRun, yes)
			}
			signal, err := signals.Parse(name)
			if err != nil {
				return usage("%w", err)
			}
			s, p, err := a.signalTarget(c.Context(), args[0])
			if err != nil {
				return err
			}
			e, err := signals.New(a.procRoot, s, p, signal)
			if err != nil {
				return usage("%w", err)
			}
			return a.performed(c.Context(), e, dryRun, sure(yes, effect.Named))
		},
	}
	c.Flags().StringVarP(&name, "signal", "s", "TERM", "send `SIGNAL`, by name or number")
	c.Flags().BoolVar(&all, "all", false, "kill every process of the container or group, and of those below it")
	c.Flags().BoolVar(&yes, "yes", false, "allow PID 1, bones itself and its ancestors; with --all: do not ask")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	return c
}

// signalTarget finds the process that a TARGET means. The containers of the host are looked for only where it is no
// PID.
func (a *app) signalTarget(ctx context.Context, target string) (*procwalk.Snapshot, *procwalk.Process, error) {
	if command.NamesContainer(target) {
		s, x, err := a.snapshotContainers(ctx)
		if err != nil {
			return nil, nil, err
		}
		p, _, err := findBacking(x, s, target)
		return s, p, err
	}
	w, err := a.targets().Walker()
	if err != nil {
		return nil, nil, failed(err)
	}
	defer w.Close()
	s, err := w.Snapshot(ctx, procwalk.Request{})
	if err != nil {
		return nil, nil, failed(err)
	}
	p, err := command.FindProcess(s, target)
	return s, p, err
}

// killGroup kills all of a group.
func (a *app) killGroup(ctx context.Context, word string, dryRun, yes bool) error {
	h, t, err := a.targetGroups(ctx, word)
	if err != nil {
		return err
	}
	groups, err := t.GroupsOfWhole(h)
	if err != nil {
		return failed(err)
	}
	e, err := h.NewKillAll(groups, t.Surroundings(h))
	if err != nil {
		return failed(err)
	}
	return a.performed(ctx, e, dryRun, sure(yes, effect.Unsaid))
}
