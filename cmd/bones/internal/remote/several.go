package remote

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/remote/address"
	"bones/cmd/bones/internal/remote/merge"
	"bones/cmd/bones/internal/remote/shell"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk/crash"
	"bones/procwalk/span"
	"bones/procwalk/text"
)

// Bounds on what one host may take.
const (
	beginWithin = 30 * time.Second // until its bones begins
	endWithin   = time.Minute      // and ends, beside the time that the command itself is told to take
	atOnce      = 16               // hosts that are asked at the same time
	maxSaid     = 8 << 10          // bytes of what it says on its standard error
	maxLines    = 20               // and lines of that
)

// alone are flags of the commands that are merged which print what cannot be.
var alone = map[string][]string{
	"stats": {"begin", "end", "every", "csv"},
	"ns":    {"tree", "diff", "matrix"},
	"ps":    {"sort", "columns"},
}

// mergedNames are the commands that are merged.
func mergedNames() string { return "containers, stats, health, events, ns, ps, which and pid" }

// checkMerged says what cannot be merged.
func (r *run) checkMerged() error {
	path, flags := r.path(), r.c.Flags()
	if _, ok := merge.Kinds[path]; !ok || path == merge.Totals {
		name := "bones " + path
		if path == "" {
			name = "the terminal UI"
		}
		return command.Usage("%s shows one host: name one --host; several are merged by %s", name, mergedNames())
	}
	for _, name := range alone[path] {
		if flags.Changed(name) {
			return command.Usage("bones %s --%s prints what is of one host: name one --host", path, name)
		}
	}
	if path == "ns" && flags.NArg() > 0 {
		return command.Usage("bones ns %s is about one host: name one --host", text.Sanitise(flags.Arg(0)))
	}
	if order := r.c.Flags().Lookup("sort"); order != nil && order.Changed {
		if f := r.form(); f == tables || f == lines || r.flag("group") != "" {
			return command.Usage("bones %s --sort orders what one host has, with these flags: name one --host, or leave "+
				"--sort out", path)
		}
		if err := listing.Orders.Check(r.flag("sort")); err != nil {
			return command.Usage("%w", err)
		}
	}
	return nil
}

// flag is the value of a flag of the command; empty: there is none.
func (r *run) flag(name string) string {
	if f := r.c.Flags().Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}

// station is one host in a run over several.
type station struct {
	address.Destination
	ssh  *shell.SSH
	path string           // of bones there
	held *shell.Held      // a copy; nil: none
	said shell.FirstBytes // what it, or ssh, said on the standard error
	told bool             // what it lacks was said

	end   shell.End
	err   error
	out   shell.Bounded
	items []merge.Item
}

// several runs the command on all hosts at once.
func (r *run) several(ctx context.Context) error {
	all := make([]*station, len(r.hosts))
	for i, h := range r.hosts {
		all[i] = &station{Destination: h, ssh: r.ssh(h, true), path: "bones"}
		var mu sync.Mutex
		if show := all[i].ssh.Show; show != nil {
			all[i].ssh.Show = func(line string) { mu.Lock(); defer mu.Unlock(); show(line) }
		}
	}
	defer func() {
		for _, s := range all {
			if s.held != nil {
				if err := s.held.Remove(); err != nil {
					r.failed(s, err)
				}
			}
		}
	}()
	if r.path() == "events" && r.flag("follow") == "true" {
		return r.follow(ctx, all)
	}
	if r.path() == "stats" {
		return r.rounds(ctx, all)
	}
	return r.round(ctx, all, r.request())
}

// rounds prints the tables of stats, as often as it would here.
func (r *run) rounds(ctx context.Context, all []*station) error {
	count := 0
	fmt.Sscan(r.flag("count"), &count)
	if r.flag("once") == "true" || r.JSON() || !terminal.IsTerminal(r.Out()) {
		count = max(count, 1)
	}
	for n := 1; ; n++ {
		if count == 0 && n > 1 {
			fmt.Fprint(r.Out(), "\x1b[H\x1b[J")
		}
		err := r.round(ctx, all, r.request("--once", "--count=1"))
		answers := slices.ContainsFunc(all, func(s *station) bool {
			return s.err == nil && s.end.Found && s.end.Status == 0
		})
		if stop, ok := r.interrupted(ctx); ok {
			return stop
		}
		if !answers || n == count || terminal.OutputError(r.Out()) != nil {
			return err
		}
	}
}

// round asks every host once and prints what they say. The error has the status of the hosts that failed,
// which has been said of each.
func (r *run) round(ctx context.Context, all []*station, words []string) error {
	kind, form := r.kind(), r.form()
	r.each(ctx, all, func(ctx context.Context, s *station) {
		s.out = shell.Bounded{Most: merge.MaxBytes}
		s.end, s.err = s.ssh.Run(ctx, shell.Program{Path: s.path, Words: words, Out: &s.out, Err: &s.said})
		if s.err != nil || !s.end.Found || form != objects {
			return
		}
		// What failed in part has printed the rest, and what failed as a whole nothing.
		var err error
		if s.items, err = kind.Items(merge.Answer{Host: s.Name, JSON: s.out.Bytes()}); err != nil && s.end.Status == 0 {
			s.err = err
		}
	})
	if stop, ok := r.interrupted(ctx); ok {
		return stop
	}
	var err error
	switch form {
	case verdicts:
		return r.judge(all)
	case objects:
		var items []merge.Item
		for _, s := range all {
			if s.err == nil {
				items = append(items, s.items...)
			}
		}
		err = r.print(kind, items)
	default:
		err = r.printText(all)
	}
	if err != nil {
		return command.Failed(err)
	}
	r.sayMissing(kind, all)
	return r.sayWhatFailed(all)
}

