package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record/seldom"
)

// Replay is a recording with a place in it: the moment that is shown. It implements inventory.Source. Its methods may
// be called by several goroutines.
type Replay struct {
	mu      sync.Mutex
	r       *Reader
	at      int       // the frame that is shown
	follows bool      // it is the last one, and goes on when others come
	known   []*loaded // the frames that were read last, the one that was asked for last at the end
	users   map[uint32]string
	groups  map[uint32]string
	facts   *seldom.Facts
	factsOf int // of which frame
	ahead   lookahead
}

// loaded is a frame that was read.
type loaded struct {
	frame  int
	f      *Frame
	moment *inventory.Moment
	size   int // bytes of memory
}

// ErrEmpty says that a recording has no moment in it yet.
var ErrEmpty = errors.New("there is no moment in the recording")

// NewReplay begins at the last frame. It closes the reader in the end.
func NewReplay(r *Reader) (*Replay, error) {
	if err := r.Empty(); err != nil {
		return nil, err
	}
	return &Replay{r: r, at: r.Len() - 1, follows: true}, nil
}

// Close closes the files.
func (p *Replay) Close() {
	p.ahead.end(p)
	p.r.Close()
}

// Path is where the recording is.
func (p *Replay) Path() string { return p.r.path }

// Moment implements inventory.Source: it is all that was recorded, whatever is asked for, but for the targets.
func (p *Replay) Moment(context.Context, inventory.Ask) (*inventory.Moment, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Where one has gone back, what has come since is looked for too: the line of time tells of it, and it can be
	// stepped to. That it cannot be read is told once one gets there.
	_, err := p.r.More()
	if p.follows {
		if err != nil {
			return nil, err
		}
		p.at = p.r.Len() - 1
	}
	return p.current()
}

// current is the moment that is shown.
func (p *Replay) current() (*inventory.Moment, error) {
	l, err := p.load(p.at)
	if err != nil {
		return nil, err
	}
	p.users, p.groups = l.f.Users, l.f.Groups
	return l.moment, nil
}

// Facts are what was recorded at most a few minutes before the moment that is shown, because it changes seldom; nil:
// nothing was.
func (p *Replay) Facts() (*seldom.Facts, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.facts == nil || p.factsOf != p.at {
		f, err := p.r.Facts(p.at)
		if err != nil {
			return nil, err
		}
		p.facts, p.factsOf = f, p.at
	}
	return p.facts, nil
}

// Loads are how busy the processors were and how full the memory was, each from 0 to 1, over the whole recording in so
// many parts: of each the most of its moments; -1 where there is none, or it is not known.
func (p *Replay) Loads(parts int) (cpu, memory []float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cpu, memory = make([]float64, parts), make([]float64, parts)
	for i := range parts {
		cpu[i], memory[i] = -1, -1
	}
	n := p.r.Len()
	if n == 0 {
		return cpu, memory
	}
	earliest, latest := p.r.Bounds()
	first, span := earliest.UnixNano(), latest.UnixNano()-earliest.UnixNano()
	part := func(e *entry) int {
		if span <= 0 {
			return 0
		}
		return min(max(int(float64(e.taken-first)/float64(span)*float64(parts)), 0), parts-1)
	}
	for k := range n {
		e := p.r.entry(k)
		from, to := part(e), part(e)
		if k > 0 {
			// A moment stands for the time since the one before, where the recorder did not pause.
			if before := p.r.entry(k - 1); e.taken >= before.taken && e.taken-before.taken <= 4*span/int64(n) {
				from = min(part(before)+1, to)
			}
		}
		for i := from; i <= to; i++ {
			cpu[i], memory[i] = max(cpu[i], share(e.load[0])), max(memory[i], share(e.load[1]))
		}
	}
	return cpu, memory
}

// Before is the moment before the one that is shown, for rates; nil if there is none, or it cannot be read.
func (p *Replay) Before() *inventory.Moment {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.ahead.begin(p)
	if p.at == 0 {
		return nil
	}
	l, err := p.load(p.at - 1)
	if err != nil {
		return nil
	}
	return l.moment
}

// Frames stay decoded, those that were read last: the one that is shown and the one before in any case, and those that
// steps back and on ask for, as long as all of them, as wire.Decoder.MemoryTaken counts, have at most knownBytes.
const (
	knownBytes = 48 << 20
	minKnown   = 2
	maxKnown   = 32
)

