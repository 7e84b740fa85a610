// Package remote is --host: a command of bones runs on other hosts through the user's own ssh. On one host it is that
// host's bones that speaks, with this terminal; of several hosts the answers are merged.
package remote

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/habits"
	"bones/cmd/bones/internal/remote/address"
	"bones/cmd/bones/internal/remote/shell"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk/crash"
	"bones/procwalk/effect"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// maxHosts is how many hosts one command may name.
const maxHosts = 64

// run is one run of a command on other hosts.
type run struct {
	command.Program
	flags *Flags
	c     *cobra.Command
	words []string // of the command line, without what is for bones here
	hosts []address.Destination
	by    os.Signal // that has ended it
}

// Prepare has a command run on the hosts that the flags name, in place of here. args is the whole command line. It
// returns with an error what cannot be.
func (f *Flags) Prepare(p command.Program, c *cobra.Command, args []string) error {
	if !f.Given() {
		for _, name := range []string{yesFlag, copyFlag, showFlag} {
			if f.given[name] > 0 {
				return command.Usage("%s", withoutHost(c, name))
			}
		}
		return nil
	}
	r := &run{Program: p, flags: f, c: c, words: f.words(c, args)}
	if here := c.Flags().Lookup(yesFlag); here != nil && here.Changed {
		f.yes = true // the command's own: the user has said it of all that is asked
	}
	if err := r.check(); err != nil {
		return err
	}
	docker := address.OwnDocker()
	for _, word := range f.hosts {
		h, err := address.Parse(word, docker)
		if err != nil {
			return command.Usage("%w", err)
		}
		if slices.ContainsFunc(r.hosts, func(x address.Destination) bool { return x.Name == h.Name }) {
			return command.Usage("--host %s is given twice", h.Name)
		}
		r.hosts = append(r.hosts, h)
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return r.run(c.Context()) }
	return nil
}

// withoutHost says why a flag of other hosts is of no use for a command of this one.
func withoutHost(c *cobra.Command, name string) string {
	if name == yesFlag {
		return fmt.Sprintf("`%s` asks nothing on this host, so that --yes has nothing to answer: leave it out; with --host "+
			"it lets bones copy itself to that host", c.CommandPath())
	}
	return fmt.Sprintf("--%s is for a command that runs on another host: name the host with --host, or leave --%s out",
		name, name)
}

// path is the command, without the name of the program: "files get"; empty for the terminal UI.
func (r *run) path() string {
	_, rest, _ := strings.Cut(r.c.CommandPath(), " ")
	return rest
}

// here are commands that another host has no part in.
var here = []string{"completion", "man", "help", "kubectl", "deploy systemd", "deploy prometheus", "deploy grafana",
	"deploy kubernetes", "deploy"}

// check says what cannot be done on other hosts.
func (r *run) check() error {
	if slices.Contains(here, r.path()) {
		return command.Usage("bones %s is the same everywhere: leave out --host", r.path())
	}
	if len(r.flags.hosts) > maxHosts {
		return command.Usage("--host: %d hosts are named, and bones asks %d at most at once", len(r.flags.hosts), maxHosts)
	}
	if len(r.flags.hosts) > 1 {
		return r.checkMerged()
	}
	// A file that is named there may be one of this host or of the other: only what goes through the connection is both.
	args := r.c.Flags().Args()
	switch path := r.path(); {
	case path == "files get" && (len(args) < 3 || args[2] != "-"):
		return command.Usage("with --host, files get writes to the standard output: give - as LOCAL, and say here where " +
			"it is to go, as in `... get TARGET PATH - | tar x`")
	case path == "files put" && len(args) > 1 && args[1] != "-":
		return command.Usage("with --host, files put reads the standard input: give - as LOCAL, and say here where it " +
			"comes from, as in `... put TARGET - PATH < FILE`")
	case path == "snapshot" && len(args) > 0 && args[0] != "-":
		return command.Usage("with --host, snapshot writes to the standard output: `... snapshot - > FILE`")
	}
	if o := r.c.Flags().Lookup("output"); r.path() == "record" && o != nil && o.Changed && o.Value.String() != "-" {
		return command.Usage("with --host, record -o writes to the standard output: `... record -o - > FILE`; without -o " +
			"it records into a directory of the host")
	}
	return nil
}

