package record

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/record/seldom"
)

// Recorder takes a moment again and again, and writes each down.
type Recorder struct {
	Source   inventory.Source
	Interval time.Duration // from the beginning of one moment to the next; what takes longer is followed at once
	Names    Names
	Write    func(*Frame) error
	Wrote    func(frames int, f *Frame) // told of each; may be nil
	// Seldom reads what is read once in a while, and Facts has it written before the next frame; nil: nobody does.
	Seldom func(context.Context, *inventory.Moment) *seldom.Facts
	Facts  func(*seldom.Facts) error
	// Happened tells what happened up to a moment, and WriteEvents writes it behind its frame; both nil: no events.
	Happened    func(*inventory.Moment) *events.Batch
	WriteEvents func(*events.Batch) error

	due due
}

// Ask is what each moment holds.
func Ask() inventory.Ask { return inventory.Ask{Want: Want, Trouble: true, Guests: true} }

// maxFailures is how many moments in a row may fail to be read before the recorder gives up.
const maxFailures = 5

// Run records until ctx ends, which is no error, or a frame cannot be written. The ticks come from a clock that
// neither stops nor jumps when the clock on the wall is set; while the machine is suspended nothing is taken.
func (r *Recorder) Run(ctx context.Context) error {
	tick := time.NewTicker(r.Interval)
	defer tick.Stop()
	for frames, failures := 0, 0; ; {
		m, err := r.Source.Moment(ctx, Ask())
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if failures++; failures == maxFailures {
				return fmt.Errorf("recording: %d moments in a row could not be read: %w", failures, err)
			}
		default:
			failures = 0
			var happened *events.Batch
			if r.Happened != nil {
				happened = r.Happened(m)
			}
			if r.Seldom != nil && r.due.now(m) {
				if err := r.Facts(r.Seldom(ctx, m)); err != nil {
					return err
				}
			}
			f := FrameOf(m, r.Names)
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

// due tells when it is time to read again what is read once in a while.
type due struct {
	last  time.Duration // since boot
	known string        // the containers and their limits at that time
	begun bool
}

const (
	seldomEvery   = 5 * time.Minute
	seldomAtLeast = 10 * time.Second // from one time to the next, whatever changes
)

// now reports whether that is at this moment: after five minutes, or because a container came or a limit that binds
// one is another, so that the files of the groups never tell of another limit than the moment itself.
func (d *due) now(m *inventory.Moment) bool {
	age := m.Snapshot.Uptime - d.last
	if d.begun && age >= 0 && age < seldomAtLeast {
		return false
	}
	var b strings.Builder
	for i := range m.Usage {
		u := &m.Usage[i]
		b.WriteString(u.Key)
		for _, l := range []*cgroupview.Limit{&u.Sample.MemoryLimit, &u.Sample.SwapLimit, &u.Sample.PIDsLimit,
			&u.Sample.CPULimit} {
			fmt.Fprintf(&b, " %d %s", l.Value, l.File)
			if l.From != nil {
				b.WriteString(l.From.Path.Raw())
			}
		}
	}
	if d.begun && age >= 0 && age < seldomEvery && b.String() == d.known {
		return false
	}
	*d = due{last: m.Snapshot.Uptime, known: b.String(), begun: true}
	return true
}
