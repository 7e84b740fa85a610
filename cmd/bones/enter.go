package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"bones/cmd/bones/internal/inside"
	"bones/cmd/bones/internal/spaces"
	"bones/nsview/enter"
	"bones/nsview/enter/environment"
	"bones/procwalk/effect"

	"github.com/spf13/cobra"
)

// enterFlags are the flags as they were given, before they mean anything.
type enterFlags struct {
	types, as, dir, user string
	set                  []string
	env, hostTools       bool
	noCgroup             bool
	dryRun, yes          bool
	streams              inside.Streams
}

func (a *app) enterCommand() *cobra.Command {
	f := &enterFlags{}
	c := &cobra.Command{
		Use:   "enter TARGET [flags] [-- CMD [ARG...]]",
		Short: "Run a shell or a program in the namespaces of a process or container",
		Long:  enterLong,
		Example: "  bones enter 1234\n  bones enter 1234 -n net -- ip address\n  bones enter web -u app -e DEBUG=1 -- ls\n" +
			"  bones enter netns:blue -- ip link\n  bones enter 1234 --as root -- sh -c 'echo $$'\n" +
			"  bones enter 1234 --dry-run",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if n := c.ArgsLenAtDash(); n > 1 || n < 0 && len(args) > 1 {
				return usage("one TARGET, and the program after --")
			}
			r, err := f.request(args[1:])
			if err != nil {
				return usage("%w", err)
			}
			if err := a.enterTarget(c.Context(), args[0], &r); err != nil {
				return err
			}
			e, err := enter.New(a.procRoot, r)
			if err != nil {
				return entering(err)
			}
			if f.dryRun {
				fmt.Fprintln(a.out, e.ByHand())
				return nil
			}
			if err := a.host().Confirm(e, sure(f.yes, effect.Unsaid)); err != nil {
				return err
			}
			f.streams.Shell = len(r.Program) == 0
			return a.enter(c.Context(), e, f.streams)
		},
	}
	f.define(c)
	return c
}

const enterLong = `Run a program in the namespaces, cgroups, root and working directory of a process, with the
rights of that process. Without a program, run the target's shell. If the target has no such
program, bones lends it a copy of the host's static busybox, which runs inside like any other
program there: as the shell, or as the program if it is one of busybox's applets
(` + "`bones enter web -- ls`" + `).

TARGET is a process (also a thread by its TID, or a process whose leader has ended), a container, or
a single namespace, whatever keeps it alive, as ` + "`bones ns --help`" + ` says how to name one. In a
single namespace the host's program runs, with the caller's rights.

If bones is on a terminal, the program gets a terminal of its own, unless bones runs in the
background. -t always gives it one, -T never. Without one, standard input, output and error stay
apart as in any pipeline, and bones reads no more of the input than the program does. -i passes keys
to a program without a terminal; together with -t it passes on an input that is not a terminal.

The environment is clean: HOME of the user in the target's /etc/passwd, PATH as the target has it
(absolute directories only, and only the first 128), LANG, TERM, and what -e adds; -e NAME takes the
caller's value. --env passes the target's whole environment, but never to a program that has the
host's files: the target's LD_PRELOAD and PATH would choose what that program runs.

bones joins only the namespaces that it is not in already. If -n leaves out mnt, the program is the
host's. If root starts it, it then has root's rights, as with nsenter
(` + "`-n net -- ip link set eth0 up`" + `), and sees a /proc of the pid namespace that it joins.

For a user other than root, the user's own systemd moves the program into the target's cgroups. If
nothing can move it, the program stays in the caller's cgroups, without the target's limits, and
bones says so.

--host-tools runs the host's shell or program as root, with the host's files, in all other
namespaces of the target. A program that has the host's files never joins a pid namespace in which a
process may trace it: that process could reach the host's files through it.

-u USER[:GROUP] runs the program as a user of the target's /etc/passwd and /etc/group, with no
capability beyond the target's bounding set. --as container (the default) gives it the target's
user, groups, capabilities, no_new_privs and security label, but not its seccomp filter. --as root
makes it user 0 of the target's user namespace, with every capability there. Unless that user
namespace is the container's own, this is as much as root on the host, even for a program that the
container put there. bones asks before it does that, and before it exposes a program that has the
host's files to the target (pid without mnt); without a terminal it needs --yes.

The exit status is the program's, or 128 plus the number of the signal that ended it; 125 if bones
failed, 126 if the program cannot be executed, 127 if it does not exist. bones passes signals on to
the program; if the program has a terminal of its own, HUP, INT, QUIT and TERM hang that terminal
up. If the output cannot be written, for instance on a full disk, bones ends the program and fails.`