// run runs the command on the host or hosts. A signal ends it, after what was put on the hosts is removed.
func (r *run) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(caught)
	seen := make(chan struct{})
	defer func() { <-seen }()
	defer cancel()
	crash.Go(func() {
		defer close(seen)
		select {
		case r.by = <-caught:
			cancel()
		case <-ctx.Done():
		}
	})
	if len(r.hosts) > 1 {
		return r.several(ctx)
	}
	err := r.one(ctx, r.hosts[0])
	return err
}

// interrupted is the end of a command that a signal has ended; false: none has.
func (r *run) interrupted(ctx context.Context) (error, bool) {
	if ctx.Err() == nil {
		return nil, false
	}
	status := command.ExitFailed
	if s, ok := r.by.(syscall.Signal); ok {
		status = 128 + int(s)
	}
	return &command.StatusError{Status: status}, true
}

// ssh is the way to a host.
func (r *run) ssh(h address.Destination, batch bool) *shell.SSH {
	s := &shell.SSH{Host: h, Batch: batch}
	if r.flags.show {
		s.Show = func(line string) { fmt.Fprintln(r.Err(), "bones: by hand: "+line) }
	}
	return s
}

// one runs the command on one host, with the standard streams of bones here.
func (r *run) one(ctx context.Context, h address.Destination) error {
	p := shell.Program{Path: "bones", Words: r.styled(), Out: r.Out(), Err: r.Err()}
	if out, ok := terminal.OutputFile(r.Out()); ok && term.IsTerminal(int(out.Fd())) &&
		term.IsTerminal(int(os.Stdin.Fd())) {
		p.TTY, p.Out = true, out
	} else if habits.ReadsInput(r.path()) {
		p.In = os.Stdin
	}
	s := r.ssh(h, false)
	var end shell.End
	var err error
	if !r.flags.copy {
		if end, err = s.Run(ctx, p); err == nil {
			err = end.Why()
		}
	}
	if err == nil && !end.Found && r.flags.copy || err == nil && end.Machine != "" {
		end, err = r.withCopy(ctx, s, p, end)
	}
	if err, ok := r.interrupted(ctx); ok {
		return err
	}
	switch {
	case err != nil && end.Status == shell.FailedStatus && !end.Found:
		return &command.StatusError{Status: shell.FailedStatus, Err: fmt.Errorf("--host %s: %w", h.Name, err)}
	case err != nil:
		return command.Failed(fmt.Errorf("--host %s: %w", h.Name, err))
	case end.Status != 0:
		if hint := r.wrongUsage(ctx, s, p, end); hint != "" {
			r.Complain(fmt.Errorf("--host %s: %s", h.Name, hint))
		}
		return &command.StatusError{Status: end.Status} // bones there has said why
	}
	return nil
}

// withCopy runs the program from a copy that lasts as long as it runs.
func (r *run) withCopy(ctx context.Context, s *shell.SSH, p shell.Program, end shell.End) (shell.End, error) {
	held, err := r.hold(ctx, s, end, r.Err())
	if err != nil {
		return shell.End{}, err
	}
	defer func() {
		if err := held.Remove(); err != nil {
			r.Complain(fmt.Errorf("--host %s: %w", s.Host.Name, err))
		}
	}()
	p.Path = held.Path
	if end, err = s.Run(ctx, p); err != nil {
		return end, err
	}
	if end.Machine != "" {
		return shell.End{}, fmt.Errorf("the copy in %s does not run there", text.Line(held.Path))
	}
	return end, end.Why()
}

// hold puts a copy onto a host, after the user was asked.
func (r *run) hold(ctx context.Context, s *shell.SSH, end shell.End, errs io.Writer) (*shell.Held, error) {
	if end.Machine != "" {
		if err := shell.Fits(end.System, end.Machine); err != nil {
			return nil, fmt.Errorf("there is no bones on the host, and this one does not run there: %w", err)
		}
	}
	said := effect.Unsaid
	if r.flags.yes {
		said = effect.Sure
	}
	out, err := r.Perform(ctx, &hold{s, errs}, false, said)
	if err != nil {
		return nil, err
	}
	return out.Result.(*shell.Held), nil
}

// styled are the words for the host, which does not see this environment.
func (r *run) styled() []string {
	words := r.words
	if os.Getenv("NO_COLOR") != "" {
		words = append([]string{"--no-color"}, words...)
	}
	return words
}
