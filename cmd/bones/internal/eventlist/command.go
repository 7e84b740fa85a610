// Package eventlist is `bones events`: what happened on this host, or in a recording, and what happens now.
package eventlist

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/record"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// flags are those of the command.
type flags struct {
	since, until string
	kinds        []string
	follow       bool
}

// usualSince is how far back the command looks if nobody says.
const usualSince = time.Hour

// Command makes `bones events`, which prints what has happened and, with --follow, what happens.
func Command(p command.Program) *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "events [TARGET]",
		Short: "What happened and what happens now: OOM kills, containers that began or ended, new limits, freezes",
		Long: `Print what happened on this host, or to TARGET, oldest first: processes that were killed because
memory ran out, with the group that was at its limit and the process that had asked for memory;
containers that began and ended; limits that changed; groups that were frozen; what bones itself
changed; and, while bones record or --follow watches, each process that was created, ran a program,
or ended, with its status. From the kernel's log bones also reads what was killed before it watched.

Without --from bones reads the recording in the state directory, if there is one, the kernel's log
and its own journal. --follow goes on with what happens now; together with --json it prints one
object a line. The kernel reports processes only to those who have CAP_NET_ADMIN in the initial
namespaces. Without it bones compares the process table every second, and says so.`,
		Example: "  bones events\n  bones events web --since 2d --kind oom,limit\n" +
			"  bones events --follow --kind exec,exit\n" +
			"  bones events --from db1.bones --since 02:00 --until 04:00",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := newList(p, &f, args)
			if err != nil {
				return err
			}
			return command.Failed(l.run(c.Context()))
		},
	}
	c.Flags().StringVar(&f.since, "since", "", "print only what is from `TIME` on: 10m, 1d12h, 2w, 03:00, "+
		"yesterday 03:00, @SECONDS, or RFC 3339 "+
		"(default: 1h; with --from all; with --follow now)")
	c.Flags().StringVar(&f.until, "until", "", "print only what is up to `TIME`, in the same form")
	c.Flags().StringSliceVar(&f.kinds, "kind", nil, "print only these `KINDS`: "+strings.Join(kindNames(), ", "))
	c.Flags().BoolVarP(&f.follow, "follow", "f", false, "print new events until ^C")
	return c
}

func kindNames() []string {
	var list []string
	for _, k := range events.Kinds() {
		list = append(list, string(k))
	}
	return list
}

// list is one run of the command.
type list struct {
	command.Program
	follow       bool
	since, until time.Time // zero: any
	given        bool      // the user said since when
	kinds        []events.EventKind
	target       *target // nil: everything

	events  []events.Event // that are printed, in any order
	dropped int            // for want of room
	common  int            // of these, programs run, forks and exits
	notes   []string       // what else there is to say
}

func newList(p command.Program, f *flags, args []string) (*list, error) {
	l := &list{Program: p, follow: f.follow, given: f.since != ""}
	for _, k := range f.kinds {
		kind := events.EventKind(strings.ToLower(strings.TrimSpace(k)))
		if !slices.Contains(events.Kinds(), kind) {
			return nil, command.Usage("--kind %q is none of %s", text.New(k), strings.Join(kindNames(), ", "))
		}
		l.kinds = append(l.kinds, kind)
	}
	now := time.Now()
	if past := p.Past(); past != nil {
		// What is said of time is said of then: "1h" is the hour before the moment that is shown.
		now = past.Now.Snapshot.Taken
		if past.At != "" {
			l.until = now
		}
	}
	for _, x := range []struct {
		flag, given string
		to          *time.Time
	}{{"--since", f.since, &l.since}, {"--until", f.until, &l.until}} {
		if x.given == "" {
			continue
		}
		t, err := record.ParseSince(x.given, now)
		if err != nil {
			return nil, command.Usage("%s: %w", x.flag, err)
		}
		*x.to = t
	}
	if !l.until.IsZero() && l.until.Before(l.since) {
		return nil, command.Usage("--until is before --since: nothing is between them")
	}
	if f.follow && f.until != "" {
		return nil, command.Usage("--follow goes on without an end: leave out --until")
	}
	if past := p.Past(); f.follow && past != nil && past.At != "" {
		return nil, command.Usage("--follow goes on from the end of the recording, and --at is one moment: leave out " +
			"one of them")
	}
	if !l.given && p.Past() == nil && !f.follow {
		l.since = now.Add(-usualSince)
	}
	if len(args) == 1 {
		var err error
		if l.target, err = newTarget(args[0]); err != nil {
			return nil, command.Failed(err)
		}
	}
	return l, nil
}

// wanted reports whether an event is to be printed.
func (l *list) wanted(e *events.Event) bool {
	if e.Time.Before(l.since) || !l.until.IsZero() && e.Time.After(l.until) ||
		len(l.kinds) > 0 && !slices.Contains(l.kinds, e.Kind) {
		return false
	}
	return l.target == nil || l.target.matches(e)
}

// maxListed is how many events are printed at once.
const maxListed = 100_000

// add keeps those that are to be printed.
func (l *list) add(all []events.Event) {
	for i := range all {
		if !l.wanted(&all[i]) {
			continue
		}
		if l.events = append(l.events, all[i]); len(l.events) >= 2*maxListed {
			l.shorten()
		}
	}
}

// shorten leaves the newest, and of what happens all the time less than of the rest: a week of programs that were run
// must not push out who was killed in it.
func (l *list) shorten() {
	events.Sort(l.events)
	for _, may := range []func(*events.Event) bool{
		func(e *events.Event) bool { return e.Kind.Common() }, func(*events.Event) bool { return true }} {
		n, kept := len(l.events)-maxListed, l.events[:0]
		for i := range l.events {
			e := &l.events[i]
			if n <= 0 || !may(e) {
				kept = append(kept, *e)
				continue
			}
			n--
			if l.dropped++; e.Kind.Common() {
				l.common++
			}
		}
		clear(l.events[len(kept):])
		l.events = kept
	}
}

// leftOut says which events were dropped: there are holes in the list where many programs were run.
func (l *list) leftOut() string {
	rest := l.dropped - l.common
	switch {
	case rest == 0:
		return fmt.Sprintf("the oldest %d programs run, forks and exits", l.common)
	case l.common == 0:
		return fmt.Sprintf("the oldest %d", rest)
	}
	return fmt.Sprintf("all %d programs run, forks and exits, and of the rest the oldest %d,", l.common, rest)
}

// addUntold is add for what another source may have told already.
func (l *list) addUntold(all []events.Event) {
	for i := range all {
		if !l.told(&all[i]) {
			l.add(all[i : i+1])
		}
	}
}

// told reports whether the list has an event.
func (l *list) told(e *events.Event) bool {
	for i := range l.events {
		if l.events[i].Same(e) {
			return true
		}
	}
	return false
}
