package main

import (
	"context"
	"errors"
	"fmt"

	"bones/procwalk/effect"
	"bones/procwalk/text"
)

var errReadonly = errors.New("--readonly is set: nothing is changed")

// carry carries an effect out. It is the one place in the program that does, for the commands and the terminal UI
// alike: refused when read-only, written down before and after.
//
// Where there is no way back anyway, as with signals, a journal that cannot be written is a warning: on a host whose
// disk is full, ending the culprit must still be possible.
func (a *app) carry(ctx context.Context, e effect.Effect) (effect.Outcome, error) {
	if a.readonly {
		return effect.Outcome{}, &statusError{exitPermission, fmt.Errorf("%s: %w", e.Describe(), errReadonly)}
	}
	j, err := a.openJournal()
	var intent record
	if err == nil {
		intent, err = j.intent(e)
	}
	unwritten := err
	if unwritten != nil && e.Undo().Possible {
		return effect.Outcome{}, fmt.Errorf("%s: not done: %w", e.Describe(), unwritten)
	}
	out, err := e.Apply(ctx)
	if unwritten == nil {
		unwritten = j.done(intent, out, err)
	}
	if unwritten != nil {
		out.Note = join(out.Note, "not in the journal: "+text.Line(unwritten.Error()))
	}
	return out, err
}

// reportAbandoned says what an earlier bones began and did not end, because it was killed in between. Nothing is done
// about it: what came of it is for the user to see.
func (a *app) reportAbandoned() {
	if a.readonly {
		return // telling is written down too
	}
	j, err := a.openJournal()
	if err != nil {
		return // said when there is something to write down
	}
	left, _ := j.abandoned()
	for _, r := range left {
		fmt.Fprintf(a.err, "bones: on %s an earlier bones was about to %s, and ended before it could say what came of it; by hand: %s\n",
			r.Time.Local().Format("2006-01-02 15:04:05"), text.Line(r.What), text.Line(r.ByHand))
		for _, line := range a.present(r) {
			fmt.Fprintf(a.err, "bones:   %s\n", line)
		}
	}
}

// present says what is there now of what an unfinished change was about.
func (a *app) present(r record) []string {
	if r.Kind != "cgroup.edit" {
		return nil
	}
	h, err := a.cgroupHost()
	if err != nil {
		return nil
	}
	return h.Present(r.State)
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// perform is what every changing command does with its effect: --dry-run prints the command by hand, a grave effect
// needs --yes, and whatever the outcome has to say goes to standard error.
func (a *app) perform(ctx context.Context, e effect.Effect, dryRun, yes bool) error {
	if dryRun {
		fmt.Fprintln(a.out, e.ByHand())
		return nil
	}
	a.reportAbandoned()
	if r := e.Risk(); r.Level == effect.Grave && !yes {
		return usage("%s: %s; --yes does it all the same", e.Describe(), r.Why)
	}
	out, err := a.carry(ctx, e)
	if out.Note != "" {
		fmt.Fprintln(a.err, "bones: "+out.Note)
	}
	return failed(err)
}