// load reads a frame, unless it is one of those that were read last.
func (p *Replay) load(i int) (*loaded, error) {
	if k := slices.IndexFunc(p.known, func(l *loaded) bool { return l.frame == i }); k >= 0 {
		l := p.known[k]
		p.known = append(slices.Delete(p.known, k, k+1), l)
		return l, nil
	}
	f, err := p.r.Frame(i)
	if err != nil {
		return nil, err
	}
	m, err := f.Moment()
	if err != nil {
		return nil, fmt.Errorf("the moment of %s: %w", p.r.Time(i).Format(time.DateTime), err)
	}
	p.known = append(p.known, &loaded{i, f, m, p.r.decoder.wire.MemoryTaken()})
	for p.knownBytes() > knownBytes && len(p.known) > minKnown || len(p.known) > maxKnown {
		p.known = slices.Delete(p.known, 0, 1)
	}
	return p.known[len(p.known)-1], nil
}

// knownBytes is how much memory the frames have that stay decoded. What several share with a key frame counts for
// each.
func (p *Replay) knownBytes() (sum int) {
	for _, l := range p.known {
		sum += l.size
	}
	return sum
}

// User tells the name that a user had on the host at the moment that is shown.
func (p *Replay) User(id uint32) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.users[id]
}

// Group tells the name that a group had.
func (p *Replay) Group(id uint32) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.groups[id]
}

// Step goes so many frames on, or back if negative. It stays at the ends, and reports whether it moved.
func (p *Replay) Step(frames int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at+frames >= p.r.Len() {
		p.r.More() // without it this is the end, as it was
	}
	return p.move(p.at + frames)
}

func (p *Replay) move(to int) bool {
	to = min(max(to, 0), p.r.Len()-1)
	moved := to != p.at
	p.ahead.by = to - p.at
	p.at, p.follows = to, false
	return moved
}

// Skip goes a span of time on, or back if negative: to the last frame before that, but by one frame at least.
func (p *Replay) Skip(span time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.r.Time(p.at).Add(span)
	if at.After(p.r.Time(p.r.Len() - 1)) {
		p.r.More()
	}
	to := p.r.frameUpTo(p.at, at)
	switch {
	case span > 0:
		to = max(to, p.at+1)
	case span < 0:
		to = min(to, p.at-1)
	}
	return p.move(to)
}

// Seek goes to a time as ParseTime reads it; what comes before "now" is before the last frame. Where nothing was
// recorded then, ErrLater and ErrNotThen say so, and it has gone to the moment that Reader.Find finds.
func (p *Replay) Seek(at string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.r.More() // "-1m" is before what was recorded last by now
	t, err := ParseTime(at, p.r.Last())
	if err != nil {
		return err
	}
	i, err := p.r.Find(t)
	p.move(i)
	switch {
	case errors.Is(err, ErrLater):
		return fmt.Errorf("%w: bones shows its first moment", err)
	case err != nil:
		return fmt.Errorf("%w: bones shows the last moment before", err)
	}
	return nil
}

// Live goes to the last frame, and on with those that come.
func (p *Replay) Live() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.follows = true
}

// Position tells where one is: the number of the frame that is shown, from 1, how many there are, when the earliest
// and the latest were taken, and whether it goes on with those that come.
func (p *Replay) Position() (frame, frames int, first, last time.Time, follows bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first, last = p.r.Bounds()
	return p.at + 1, p.r.Len(), first, last, p.follows
}

// CutLines says how many command lines of the moment that is shown are not whole; nil: all are, or it cannot be read.
func (p *Replay) CutLines() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := p.load(p.at)
	if err != nil {
		return nil // which is said elsewhere
	}
	return l.f.CutLines()
}

// Damaged says which segments cannot be read, or not to their end.
func (p *Replay) Damaged() []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.r.Damaged()
}

// AwaitFrame waits until a file that is written to holds a whole frame, or ended says that nothing more comes: it gets
// what the writer says back. What is no recording is an error at once.
func AwaitFrame(f *os.File, ended chan error) error {
	s := &segment{name: "what comes through the pipe", file: f}
	room := maxFrames
	for over := false; ; {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		s.scan(info.Size(), &room)
		switch {
		case len(s.entries) > 0:
			return nil
		case s.err != nil:
			return s.err
		case over && info.Size() == 0:
			return fmt.Errorf("%w: nothing came through the pipe", ErrEmpty)
		case over && s.doubt != nil:
			return s.doubt
		case over:
			return fmt.Errorf("%w: what came through the pipe ended before the first one was whole", ErrEmpty)
		}
		select {
		case err := <-ended:
			over = true // what came last is looked at once more
			ended <- err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