func (f *enterFlags) define(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVarP(&f.types, "namespaces", "n", "",
		"join only these `TYPES`: cgroup,ipc,mnt,net,pid,time,user,uts (default: all)")
	fs.StringVar(&f.as, "as", "",
		"run with the rights of `WHOM`: root or container (default: container; root without mnt)")
	fs.StringVarP(&f.user, "user", "u", "", "run as `USER[:GROUP]` of the target's files, by name or number")
	fs.StringArrayVarP(&f.set, "setenv", "e", nil, "set `NAME=VALUE`; NAME alone takes the caller's value")
	fs.BoolVar(&f.env, "env", false, "give the program the target's environment instead of a clean one")
	fs.StringVar(&f.dir, "wd", "", "start in the directory `DIR`, as seen inside (default: the target's)")
	fs.BoolVarP(&f.streams.TTY, "tty", "t", false, "give the program a terminal of its own, even if bones is not on one")
	fs.BoolVarP(&f.streams.NoTTY, "no-tty", "T", false,
		"give the program no terminal of its own, even if bones is on one")
	fs.BoolVarP(&f.streams.Interactive, "interactive", "i", false,
		"pass keys to a program without a terminal, or with -t an input that is not a terminal")
	fs.BoolVar(&f.hostTools, "host-tools", false,
		"run the host's shell or program, with the host's files, in the target's other namespaces")
	fs.BoolVar(&f.yes, "yes", false, "do not ask")
	fs.BoolVar(&f.noCgroup, "no-cgroup", false, "stay in the caller's cgroups")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
}

// request gives the flags their meaning.
func (f *enterFlags) request(program []string) (r enter.Request, err error) {
	r = enter.Request{TargetEnv: f.env, HostTools: f.hostTools, NoCgroup: f.noCgroup, Dir: f.dir, User: f.user,
		Term: os.Getenv("TERM")}
	if len(program) > 0 {
		r.Program = program
	}
	if f.streams.TTY && f.streams.NoTTY {
		return r, errors.New("-t and -T exclude each other")
	}
	for _, v := range f.set {
		name, _, given := strings.Cut(v, "=")
		if name == "" {
			return r, fmt.Errorf("-e %q: it must be NAME=VALUE, or NAME for the caller's value", v)
		}
		if value, ok := os.LookupEnv(name); !given && ok {
			v, given = name+"="+value, true
		}
		if given { // as docker: what the caller has not is not set
			r.Set = append(r.Set, v)
		}
	}
	if r.Types, err = enter.ParseTypes(f.types); err != nil {
		return r, err
	}
	r.As, err = enter.ParseAs(f.as)
	return r, err
}

// entering gives an error the status of a program that cannot be run.
func entering(err error) error {
	var x *enter.ExecError
	if errors.As(err, &x) {
		return &statusError{Status: x.Code, Err: err}
	}
	return failed(err)
}

// enterTarget finds the process, or the namespace, that a TARGET names.
func (a *app) enterTarget(ctx context.Context, word string, r *enter.Request) error {
	ref, isSpace, err := spaces.Parse(word)
	if err != nil {
		return usage("%w", err)
	}
	pid := os.Getpid()
	if isSpace {
		space, err := spaces.Find(ctx, a.targets(), ref)
		if err != nil {
			return failed(err)
		}
		r.Spaces = []enter.Space{space}
	} else if pid, err = a.targets().BackingPID(ctx, word); err != nil {
		return failed(err)
	}
	if r.Target, err = enter.Identify(a.procRoot, pid); err != nil {
		return failed(fmt.Errorf("enter %d: %w", pid, err))
	}
	return nil
}

// enter runs the program on the terminal of bones, if there is one, and hands its status on.
func (a *app) enter(ctx context.Context, e *enter.Enter, f inside.Streams) error {
	stdio, own := f.Stdio(a.in, a.out, a.err)
	r := inside.NewRelay(own, stdio.TTY, a.err)
	defer r.Stop()
	e = e.WhenStarted(func(s *enter.Session) func() {
		if s.Note() != "" {
			fmt.Fprintln(a.err, "bones: "+s.Note())
		}
		return r.Start(s)
	})
	mentions := environment.NewMentions(stdio.Err, e.Lacks())
	if stdio.Err = mentions; stdio.TTY && !stdio.Apart {
		mentions = environment.NewMentions(stdio.Out, e.Lacks())
		stdio.Out = mentions
	}
	outcome, err := a.host().Carry(ctx, e.With(stdio).From(a.copied))
	if err != nil {
		return entering(err)
	}
	status, _ := outcome.Result.(enter.Status)
	if hint := e.Hint(status, mentions.Found()); hint != "" {
		fmt.Fprintln(a.err, "bones: "+hint)
	}
	if status.Code != 0 {
		return &statusError{Status: status.Code}
	}
	return nil
}
