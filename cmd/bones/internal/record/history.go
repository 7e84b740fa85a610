package record

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record/seldom"
	"bones/procwalk/crash"
)

// Bounds of what is kept of a live source.
const (
	HistorySpan = 10 * time.Minute
	historySize = 12 << 20 // bytes. Where more processes come and go than that holds, Kept tells a shorter span
	// HistoryEvery is how often a moment is kept at most: everything is asked for then, and not only what is shown.
	HistoryEvery = 2 * time.Second
	// historyEach is how much longer that is for each process: keeping takes time for each, up to historySeldom.
	historyEach   = time.Millisecond
	historySeldom = 10 * time.Second
)

// historyPace is how often a moment with so many processes is kept.
func historyPace(processes int) time.Duration {
	return min(max(HistoryEvery, time.Duration(processes)*historyEach), historySeldom)
}

// History gives the moments of a live source, and keeps those of the last ten minutes as a recording in memory, with a
// place in it: while it follows, it is the live source. Its methods may be called by several goroutines.
type History struct {
	Replay
	live     inventory.Source
	names    Names
	encoder  *Encoder
	busy     chan struct{} // capacity 1: a moment is being kept
	due      time.Time     // when the next one is to be kept
	size     int           // bytes of what is kept
	err      error         // why nothing is kept any more
	facts    func(context.Context, *inventory.Moment) *seldom.Facts
	factsDue due    // when facts are read
	oldest   []byte // the last of them that were dropped
	shown    *inventory.Moment
	before   *inventory.Moment // the live moment before shown
}

// NewHistory returns a History that has kept nothing yet. facts reads what is read seldom.
func NewHistory(live inventory.Source, names Names,
	facts func(context.Context, *inventory.Moment) *seldom.Facts) (*History, error) {
	d, err := newDecoder()
	if err != nil {
		return nil, err
	}
	e, err := newThrifty()
	if err != nil {
		return nil, err
	}
	names.Keys = &Keys{}
	h := &History{live: live, names: names, facts: facts, encoder: e, busy: make(chan struct{}, 1)}
	h.r, h.follows = &Reader{decoder: d}, true
	return h, nil
}

