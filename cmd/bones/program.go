package main

import (
	"context"
	"io"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/target"
	"bones/procwalk/effect"
)

// program is the app as the commands see it that are packages of their own. It implements command.Program.
type program struct{ a *app }

func (p program) Out() io.Writer         { return p.a.out }
func (p program) Err() io.Writer         { return p.a.err }
func (p program) JSON() bool             { return p.a.json }
func (p program) Colours() bool          { return p.a.tables().Colours }
func (p program) Targets() target.Finder { return p.a.targets() }
func (p program) Past() *target.Past     { return p.a.past }
func (p program) Host() *host.Host       { return p.a.host() }
func (p program) Complain(err error)     { p.a.complain(err) }

func (p program) Globals() command.Globals {
	return command.Globals{HostRoot: p.a.hostRoot, Proc: p.a.procRoot, Cgroups: p.a.cgroupRoot,
		Source: string(p.a.source), Journal: p.a.journal, Readonly: p.a.readonly, NoColor: p.a.noColor}
}

func (p program) Moments() (inventory.Source, func(), error) { return p.a.moments() }

func (p program) TerminalUI(ctx context.Context, args []string) error {
	return p.a.terminalUI(ctx, args)
}

func (p program) Perform(ctx context.Context, e effect.Effect, dryRun bool, said effect.Said) (effect.Outcome, error) {
	return p.a.perform(ctx, e, dryRun, said)
}
