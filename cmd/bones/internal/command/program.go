package command

import (
	"context"
	"io"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/target"
	"bones/procwalk/effect"
)

// Program is what the program gives to a command, for the flags of the command line that is carried out. It is asked
// when the command runs: before that the flags are not read.
type Program interface {
	Out() io.Writer // standard output
	Err() io.Writer // standard error
	JSON() bool     // --json was given
	Colours() bool  // tables are printed in colours

	// Targets finds what a TARGET names, in this host as it is now or in the recording of --from.
	Targets() target.Finder
	// Past is the moment that --from and --at name; nil: this host as it is now.
	Past() *target.Past
	// Moments returns the source of what is known of this host, or of the recorded moment. done gives back what it
	// holds.
	Moments() (source inventory.Source, done func(), err error)
	// Globals are the flags of the command line that a process which the program starts has to be given, too.
	Globals() Globals
	// Host carries effects out and journals them.
	Host() *host.Host
	// Perform carries one effect out after the question that it needs, or prints the command by hand for a dry run.
	Perform(ctx context.Context, e effect.Effect, dryRun bool, said effect.Said) (effect.Outcome, error)
	// TerminalUI runs the terminal UI on this terminal, in a process of its own, with these flags and arguments, until
	// the user quits it.
	TerminalUI(ctx context.Context, args []string) error
	// Complain prints an error in one line, for what does not end the command.
	Complain(err error)
}
