package eventlist

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/signal"
	"strings"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/terminal"
	"bones/cmd/bones/internal/watch"
	"bones/procwalk"
	"bones/procwalk/kmsg"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

func noTarget(word string) error {
	return command.NoTarget("%s: no such process or container, and no event is about one; bones containers lists "+
		"those that run", word)
}

// run prints what happened, and with --follow what happens.
func (l *list) run(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM)
	defer stop()
	if l.follow {
		var done func()
		ctx, done = terminal.WhileRead(ctx, l.Out())
		defer done()
	}
	if past := l.Past(); past != nil {
		return l.overRecording(ctx, past.File)
	}
	if !l.follow {
		if err := l.gather(ctx); err != nil {
			return err
		}
		return l.finish()
	}
	return l.overNow(ctx)
}

// finish prints what was gathered, and says what there is to say.
func (l *list) finish() error {
	if l.target != nil {
		if err := l.target.missing(); err != nil {
			return err // an empty table would say that nothing happened to it
		}
	}
	l.shorten()
	w := newWriter(l.Out(), l.JSON(), false)
	w.fit(l.events)
	if err := w.all(l.events); err != nil {
		return err
	}
	if l.dropped > 0 {
		l.notes = append(l.notes, fmt.Sprintf("events: at most %d are printed: %s are left out; --since and --kind choose",
			maxListed, l.leftOut()))
	}
	for _, n := range l.notes {
		fmt.Fprintln(l.Err(), "bones: "+text.Line(n))
	}
	return nil
}

// gather looks at all that tells of the past of this host.
func (l *list) gather(ctx context.Context) error {
	m, err := l.moment(ctx)
	if err != nil {
		return err
	}
	if l.target != nil {
		l.target.resolve(m)
	}
	recorded, err := l.recorded()
	switch {
	case err != nil:
		l.notes = append(l.notes, "events: the recording of this host: "+err.Error())
	case !recorded:
		l.notes = append(l.notes, "events: nothing is recorded here, and the kernel's log and bones' journal do not tell "+
			"of each process, container and limit; bones record does, and --follow from now on")
	}
	l.addUntold(l.fromLog(m))
	l.addUntold(watch.JournalEvents(l.Host().Journal())(l.since))
	return nil
}

// moment reads what there is now.
func (l *list) moment(ctx context.Context) (*inventory.Moment, error) {
	source, done, err := l.Moments()
	if err != nil {
		return nil, err
	}
	defer done()
	return source.Moment(ctx, inventory.Ask{Usage: true})
}

// recorded takes the events of the recording in the state directory; false: there is none.
func (l *list) recorded() (bool, error) {
	dir, err := record.DirOf(l.Targets().Proc)
	if err != nil {
		return false, err
	}
	r, err := record.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer r.Close()
	l.read(r)
	return r.Len() > 0, nil
}

// maxCompared is how many frames of an older recording are compared.
const maxCompared = 3000

// read takes the events of a recording.
func (l *list) read(r *record.Reader) {
	addBatch := func(b *events.Batch) bool {
		l.add(b.All())
		return true
	}
	var damaged []error
	if r.HasEvents() {
		damaged = r.Events(l.since, addBatch)
	} else if r.Len() > 0 {
		last := r.Len() - 1
		if !l.until.IsZero() {
			last = min(r.At(l.until)+1, last)
		}
		first := max(r.At(l.since), 0)
		if last-first > maxCompared {
			first = last - maxCompared
			l.notes = append(l.notes, fmt.Sprintf("events: only what is later than %s was looked at: the recording has no "+
				"events of its own, and bones compares %d moments at most; --until chooses others",
				r.Time(first).Format(time.DateTime), maxCompared))
		}
		damaged = r.Compared(first, last, addBatch)
	}
	if l.Past() == nil { // else it is said already
		damaged = append(damaged, r.Damaged()...)
	}
	for i, err := range damaged {
		if i == 3 {
			l.notes = append(l.notes, fmt.Sprintf("events: and %d parts more of the recording cannot be read",
				len(damaged)-i))
			break
		}
		l.notes = append(l.notes, "events: "+err.Error())
	}
}

// fromLog takes what the kernel's log still has.
func (l *list) fromLog(m *inventory.Moment) []events.Event {
	log, err := kmsg.Open(kmsg.Path, true)
	if err != nil {
		l.notes = append(l.notes, "events: bones cannot see who was killed when memory ran out: "+err.Error())
		return nil
	}
	defer log.Close()
	return watch.Killed(log, m)
}

// overRecording prints the events of a recording, and goes on with it.
func (l *list) overRecording(ctx context.Context, file string) error {
	r, err := record.Open(file)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	defer r.Close()
	if l.target != nil {
		l.target.resolve(l.Past().Now)
	}
	l.read(r)
	if !l.follow {
		return l.finish()
	}
	l.shorten()
	w := newWriter(l.Out(), l.JSON(), true)
	if err := w.all(l.events); err != nil {
		return err
	}
	tick := time.NewTicker(time.Second / 2)
	defer tick.Stop()
	for from := r.EventsEnd(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := r.More(); err != nil {
			return err
		}
		var failure error
		r.EventsAfter(&from, func(b *events.Batch) bool {
			failure = l.print(w, b.All())
			return failure == nil
		})
		if failure != nil {
			return failure
		}
	}
}

// every is how often moments are compared for --follow.
const every = time.Second

// overNow prints what happens, after what did if it was asked for.
func (l *list) overNow(ctx context.Context) error {
	watched := watch.Start(watch.Config{Proc: l.Targets().Proc,
		Journal: watch.JournalEventsFromNow(l.Host().Journal())})
	defer watched.Close()
	walker, err := l.Targets().Walker(procwalk.Keep())
	if err != nil {
		return err
	}
	defer walker.Close()
	live := inventory.NewLive(inventory.LiveConfig{Processes: walker, ProcRoot: l.Targets().Proc,
		CgroupRoot: l.Targets().Cgroups, Descriptors: 512, Starved: l.Targets().Starved})
	defer live.Close()
	w := newWriter(l.Out(), l.JSON(), true)
	if l.given {
		if err := l.gather(ctx); err != nil {
			return err
		}
		l.shorten()
		if err := w.all(l.events); err != nil {
			return err
		}
	}
	for _, n := range append(l.notes, watched.Lacking()) {
		if n != "" {
			fmt.Fprintln(l.Err(), "bones: "+text.Line(strings.TrimSpace(n)))
		}
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		m, err := live.Moment(ctx, inventory.Ask{Trouble: true, Want: record.Want})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if l.target != nil {
			l.target.resolve(m)
		}
		if err := l.print(w, watched.Next(m).All()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// print prints those of some events that are wanted.
func (l *list) print(w *writer, all []events.Event) error {
	var wanted []events.Event
	for i := range all {
		if l.wanted(&all[i]) {
			wanted = append(wanted, all[i])
		}
	}
	return w.all(wanted)
}
