package record

import (
	"context"
	"fmt"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
)

// Recorder takes a moment again and again, and writes each down.
type Recorder struct {
	Source   inventory.Source
	Interval time.Duration // from the beginning of one moment to the next; what takes longer is followed at once
	Names    Names
	Write    func(*Frame) error
	Wrote    func(frames int, f *Frame) // told of each; may be nil
	// Happened tells what happened up to a moment, and WriteEvents writes it behind its frame; both nil: no events.
	Happened    func(*inventory.Moment) *events.Batch
	WriteEvents func(*events.Batch) error
}

// Ask is what each moment holds.
func Ask() inventory.Ask { return inventory.Ask{Want: Want, Trouble: true} }

// maxFailures is how many moments in a row may fail to be read before the recorder gives up.
const maxFailures = 5

// Run records until ctx ends, which is no error, or a frame cannot be written. The ticks come from a clock that
// neither stops nor jumps when the clock on the wall is set; while the machine is suspended nothing is taken.
func (r *Recorder) Run(ctx context.Context) error {
	tick := time.NewTicker(r.Interval)
	defer tick.Stop()
	for frames, failures := 0, 0; ; {
		f, happened, err := r.take(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if failures++; failures == maxFailures {
				return fmt.Errorf("recording: %d moments in a row could not be read: %w", failures, err)
			}
		default:
			failures = 0
			if err := r.Write(f); err != nil {
				return err
			}
			if happened != nil {
				if err := r.WriteEvents(happened); err != nil {
					return err
				}
			}
			if frames++; r.Wrote != nil {
				r.Wrote(frames, f)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (r *Recorder) take(ctx context.Context) (*Frame, *events.Batch, error) {
	m, err := r.Source.Moment(ctx, Ask())
	if err != nil {
		return nil, nil, err
	}
	var happened *events.Batch
	if r.Happened != nil {
		happened = r.Happened(m)
	}
	return FrameOf(m, r.Names), happened, nil
}
