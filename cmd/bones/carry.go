package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/object"
	"bones/procwalk/effect"

	"golang.org/x/term"
)

// host returns the one place that carries effects out, for the global flags of this command line.
func (a *app) host() *host.Host {
	if a.carrier == nil {
		a.carrier = host.New(host.Config{
			Journal: a.journal, Root: a.hostRoot, Readonly: a.readonly, Err: a.err, Ask: a.ask,
			Kinds: host.NewKinds(host.Sources{Proc: a.procRoot, Cgroups: a.cgroupHost, Containers: a.snapshotContainers,
				Patience:    filesPatience,
				KernelFiles: func() bool { return a.kernelFiles }}),
		})
	}
	return a.carrier
}

// perform is what every changing command does with its effect: --dry-run prints the command by hand; else it is
// carried out, after the question that it needs.
func (a *app) perform(ctx context.Context, e effect.Effect, dryRun bool, said effect.Said) (effect.Outcome, error) {
	if dryRun {
		fmt.Fprintln(a.out, e.ByHand())
		return effect.Outcome{}, nil
	}
	out, err := a.host().Perform(ctx, e, said)
	return out, failed(err)
}

// performed is perform for a command that has nothing of its own to print: with --json it prints what was done.
func (a *app) performed(ctx context.Context, e effect.Effect, dryRun bool, said effect.Said) error {
	out, err := a.perform(ctx, e, dryRun, said)
	if err != nil || dryRun || !a.json {
		return err
	}
	return failed(object.WriteArray(a.out, func(yield func(any) bool) { yield(object.NewDone(e, out)) }))
}

// sure is what --yes says, on top of what the command itself says.
func sure(yes bool, said effect.Said) effect.Said {
	if yes {
		return effect.Sure
	}
	return said
}

// errNotAnswered is why an effect was not carried out that the user was, or would have been, asked about.
var errNotAnswered = errors.New("not done")

// ask puts a question to the user: on a terminal, with No as the default; elsewhere only --yes answers it.
func (a *app) ask(q effect.Question) error {
	why := strings.Join(q.Why, "; ")
	if a.in != os.Stdin || !term.IsTerminal(int(os.Stdin.Fd())) {
		if q.Script {
			return nil
		}
		return usage("%w: %s: %s; --yes does it all the same", errNotAnswered, q.What, why)
	}
	want := "y"
	if q.Level == effect.Grave {
		want = effect.Word
	}
	fmt.Fprintf(a.err, "%s?\n", q.What)
	for _, line := range q.Why {
		fmt.Fprintf(a.err, "  %s\n", line)
	}
	if q.NoUndo != "" {
		fmt.Fprintf(a.err, "  no undo: %s\n", q.NoUndo)
	}
	fmt.Fprintf(a.err, "  by hand: %s\nType %s to go on: ", q.ByHand, want)
	if answer := strings.ToLower(strings.TrimSpace(a.answer())); answer == want || answer == effect.Word {
		return nil
	}
	return &statusError{Status: exitFailed, Err: fmt.Errorf("%w: %s", errNotAnswered, q.What)}
}

// answer reads one line and not a byte more: what follows may be the answer to the next question.
func (a *app) answer() string {
	var line []byte
	one := make([]byte, 1)
	for len(line) < 4096 {
		if n, err := a.in.Read(one); n == 0 || err != nil || one[0] == '\n' {
			break
		}
		line = append(line, one[0])
	}
	return string(line)
}
