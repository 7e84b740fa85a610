package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"bones/nsview/enter"
	"bones/procwalk"
	"bones/procwalk/effect"

	"github.com/spf13/cobra"
)

// exitBones is what enter and unshare end with when bones failed and not what it was to run.
const exitBones = 125

func (a *app) enterCommand() *cobra.Command {
	var types, as, dir string
	var env, hostTools, noCgroup, dryRun, yes bool
	var streams streamFlags
	c := &cobra.Command{
		Use:   "enter TARGET [flags] [-- CMD [ARG...]]",
		Short: "Run a shell or a program inside a process's namespaces",
		Long: `Run a program in the namespaces, cgroups, root and working directory of a process, as what the
process may do, on a terminal of its own. Without a program it is the target's shell; if it has
none, a copy of the host's static busybox, which runs inside as any other program there.

--host-tools runs the host's shell or program instead, with the host's files, in all other
namespaces, as root. What has the host's files never goes into a pid namespace of which a process
may trace it: there it could be robbed of them.

Only namespaces that are not ours already are joined. The environment is clean: PATH, HOME, LANG and TERM.

--as container gives the target's user, groups, capabilities, no_new_privs and security label (not
its seccomp filter). --as root gives user 0 of its user namespace with every capability there;
unless that namespace is the container's own, this is as much as root on the host, also for a
program that the container put there. bones asks before it does that, and before it shows a program
that has the host's files to the target (pid without mnt); without a terminal it takes --yes.

The exit status is the program's, or 128 plus the number of the signal that ended it; 125 if bones
failed, 126 if the program cannot be executed, 127 if it is not there. When its output cannot be
written, as on a full disk, bones ends the program and fails.`,
		Example: "  bones enter 1234\n  bones enter 1234 -n net -- ip address\n  bones enter 1234 --as root -- sh -c " +
			"'echo $$'\n  bones enter 1234 --dry-run",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if n := c.ArgsLenAtDash(); n > 1 || n < 0 && len(args) > 1 {
				return usage("one TARGET, and the program after --")
			}
			r := enter.Request{Program: args[1:], TargetEnv: env, HostTools: hostTools, NoCgroup: noCgroup, Dir: dir,
				Term: os.Getenv("TERM")}
			if len(r.Program) == 0 {
				r.Program = nil
			}
			var err error
			if r.Types, err = enter.ParseTypes(types); err != nil {
				return usage("%w", err)
			}
			if r.As, err = enter.ParseAs(as); err != nil {
				return usage("%w", err)
			}
			if r.Target, err = a.enterTarget(c.Context(), args[0]); err != nil {
				return err
			}
			e, err := enter.New(a.procRoot, r)
			if err != nil {
				return entering(err)
			}
			if dryRun {
				fmt.Fprintln(a.out, e.ByHand())
				return nil
			}
			if err := a.host().Confirm(e, sure(yes, effect.Unsaid)); err != nil {
				return notEntered(err)
			}
			streams.shell = len(r.Program) == 0
			return a.enter(c.Context(), e, streams)
		},
	}
	f := c.Flags()
	f.StringVarP(&types, "namespaces", "n", "",
		"join only these types: cgroup,ipc,mnt,net,pid,time,user,uts (default: all)")
	f.StringVar(&as, "as", "", "root or container (default: container; root for pid without mnt)")
	f.BoolVar(&env, "env", false, "with the target's environment instead of a clean one")
	f.StringVar(&dir, "wd", "", "the working directory, as seen inside (default: the target's)")
	f.BoolVarP(&streams.tty, "tty", "t", false, "a terminal of its own, also where bones is not on one")
	f.BoolVarP(&streams.noTTY, "no-tty", "T", false, "no terminal of its own, also where bones is on one")
	f.BoolVarP(&streams.interactive, "interactive", "i", false,
		"hand keys on to a program without a terminal of its own, and other input to one with")
	c.MarkFlagsMutuallyExclusive("tty", "no-tty")
	f.BoolVar(&hostTools, "host-tools", false, "the host's shell or program and files, in the target's other namespaces")
	f.BoolVar(&yes, "yes", false, "do not ask")
	f.BoolVar(&noCgroup, "no-cgroup", false, "stay in the caller's cgroups")
	f.BoolVar(&dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	return c
}

// entering gives an error the status that enter has for it: 125, or the program's own.
func entering(err error) error {
	status := exitBones
	var x *enter.ExecError
	if errors.As(err, &x) {
		status = x.Code
	}
	return &statusError{status, err}
}

// notEntered is an error from before the program was started: with status 125, which is never mistaken for the
// program's own.
func notEntered(err error) error {
	var s *statusError
	if errors.As(err, &s) && s.err != nil {
		err = s.err
	}
	return &statusError{exitBones, err}
}

// enterTarget finds the process that a TARGET names.
func (a *app) enterTarget(ctx context.Context, word string) (procwalk.ID, error) {
	pid, err := a.targets().BackingPID(ctx, word)
	if err != nil {
		return procwalk.ID{}, failed(err)
	}
	id, err := enter.Identify(a.procRoot, pid)
	if err != nil {
		return id, &statusError{exitBones, fmt.Errorf("enter %d: %w", pid, err)}
	}
	return id, nil
}
