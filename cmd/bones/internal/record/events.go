package record

import (
	"fmt"
	"hash/crc32"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/record/wire"

	"github.com/klauspost/compress/zstd"
)

// maxEvents is how long the events between two frames may be, decompressed, and about how much memory they may take:
// a batch has some thousand of them at most.
const (
	maxEvents       = 8 << 20
	maxEventsMemory = 16 << 20
)

// eventCoder writes batches of events, each by itself. It is for one goroutine.
type eventCoder struct {
	wire *wire.Encoder[events.Batch]
	zstd *zstd.Encoder
}

func newEventCoder() (*eventCoder, error) {
	w, err := wire.NewEncoder[events.Batch]()
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20),
		zstd.WithLowerEncoderMem(true))
	return &eventCoder{w, z}, err
}

// encode returns a batch with its header.
func (c *eventCoder) encode(b *events.Batch) ([]byte, error) {
	plain := c.wire.Key(b)
	if len(plain) > maxEvents {
		return nil, fmt.Errorf("the events of one moment take %d KiB, more than %d", len(plain)>>10, maxEvents>>10)
	}
	payload := c.zstd.EncodeAll(plain, make([]byte, headerSize, headerSize+len(plain)/2))
	h := header{kind: kindEvents, taken: b.Until.UnixNano(), length: uint32(len(payload) - headerSize),
		plain: uint32(len(plain))}
	raw := h.append(nil)
	h.sum = crc32.Update(crc32.Checksum(raw[8:], castagnoli), castagnoli, payload[headerSize:])
	copy(payload, h.append(raw[:0]))
	return payload, nil
}

// encodeEvents encodes a batch with the coder of a writer, which is made when there are events for the first time.
func encodeEvents(c **eventCoder, b *events.Batch) ([]byte, error) {
	if *c == nil {
		made, err := newEventCoder()
		if err != nil {
			return nil, err
		}
		*c = made
	}
	return (*c).encode(b)
}

// WriteEvents appends what happened up to the frame that was written last. An empty batch takes no room. After an
// error all that was written before is whole.
func (s *Store) WriteEvents(b *events.Batch) error {
	if b.Empty() || s.segment == nil {
		return nil
	}
	raw, err := encodeEvents(&s.events, b)
	if err != nil {
		return err
	}
	if err := s.append(raw); err != nil {
		s.encoder.Fresh()
		return err
	}
	e := entry{taken: b.Until.UnixNano(), offset: s.size, length: uint32(len(raw) - headerSize), kind: kindEvents}
	s.size += int64(len(raw))
	s.index.Write(e.appendIndex(nil))
	return nil
}

// WriteEvents writes what happened up to the frame that was written last.
func (s *Stream) WriteEvents(b *events.Batch) error {
	if b.Empty() || !s.begun {
		return nil
	}
	raw, err := encodeEvents(&s.events, b)
	if err == nil {
		_, err = s.w.Write(raw)
	}
	return err
}

// HasEvents reports whether events were recorded: older recorders wrote none.
func (r *Reader) HasEvents() bool {
	for _, s := range r.segments {
		if len(s.events) > 0 {
			return true
		}
	}
	return false
}

// Events gives each the batches of events that lead to a frame of this time or later, the oldest first, until it says
// false. One that is damaged is passed over, and its error is among those that are returned.
func (r *Reader) Events(since time.Time, each func(*events.Batch) bool) (damaged []error) {
	return r.eventsIn(r.segments, since, each)
}

// EventPosition is up to where the events of a recording were read. It goes by what was written, and not by the clock
// on the wall: one that is set back makes new events older than the last.
type EventPosition struct{ segment, event int }

// EventsEnd is the place behind all events that are there.
func (r *Reader) EventsEnd() EventPosition {
	n := len(r.segments)
	if n == 0 {
		return EventPosition{}
	}
	return EventPosition{n - 1, len(r.segments[n-1].events)}
}

// EventsAfter gives each the batches that are behind a place, until it says false, and moves the place behind them.
// One that is damaged is passed over.
func (r *Reader) EventsAfter(at *EventPosition, each func(*events.Batch) bool) (damaged []error) {
	for ; at.segment < len(r.segments); at.segment, at.event = at.segment+1, 0 {
		s := r.segments[at.segment]
		for at.event < len(s.events) {
			b, err := r.batch(s, &s.events[at.event])
			at.event++
			switch {
			case err != nil:
				damaged = append(damaged, err)
			case !each(b):
				return damaged
			}
		}
		if at.segment == len(r.segments)-1 {
			break // it may still grow
		}
	}
	return damaged
}

// Kills are the processes that a recording tells were killed for want of memory up to a time, the last of them; left
// is how many there are before. What cannot be read of it is not there.
func Kills(path string, until time.Time) (list []events.Event, left int) {
	r, err := Open(path)
	if err != nil {
		return nil, 0
	}
	defer r.Close()
	r.Events(time.Unix(0, 0), func(b *events.Batch) bool {
		for i := range b.Events {
			if e := &b.Events[i]; e.Kind == events.OOM && !e.Time.After(until) {
				list = append(list, b.Events[i])
			}
		}
		more := max(0, len(list)-maxKills)
		list, left = list[more:], left+more
		return true
	})
	return list, left
}

// maxKills is how many of them are kept.
const maxKills = 256

func (r *Reader) eventsIn(segments []*segment, since time.Time, each func(*events.Batch) bool) (damaged []error) {
	for _, s := range segments {
		for i := range s.events {
			e := &s.events[i]
			if e.taken < since.UnixNano() {
				continue
			}
			b, err := r.batch(s, e)
			if err != nil {
				damaged = append(damaged, err)
				continue
			}
			if !each(b) {
				return damaged
			}
		}
	}
	return damaged
}

// batchDecoder reads what an eventCoder wrote.
type batchDecoder struct {
	wire *wire.Decoder[events.Batch]
	zstd *zstd.Decoder
}

func (r *Reader) batch(s *segment, e *entry) (*events.Batch, error) {
	if r.batches == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxEvents))
		if err != nil {
			return nil, err
		}
		r.batches = &batchDecoder{wire.NewDecoder[events.Batch](maxEventsMemory), z}
	}
	payload, err := s.payload(e)
	if err != nil {
		return nil, err
	}
	plain, err := r.batches.zstd.DecodeAll(payload, nil)
	if err != nil {
		return nil, fmt.Errorf("%s, byte %d: decompressing events: %w", s.name, e.offset, err)
	}
	b, err := r.batches.wire.Key(plain)
	if err != nil {
		return nil, fmt.Errorf("%s, byte %d: events: %w", s.name, e.offset, err)
	}
	return b, nil
}

// Compared gives each what comparing one frame with the next tells, from frame first to last, for a recording without
// events. Frames that cannot be read are passed over, and their errors are returned.
func (r *Reader) Compared(first, last int, each func(*events.Batch) bool) (damaged []error) {
	var t events.Teller
	for i := max(first, 0); i <= min(last, r.Len()-1); i++ {
		f, err := r.Frame(i)
		if err != nil {
			damaged = append(damaged, err)
			continue
		}
		m, err := f.Moment()
		if err != nil {
			damaged = append(damaged, fmt.Errorf("the moment of %s: %w", r.Time(i).Format(time.DateTime), err))
			continue
		}
		b := events.Batch{Until: r.Time(i), Events: t.Next(m, true)}
		if i > first && !b.Empty() && !each(&b) {
			break
		}
	}
	return damaged
}