func (r *run) print(kind merge.Mergeable, items []merge.Item) error {
	if r.JSON() {
		if r.path() == "events" {
			items = merge.SortEvents(items)
		}
		return merge.JSON(r.Out(), items)
	}
	sandboxes := r.flag("sandboxes") == "true" || r.c.Flags().NArg() > 0
	return kind.Table(r.Out(), merge.Options{Sort: r.flag("sort"), Sandboxes: sandboxes,
		Colours: terminal.IsTerminal(r.Out()) && os.Getenv("TERM") != "dumb" && r.flag("no-color") != "true",
		Width:   terminal.LineWidth(r.Out(), false, "")}, items)
}

// each runs do for every host, some at a time, and again from a copy where a host has no bones. Of the hosts
// that want a copy the user is asked one after the other.
func (r *run) each(ctx context.Context, all []*station, do func(context.Context, *station)) {
	var first, without []*station
	for _, s := range all {
		s.said, s.end, s.err, s.items = shell.FirstBytes{Most: maxSaid}, shell.End{}, nil, nil
		if r.flags.copy && s.held == nil {
			without = append(without, s)
		} else {
			first = append(first, s)
		}
	}
	r.parallel(ctx, first, do)
	for _, s := range first {
		if s.err == nil && s.end.Machine != "" {
			without = append(without, s)
		}
	}
	var copied []*station
	for _, s := range without {
		if ctx.Err() != nil {
			return
		}
		if s.held != nil {
			s.err = errors.New("the copy of bones is not there any more")
			continue
		}
		if s.held, s.err = r.hold(ctx, s.ssh, s.end, &s.said); s.err == nil {
			s.path = s.held.Path
			copied = append(copied, s)
		}
	}
	r.parallel(ctx, copied, do)
}

func (r *run) parallel(ctx context.Context, list []*station, do func(context.Context, *station)) {
	slots := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	open := r.watchOver(list)
	defer open.stop()
	for _, s := range list {
		slots <- struct{}{}
		wait.Go(crash.Guarded(func() {
			defer func() { <-slots; open.answered(s) }()
			ctx, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			if d := r.within(); d > 0 {
				late := time.AfterFunc(d, crash.Guarded(func() {
					cancel(fmt.Errorf("it gave no answer within %v, and bones has given up", d))
				}))
				defer late.Stop()
			}
			do(ctx, s)
			if cause := context.Cause(ctx); cause != nil {
				s.err = cause
			}
		}))
	}
	wait.Wait()
}

// within is how long a host may take for the command; 0: as long as it likes.
func (r *run) within() time.Duration {
	if r.flag("follow") == "true" {
		return 0
	}
	own := time.Duration(0)
	for _, name := range []string{"over", "interval"} {
		if d, err := span.Interval(r.flag(name), 0, span.Longest); err == nil {
			own += d
		}
	}
	return beginWithin + endWithin + own
}

// sayWhatFailed says of each host what it and its ssh said, and why there is no answer from it. The error has
// the status that all failures share, or that of a failure.
func (r *run) sayWhatFailed(all []*station) error {
	status := 0
	for _, s := range all {
		one := r.sayOf(s)
		switch {
		case one == 0:
		case status == 0 || status == one:
			status = one
		default:
			status = command.ExitFailed
		}
	}
	if status == 0 {
		return nil
	}
	return &command.StatusError{Status: status}
}

// sayOf says it of one host, and returns the status of its failure.
func (r *run) sayOf(s *station) int {
	err, lines := s.failure(), s.lines()
	hint := otherVersion(s.end)
	switch {
	case err != nil && s.end.Status == shell.FailedStatus && !s.end.Found:
		r.failed(s, err)
		return shell.FailedStatus
	case err != nil:
		if hint != "" {
			err = fmt.Errorf("%w; %s", err, hint)
		}
		r.failed(s, err)
		var status *command.StatusError
		if errors.As(command.Failed(err), &status) {
			return status.Status
		}
		return command.ExitFailed
	}
	if hint != "" && s.end.Status == command.ExitUsage && len(lines) > 0 {
		lines[len(lines)-1] += "; " + hint // this one takes the command line
	}
	for _, line := range lines {
		r.failed(s, errors.New(strings.TrimPrefix(line, "bones: ")))
	}
	if s.end.Status != 0 && len(lines) == 0 {
		r.failed(s, fmt.Errorf("bones there ended with status %d", s.end.Status))
	}
	return s.end.Status
}

// lines are what a host said on its standard error, safe to print.
func (s *station) lines() []string {
	var list []string
	for line := range strings.Lines(s.said.String()) {
		if line = text.Line(strings.TrimSpace(line)); line != "" && !strings.HasPrefix(line, "Warning: Permanently added") {
			list = append(list, line)
		}
	}
	if len(list) > maxLines {
		list = append(slices.Clone(list[:maxLines]), fmt.Sprintf("and %d lines more", len(list)-maxLines))
	}
	return list
}

// failed says something of a host in one line.
func (r *run) failed(s *station, err error) {
	r.Complain(fmt.Errorf("%s: %w", s.Name, err))
}
