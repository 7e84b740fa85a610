package record

import (
	"context"
	"fmt"
	"time"

	"bones/cgroupview/inventory"
)

// lately is how many of the last frames of a span are read in any case: what happens now is told by them.
const lately = 32

// Span gives each the moments up to frame last, over a span of time before it, in order. Of more frames than most the
// last ones are read, and of those before so many, evenly spread, as there is room for; skipped is how many were left
// out. A frame that cannot be read is one of them, and the last one is an error.
func (r *Reader) Span(ctx context.Context, last int, span time.Duration, most int,
	each func(*inventory.Moment)) (skipped int, err error) {
	from := r.Time(last).Add(-span)
	first := last
	for first > 0 && !r.Time(first-1).Before(from) && !r.Time(first-1).After(r.Time(first)) {
		first-- // where the clock was set, what came before has other times
	}
	for _, i := range spread(first, last, most) {
		if err := ctx.Err(); err != nil {
			return skipped, err
		}
		var m *inventory.Moment
		f, err := r.Frame(i)
		if err == nil {
			m, err = f.Moment()
		}
		switch {
		case err != nil && i == last:
			return skipped, fmt.Errorf("the moment of %s: %w", r.Time(i).Format(time.DateTime), err)
		case err == nil:
			each(m)
			skipped--
		}
	}
	return skipped + last - first + 1, nil
}

// spread chooses numbers from first to last, in order: the last ones, and those before evenly.
func spread(first, last, most int) []int {
	n := last - first + 1
	all := min(n, max(most, 1))
	tail := min(lately, all)
	head := all - tail
	list := make([]int, 0, all)
	for k := range head {
		list = append(list, first+k*(n-tail)/head)
	}
	for i := last - tail + 1; i <= last; i++ {
		list = append(list, i)
	}
	return list
}

// Span is Reader.Span up to the moment that is shown. The moments of the terminal UI are not held up by it.
func (p *Replay) Span(ctx context.Context, span time.Duration, most int, each func(*inventory.Moment)) (int, error) {
	p.mu.Lock()
	at, path := p.at, p.r.path
	p.mu.Unlock()
	r, err := Open(path)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	if at >= r.Len() {
		return 0, ErrEmpty
	}
	return r.Span(ctx, at, span, most, each)
}