// Moment implements inventory.Source: what is live, or the moment of the place in what is kept. What is live is kept
// meanwhile all the same, so that nothing is missing between now and the moment to which somebody has gone back.
func (h *History) Moment(ctx context.Context, ask inventory.Ask) (*inventory.Moment, error) {
	h.mu.Lock()
	follows := h.follows
	now := time.Now()
	keep := !now.Before(h.due) && h.err == nil
	if keep {
		h.due = now.Add(HistoryEvery - HistoryEvery/8) // refreshes are not on the dot
		if h.shown != nil {
			pace := historyPace(len(h.shown.Snapshot.Processes))
			h.due = now.Add(pace - HistoryEvery/8)
		}
	}
	h.mu.Unlock()
	if follows || keep {
		asked := ask
		if keep {
			all := Ask()
			asked.Want |= all.Want
			asked.Machine, asked.Usage, asked.Trouble = true, true, true
			asked.Targets = nil
		}
		m, err := h.live.Moment(ctx, asked)
		if err != nil || m == nil {
			return m, err
		}
		if keep {
			h.keep(m)
		}
		h.mu.Lock()
		h.before, h.shown = h.shown, m
		follows = h.follows
		h.mu.Unlock()
		if follows {
			return m, nil
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.follows || h.r.Len() == 0 { // somebody has gone back to what is live meanwhile
		return h.shown, nil
	}
	return h.current()
}

// Span gives each the moments of a span of time up to the one that is shown, as Reader.Span.
func (h *History) Span(ctx context.Context, span time.Duration, most int, each func(*inventory.Moment)) (int, error) {
	h.mu.Lock()
	at := min(h.from(), h.r.Len()-1)
	r := &Reader{}
	for _, s := range h.r.segments { // as it is now: it goes on growing while this is read
		p := s.file.(*pieces)
		r.segments = append(r.segments, &segment{name: s.name, entries: slices.Clone(s.entries),
			file: &pieces{slices.Clone(p.at), slices.Clone(p.bytes)}})
	}
	h.mu.Unlock()
	if at < 0 {
		return 0, ErrEmpty
	}
	var err error
	if r.decoder, err = newDecoder(); err != nil {
		return 0, err
	}
	r.number()
	return r.Span(ctx, at, span, most, each)
}

// Position tells where one is, as Replay.Position.
func (h *History) Position() (frame, frames int, first, last time.Time, follows bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.r.Len()
	if n == 0 {
		return 0, 0, first, last, true
	}
	first, last = h.r.Bounds()
	if h.follows {
		return n, n, first, last, true
	}
	return h.at + 1, n, first, last, false
}

// keep writes a moment down, beside whoever shows it. One that comes while the last is still being written is not
// kept: the machine is busy enough.
func (h *History) keep(m *inventory.Moment) {
	select {
	case h.busy <- struct{}{}:
	default:
		return
	}
	crash.Go(func() {
		defer func() { <-h.busy }()
		var facts []byte
		b, key, err := h.encoder.Encode(FrameOf(m, h.names))
		if err == nil && h.factsDue.now(m) {
			facts, err = h.encoder.Seldom(h.facts(context.Background(), m))
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if n := len(b) + len(facts); err == nil && n > historySize/2 {
			err = fmt.Errorf("the moment takes %d MiB of the %d MiB that bones keeps in memory", n>>20, historySize>>20)
		}
		if err != nil {
			h.err = err
			return
		}
		h.add(slices.Clone(b), slices.Clone(facts), key, m.Snapshot.Taken)
	})
}

// add takes a frame, and lets go of the oldest.
func (h *History) add(b, facts []byte, key bool, taken time.Time) {
	if key || len(h.r.segments) == 0 {
		h.r.segments = append(h.r.segments, &segment{name: "what is kept in memory", file: &pieces{}})
	}
	s := h.r.segments[len(h.r.segments)-1]
	if facts != nil {
		x := entry{length: uint32(len(facts) - headerSize), kind: kindSeldom, offset: s.file.(*pieces).add(facts)}
		s.seldom = append(s.seldom, x)
		h.size += len(facts)
	}
	e := entry{taken: taken.UnixNano(), length: uint32(len(b) - headerSize), kind: kindChanges, load: loadOf(b)}
	if key {
		e.kind = kindKey
	}
	e.offset = s.file.(*pieces).add(b)
	s.entries = append(s.entries, e)
	h.size += len(b)
	if s.file.(*pieces).size() > historySize/4 {
		h.encoder.Fresh() // whole segments are dropped: one of sixty large frames alone would be several times the bound
	}
	old := taken.Add(-HistorySpan).UnixNano()
	for len(h.r.segments) > 1 && (h.r.segments[1].entries[0].taken < old || h.size > historySize) {
		h.drop(h.r.segments[0])
	}
	h.r.number()
}

// drop lets go of the oldest frames. Whoever looks at one of them sees the oldest that is left.
func (h *History) drop(s *segment) {
	h.size -= s.file.(*pieces).size()
	if n := len(s.seldom); n > 0 { // what comes after it stands on it
		h.oldest, _ = s.payload(&s.seldom[n-1])
	}
	h.Replay.facts = nil
	h.r.segments = slices.Delete(h.r.segments, 0, 1)
	h.at = max(h.at-len(s.entries), 0)
	for _, l := range h.known {
		l.frame -= len(s.entries)
	}
	h.known = slices.DeleteFunc(h.known, func(l *loaded) bool { return l.frame < 0 })
	h.r.hasKey = false
}

// Before is the moment before the one that Moment gave last, for rates.
func (h *History) Before() *inventory.Moment {
	h.mu.Lock()
	if h.follows {
		defer h.mu.Unlock()
		return h.before
	}
	h.mu.Unlock()
	return h.Replay.Before()
}

// Step goes so many frames on, or back. From what is live the first step back is to the last frame before it; a step
// on from the last frame is to what is live.
func (h *History) Step(frames int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.jump(h.from() + frames)
}

// from is the place that steps count from.
func (h *History) from() int {
	if !h.follows {
		return h.at
	}
	// The last frame may be that very moment. By its time alone: a clock that was set back makes all others later.
	i := h.r.Len()
	if i > 0 && h.shown != nil && h.r.Time(i-1).Equal(h.shown.Snapshot.Taken) {
		i--
	}
	return i
}

func (h *History) jump(to int) bool {
	if to >= h.r.Len() {
		moved := !h.follows
		h.follows = true
		return moved
	}
	was, follows := h.at, h.follows
	h.ahead.by = to - h.from()
	h.at, h.follows = max(to, 0), false
	return follows || h.at != was
}

// Skip goes a span of time on, or back.
func (h *History) Skip(span time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.r.Len() == 0 {
		return false
	}
	from := h.from()
	last := h.r.Len() - 1
	at := h.r.Time(min(from, last)).Add(span)
	to := h.r.frameUpTo(min(from, last), at)
	switch {
	case span > 0 && to == last && at.After(h.r.Time(last)):
		to = h.r.Len()
	case span > 0:
		to = max(to, from+1)
	default:
		to = min(to, from-1)
	}
	return h.jump(to)
}

// Seek goes to a time as ParseTime reads it.
func (h *History) Seek(at string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.r.Len() == 0 {
		return fmt.Errorf("nothing is kept yet: %w", ErrEmpty)
	}
	now := time.Now()
	t, err := ParseTime(at, now)
	if err != nil {
		return err
	}
	if !t.Before(now) {
		h.follows = true
		return nil
	}
	i := h.r.At(t)
	h.jump(max(i, 0))
	if i < 0 {
		return fmt.Errorf("bones keeps moments in memory only since %s, and shows that one; bones record keeps more",
			h.r.Time(0).Format(time.TimeOnly))
	}
	return nil
}

// Kept tells over which time moments are kept, in how many bytes, and why none is any more.
func (h *History) Kept() (span time.Duration, size int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := 1; i < h.r.Len(); i++ {
		// A step that is longer than any pause is that of a clock that was set, or of a machine that slept.
		if d := h.r.Time(i).Sub(h.r.Time(i - 1)); d > 0 && d < time.Minute {
			span += d
		}
	}
	return span, h.size, h.err
}

// Facts are those of the moment that is shown, as Replay.Facts.
func (h *History) Facts() (*seldom.Facts, error) {
	h.mu.Lock()
	n := h.r.Len()
	h.mu.Unlock()
	if n == 0 {
		return nil, nil
	}
	f, err := h.Replay.Facts()
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil && f == nil && h.oldest != nil {
		f, err = h.r.decoder.facts(h.oldest)
		h.Replay.facts, h.factsOf = f, h.at
	}
	return f, err
}

// User tells the name that a user has, or had at the moment that is shown.
func (h *History) User(id uint32) string {
	if h.IsLive() {
		return h.names.User(id)
	}
	return h.Replay.User(id)
}

// Group tells the name of a group.
func (h *History) Group(id uint32) string {
	if h.IsLive() {
		return h.names.Group(id)
	}
	return h.Replay.Group(id)
}

// IsLive reports whether what is live is shown.
func (h *History) IsLive() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.follows
}

// Close closes the live source and forgets the moments that are kept in memory.
func (h *History) Close() {}

// pieces is a file in memory that frames are added to, without room that nobody uses.
type pieces struct {
	at    []int64 // where each begins
	bytes [][]byte
}

func (p *pieces) size() (n int) {
	if k := len(p.at); k > 0 {
		n = int(p.at[k-1]) + len(p.bytes[k-1])
	}
	return n
}

// add returns where the piece begins.
func (p *pieces) add(b []byte) int64 {
	at := int64(p.size())
	p.at, p.bytes = append(p.at, at), append(p.bytes, b)
	return at
}

// ReadAt implements io.ReaderAt, for reads that begin where a piece does.
func (p *pieces) ReadAt(b []byte, off int64) (int, error) {
	i, ok := slices.BinarySearch(p.at, off)
	if !ok {
		return 0, io.EOF
	}
	return io.ReadFull(bytes.NewReader(p.bytes[i]), b)
}
