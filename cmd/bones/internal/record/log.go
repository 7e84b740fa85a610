package record

import (
	"context"
	"fmt"
	"time"

	"bones/cgroupview/inventory/events"
)

// maxCompared is how many frames of a recording without events are compared, from the end back.
const maxCompared = 720

// ReadLog reads the events of a recording into a log, segment by segment from the newest back, and then goes on with
// those that are written, until ctx ends.
func ReadLog(ctx context.Context, path string, log *events.Log) error {
	r, err := Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	lost, end := 0, r.EventsEnd()
	if !r.HasEvents() {
		log.Note("the recorder wrote no events: moments are compared")
		first := max(0, r.Len()-maxCompared)
		if first > 0 {
			log.Note(fmt.Sprintf("only since %s", r.Time(first).Format(time.DateTime)))
		}
		lost += len(r.Compared(first, r.Len()-1, func(b *events.Batch) bool {
			log.Add(b.All()...)
			return ctx.Err() == nil
		}))
	}
	for i := len(r.segments) - 1; i >= 0 && ctx.Err() == nil; i-- {
		var list []events.Event
		lost += len(r.eventsIn(r.segments[i:i+1], time.Unix(0, -1<<63), func(b *events.Batch) bool {
			list = append(list, b.All()...)
			return ctx.Err() == nil
		}))
		log.Add(list...)
	}
	if lost > 0 {
		log.Note(fmt.Sprintf("%d parts cannot be read", lost))
	}
	return r.follow(ctx, log, end)
}

// follow adds what is written from now on, behind a place.
func (r *Reader) follow(ctx context.Context, log *events.Log, from EventPosition) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := r.More(); err != nil {
			continue // events come behind their frame: there may be some though there is no frame more
		}
		r.EventsAfter(&from, func(b *events.Batch) bool {
			log.Add(b.All()...)
			return true
		})
	}
}
