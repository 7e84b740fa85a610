package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/habits"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/target"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// showsPast are the commands that --from has show a recording in place of this host as it is now.
var showsPast = []string{"ps", "top", "containers", "stats", "which", "pid", "ns", "cgroup", "explain", "health",
	"events", "diff"}

// showsLines are those of them that print whole command lines.
var showsLines = []string{"ps", "top", "pid"}

// mindQuit are the commands that hand SIGQUIT on, or put the terminal back.
var mindQuit = []string{"bones", guardedCommand, replayWord, "enter", "unshare"}

// openPast opens the recording that --from names, for a command that can show it.
func (a *app) openPast(c *cobra.Command, args []string) error {
	a.past = nil
	if a.quit != nil && slices.Contains(mindQuit, c.Name()) {
		a.quit(c.Name() == guardedCommand)
	}
	if err := habits.EmptyValue(c); err != nil {
		return command.FailedEarly(c, c.FlagErrorFunc()(c, usage("%w", err)))
	}
	if err := a.remote.Prepare(program{a}, c, a.words); err != nil || a.remote.Given() {
		return err
	}
	if a.from == "" {
		if a.at != "" && c.Name() != replayWord && c.Name() != guardedCommand {
			return command.FailedEarly(c, usage("--at is a time in a recording; name the recording with --from"))
		}
		return nil
	}
	if !slices.Contains(showsPast, c.Name()) {
		return usage("%s is about this host as it is now: --from is for %s; bones replay shows a recording in the "+
			"terminal UI",
			c.CommandPath(), strings.Join(showsPast, ", "))
	}
	if slices.Contains(args, "self") {
		return usage("self is bones as it runs now, which no recording holds; name a PID or a container of the recording")
	}
	past, err := readPast(a.from, a.at, a.complain)
	if a.past = past; err == nil && past.Cut != nil && slices.Contains(showsLines, c.Name()) {
		a.complain(past.Cut)
	}
	return command.FailedEarly(c, err)
}

// sayAsides says how old the facts are that were not recorded with the moment itself.
func (a *app) sayAsides() {
	if a.past == nil {
		return
	}
	if said := a.past.Asides(); said != "" {
		a.complain(errors.New(said))
	}
}

// readPast reads the last frame of a recording, or the one of a time, and the one before it. It complains where
// nothing was recorded at that time, and what was there before is shown, and where parts of the recording
// cannot be read.
func readPast(path, at string, complain func(error)) (*target.Past, error) {
	if path == "-" {
		return nil, usage("--from reads a FILE or a directory; `bones replay -` shows what comes through a pipe")
	}
	r, err := record.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	defer r.Close()
	if err := r.Empty(); err != nil {
		return nil, fmt.Errorf("--from %s: %w", text.Sanitise(path), err)
	}
	for _, damaged := range r.Damaged() { // what is asked for may have been there
		complain(damaged)
	}
	i := r.Len() - 1
	if at != "" && at != "now" {
		t, err := record.ParseTime(at, r.Last())
		if err != nil {
			return nil, usage("--at: %w", err)
		}
		i, err = r.Find(t)
		switch {
		case errors.Is(err, record.ErrLater):
			return nil, fmt.Errorf("--at %s: %w", text.Sanitise(at), err)
		case err != nil:
			complain(fmt.Errorf("--at %s: %w; this is how it was at %s", text.Sanitise(at), err,
				r.Time(i).Format(time.DateTime)))
		}
	}
	p := &target.Past{File: path, At: at}
	p.Span = func(ctx context.Context, span time.Duration, most int, each func(*inventory.Moment)) (int, error) {
		reader, err := record.Open(path)
		if err != nil {
			return 0, err
		}
		defer reader.Close()
		return reader.Span(ctx, min(i, reader.Len()-1), span, most, each)
	}
	p.Kills = func() []events.Event {
		list, left := record.Kills(path, p.Now.Snapshot.Taken)
		if left > 0 {
			complain(fmt.Errorf("%d processes that were killed for want of memory before %s are not looked at; `bones events "+
				"--from` lists them", left, list[0].Time.Local().Format(time.DateTime)))
		}
		return list
	}
	if i > 0 {
		if f, err := r.Frame(i - 1); err == nil { // else there are no rates
			p.Before, _ = f.Moment()
		}
	}
	f, err := r.Frame(i)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	if p.Facts, err = r.Facts(i); err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	p.Cut = f.CutLines()
	p.User = func(id uint32) string { return f.Users[id] }
	p.Group = func(id uint32) string { return f.Groups[id] }
	if p.Now, err = f.Moment(); err != nil {
		return nil, fmt.Errorf("--from %s: %w", text.Sanitise(path), err)
	}
	return p, nil
}
