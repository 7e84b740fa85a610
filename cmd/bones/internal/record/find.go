package record

import (
	"errors"
	"fmt"
	"time"
)

// ErrLater says that a recording begins after a time that was asked for.
var ErrLater = errors.New("the recording begins later")

// ErrNotThen says that nothing was recorded at a time that was asked for: the recorder did not run, or had ended.
var ErrNotThen = errors.New("nothing was recorded then")

// Last is when the last frame was taken, from which times as ParseTime reads them are counted: a file that is days old
// has its own "two hours ago". There must be a frame.
func (r *Reader) Last() time.Time { return r.Time(r.Len() - 1) }

// Find is At for somebody who asked for a time, and is told where it is not what he gets: the first frame with
// ErrLater where the recording begins later, and with ErrNotThen the last one before a gap, or before the end. There
// must be a frame.
func (r *Reader) Find(t time.Time) (int, error) {
	i := r.At(t)
	if i < 0 {
		first, _ := r.Bounds()
		return 0, fmt.Errorf("%w, at %s", ErrLater, first.Format(time.DateTime))
	}
	// What comes next by the clock on the wall: where that was set, it is not the next frame.
	at, next := r.Time(i), time.Time{}
	for k := range r.frames {
		if after := r.Time(k); after.After(t) && (next.IsZero() || after.Before(next)) {
			next = after
		}
	}
	switch late := t.Sub(at); {
	case late <= r.usualGap(i):
		return i, nil
	case next.IsZero():
		return i, fmt.Errorf("%w: the recording ends at %s", ErrNotThen, at.Format(time.DateTime))
	default:
		return i, fmt.Errorf("%w: there is nothing between %s and %s", ErrNotThen, at.Format(time.DateTime),
			next.Format(time.DateTime))
	}
}

// Bounds are when the earliest and the latest frame were taken, by the clock on the wall: where that was set back,
// they are not the first and the last one. There must be a frame.
func (r *Reader) Bounds() (first, last time.Time) {
	from, to := r.entry(0).taken, r.entry(0).taken
	for i := range r.frames {
		taken := r.entry(i).taken
		from, to = min(from, taken), max(to, taken)
	}
	return timeOf(from), timeOf(to)
}

// frameUpTo is the last frame up to a time that is reached from frame i by going on, or back, while the clock on the
// wall goes the same way: where that was set, frames of the same time are not those that are meant.
func (r *Reader) frameUpTo(i int, t time.Time) int {
	for i+1 < r.Len() && !r.Time(i+1).After(t) && !r.Time(i+1).Before(r.Time(i)) {
		i++
	}
	for i > 0 && r.Time(i).After(t) && !r.Time(i-1).After(r.Time(i)) {
		i--
	}
	return i
}

// usualGap is how long after a frame another one was to be expected: three times as long as between those around it,
// as a busy host makes its recorder late.
func (r *Reader) usualGap(i int) time.Duration {
	const least = 15 * time.Second
	usual := time.Duration(0)
	for k := max(i-8, 1); k <= i; k++ { // before it, as what comes after may be the gap
		if d := r.Time(k).Sub(r.Time(k - 1)); d > 0 && (usual == 0 || d < usual) {
			usual = d
		}
	}
	return max(least, 3*usual)
}
