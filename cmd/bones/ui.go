package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bones/cmd/bones/internal/inside"
	"bones/cmd/bones/internal/ours"
	"bones/cmd/bones/internal/terminal"
	"bones/cmd/bones/internal/tui"
	"bones/nsview/enter"
	"bones/procwalk/crash"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// guardedCommand is the hidden name under which the terminal UI's own process is started (see terminal.Guard).
const guardedCommand = "__ui"

// start is what bones without a command does: the terminal UI, or without a terminal the table as text.
func (a *app) start(c *cobra.Command, f *tui.Flags) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) || !terminal.IsTerminal(a.out) {
		return a.ps(c.Context(), &psFlags{}, nil)
	}
	return a.guarded(c, f, os.Args[1:])
}

// guarded runs the terminal UI, in a process of its own, with these arguments.
func (a *app) guarded(c *cobra.Command, f *tui.Flags, args []string) error {
	if err := f.Check(); err != nil {
		return usage("%w", err)
	}
	return a.terminalUI(c.Context(), args)
}

func (a *app) terminalUI(ctx context.Context, args []string) error {
	if t := os.Getenv("TERM"); t == "" || t == "dumb" {
		return failed(fmt.Errorf("the terminal UI: TERM is %q, a terminal that cannot move its cursor; `bones ps` prints "+
			"the table", t))
	}
	a.host().ReportAbandoned(ctx)
	for _, p := range tui.ConfigProblems() {
		fmt.Fprintln(a.err, "bones: "+p)
	}
	if a.quit != nil {
		a.quit(true) // the guard hands signals on
	}
	g := &terminal.Guard{Args: append([]string{guardedCommand}, args...), Err: a.err, CreateReport: a.createReport}
	if status := g.Run(); status != 0 {
		return &statusError{Status: status}
	}
	return nil
}

// createReport makes a file beside the journal.
func (a *app) createReport(name string) (*os.File, error) {
	dir, err := filepath.Dir(a.journal), error(nil)
	if a.journal == "" {
		dir, err = ours.StateDirBelow(a.hostRoot)
	}
	if err != nil {
		return nil, err
	}
	return ours.Purpose{What: "crash report", Help: "nothing is written"}.Create(filepath.Join(dir, name))
}

func (a *app) guardedCommand(f *tui.Flags) *cobra.Command {
	c := &cobra.Command{
		Use:    guardedCommand,
		Hidden: true,
		Args:   cobra.ArbitraryArgs, // none, or those of replay
		RunE: func(c *cobra.Command, args []string) error {
			crash.Trace() // the guard keeps it
			return a.tui(c, f, args)
		},
	}
	f.Register(c.Flags())
	return c
}

// tui runs the terminal UI on this terminal.
func (a *app) tui(c *cobra.Command, f *tui.Flags, args []string) error {
	if err := f.Check(); err != nil {
		return usage("%w", err)
	}
	past, err := a.openReplay(args, func(error) {}) // it was said before there was a screen
	if err != nil {
		return failed(err)
	}
	a.pacer.Stop() // the UI has a pace of its own
	err = tui.Run(c.Context(), tui.Config{Replay: past, Args: args,
		Targets: a.targets(), Readonly: a.readonly, NoColor: a.noColor,
		Journal: a.journal, Globals: program{a}.Globals().Args(),
		Flags: f, Given: c.Flags().Changed, Host: a.host(), Err: a.err, Enter: a.enterFromUI})
	var by terminal.EndedBySignal
	if errors.As(err, &by) {
		return &statusError{Status: by.ExitStatus()}
	}
	return failed(err)
}

// enterFromUI runs a program on the terminal of the UI. The UI's own error stream is the guard's; what is said
// meanwhile is for the user to see.
func (a *app) enterFromUI(ctx context.Context, e *enter.Enter) (status int, err error) {
	here := *a
	here.in, here.out, here.err, here.carrier = os.Stdin, os.Stdout, os.Stdout, nil
	err = here.enter(ctx, e, inside.Streams{TTY: true})
	// A program's own exit status is no error of ours.
	var s *statusError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &s) && s.Err == nil:
		return s.Status, nil
	case errors.As(err, &s):
		return 0, s.Err
	}
	return 0, err
}
