package tui

import (
	"context"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/watch"
	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/fault"
)

// watched is a source of moments that tells a log what happened between them.
type watched struct {
	inventory.Source
	watcher *watch.Watcher
	log     *events.Log
	details *heldDetails // told when everything is to be read anew; nil: nobody is
}

// Moment implements inventory.Source.
func (w *watched) Moment(ctx context.Context, ask inventory.Ask) (*inventory.Moment, error) {
	if w.details != nil && ask.Fresh.All == ^procwalk.Want(0) {
		w.details.anew.Add(1)
	}
	m, err := w.Source.Moment(ctx, ask)
	if err == nil {
		w.log.Add(w.watcher.Next(m).All()...)
	}
	return m, err
}

// watch has the events of this host watched while the UI runs.
func (p *program) watch(source inventory.Source) (*watched, func()) {
	w := &watched{Source: source, log: &events.Log{}}
	changes := watch.InBackground(watch.JournalEvents(p.Host.Journal()))
	w.watcher = watch.Start(watch.Config{Proc: p.Targets.Proc, Journal: changes, History: true})
	for _, missing := range w.watcher.Missing() {
		w.log.Note("not seen: " + missing)
	}
	return w, w.watcher.Close
}

// recordedEvents reads the events of a recording into a log, the newest first, and goes on with those that come, until
// ctx ends.
func recordedEvents(ctx context.Context, path string) *events.Log {
	log := &events.Log{}
	crash.Go(func() {
		if err := record.ReadLog(ctx, path, log); err != nil {
			log.Note(fault.Line(err))
		}
	})
	return log
}
