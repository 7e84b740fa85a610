package health

import (
	"fmt"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/rates"
	"bones/procwalk/text"
)

// Series is what is kept of moments that follow each other: what it takes to tell a trend, a peak, and what has
// lasted. Its memory is bounded by what the last moment holds, however many there were. It is for one goroutine.
type Series struct {
	now     *inventory.Moment
	first   time.Time
	moments int
	skipped int // moments that there were, and that were not given to it
	tracks  map[string]*track
	extras  map[string]GroupUse
	host    hostTrack
	lasting map[procwalk.ID]lasting
	seen    []OOMKill
}

// GroupUse is what a group uses that is no container's.
type GroupUse struct {
	Groups   cgroupview.Groups
	Sample   cgroupview.Sample
	Counters *counters.Counters
}

// OOMKill is a kill that somebody has witnessed, as an event of a recording tells it: what the counters do not.
type OOMKill struct {
	Time  time.Time
	PID   int
	Name  text.Text // of the victim
	Group string    // that the victim was in, as a path of its hierarchy
	Limit string    // the group whose limit it was; empty: the host's memory
	Asked text.Text // who asked for the memory; empty: not known
}

// track is what is kept of one container or group.
type track struct {
	id     procwalk.ID // that backs it: another one has counters of its own
	stood  bool        // it was in the last moment
	use    GroupUse
	began  time.Time
	points []point // of the working set, for the trend
	bases  []base  // earlier counters, the oldest first
	kills  growth
	refuse growth

	peak    uint64 // the most that the working set was
	peakAt  time.Time
	peakOf  int    // moments that it was seen in
	gaps    bool   // moments were passed over, in which it may have been more
	counted uint64 // the most by the kernel's own count, which has the page cache, too; 0: it has none
	cut     bool   // the limit may have kept it from being more
	frozen  time.Time
}

type point struct {
	at    time.Time
	value uint64
}

type base struct {
	at       time.Time
	counters *counters.Counters
}

// growth is by how much a counter grew in all the moments that were looked at.
type growth struct {
	n        uint64
	since    time.Time // the first moment that found it grown
	from, to time.Time // between which two it grew last
}

// hostTrack is what is kept of the host.
type hostTrack struct {
	bases []hostBase
	kills growth
}

type hostBase struct {
	at time.Time
	vm *inventory.Trouble
}

// lasting is since when a process is in a state that should not last.
type lasting struct {
	state byte
	since time.Time
	ticks uint64
}

// Bounds of what is kept.
const (
	trendTime = 10 * time.Minute
	trendStep = 10 * time.Second // between two points, where moments come faster
	baseTime  = time.Minute      // that rates are over, where there are so many moments
	baseStep  = 10 * time.Second
	maxSeen   = 256
)

// NewSeries returns a series without a moment.
func NewSeries() *Series {
	return &Series{tracks: map[string]*track{}, lasting: map[procwalk.ID]lasting{}}
}

// Moments returns how many moments were added since the series began.
func (s *Series) Moments() int { return s.moments }

// Now returns the last moment that was added; nil: there is none.
func (s *Series) Now() *inventory.Moment { return s.now }

// Skipped notes that moments of a recording were passed over, as there were too many.
func (s *Series) Skipped(n int) {
	s.skipped += n
	for _, t := range s.tracks {
		t.gaps = s.skipped > 0
	}
}

// Saw adds a kill that was witnessed, for the evidence of what the counters tell.
func (s *Series) Saw(k OOMKill) {
	if len(s.seen) == maxSeen {
		s.seen = s.seen[1:]
	}
	s.seen = append(s.seen, k)
}

// Add takes the next moment. extras are groups that are judged, too, and are no container's. One that is older than
// the last begins the series anew, as when somebody goes back in a recording, and so does one before which the clock
// was set: no rate, trend or age goes across that. One that is the last again is passed over.
func (s *Series) Add(m *inventory.Moment, extras map[string]GroupUse) {
	if m.Snapshot == nil {
		return // nothing is known of it
	}
	at := m.Snapshot.Taken
	switch {
	case s.now == m:
		return
	case s.now != nil && rates.ClockSet(s.now.Snapshot, m.Snapshot):
		seen := s.seen
		*s = *NewSeries()
		s.seen = seen
	}
	if s.now == nil {
		s.first = at
	}
	s.moments++
	s.addProcesses(m)
	s.host.add(m)
	for _, t := range s.tracks {
		t.stood = false
	}
	for i := range m.Usage {
		u := &m.Usage[i]
		s.track(u.Key, u.Process.ID(), at).add(at, GroupUse{u.Groups, u.Sample, u.Counters})
	}
	for key, u := range extras {
		s.track(key, procwalk.ID{}, at).add(at, u)
	}
	for key, t := range s.tracks {
		if !t.stood {
			delete(s.tracks, key)
		}
	}
	s.now, s.extras = m, extras
}

func (s *Series) track(key string, id procwalk.ID, at time.Time) *track {
	t := s.tracks[key]
	if t == nil {
		t = &track{id: id, began: at, gaps: s.skipped > 0}
		s.tracks[key] = t
	}
	if t.id != id { // it was started again: its counters begin anew, its peak goes on
		t.id, t.points, t.bases, t.frozen = id, nil, nil, time.Time{}
	}
	return t
}

// add notes what is used at one moment.
func (t *track) add(at time.Time, u GroupUse) {
	old := t.use
	t.stood, t.use = true, u
	if n := len(t.bases); n > 0 && old.Counters != nil && u.Counters != nil {
		last := t.bases[n-1].at
		t.kills.add(old.Counters.Killed, u.Counters.Killed, last, at)
		t.refuse.add(refused(old.Counters), refused(u.Counters), last, at)
		// The last moment is the base of the next only where enough time is between it and the one before.
		if n > 1 && last.Sub(t.bases[n-2].at) < baseStep {
			t.bases = t.bases[:n-1]
		}
	}
	for len(t.bases) > 1 && at.Sub(t.bases[1].at) >= baseTime {
		t.bases = t.bases[1:]
	}
	t.bases = append(t.bases, base{at, u.Counters})
	if c := u.Counters; c != nil && c.Peak.Err == nil {
		t.counted = max(t.counted, c.Peak.Value)
	}
	if w := u.Sample.Memory; w.Err == nil {
		t.addMemory(at, w.Value)
	}
	switch {
	case u.Sample.FrozenErr != nil || !u.Sample.Frozen:
		t.frozen = time.Time{}
	case t.frozen.IsZero():
		t.frozen = at
	}
}

func (t *track) addMemory(at time.Time, value uint64) {
	t.peakOf++
	if value > t.peak {
		t.peak, t.peakAt = value, at
	}
	if l := t.use.Sample.MemoryLimit; l.Err == nil && !l.Unlimited && float64(value) >= adviceCutShare*float64(l.Value) {
		t.cut = true
	}
	if n := len(t.points); n > 1 && t.points[n-1].at.Sub(t.points[n-2].at) < trendStep {
		t.points = t.points[:n-1]
	}
	for len(t.points) > 0 && at.Sub(t.points[0].at) > trendTime {
		t.points = t.points[1:]
	}
	t.points = append(t.points, point{at, value})
}

// before are the counters to compare with: those of about baseTime ago, or the oldest that there are.
func (t *track) before() (base, bool) {
	if len(t.bases) < 2 || t.bases[0].counters == nil {
		return base{}, false
	}
	return t.bases[0], true
}

// at is when the track was looked at last.
func (t *track) at() time.Time { return t.bases[len(t.bases)-1].at }

// add notes by how much a counter grew between two moments.
func (g *growth) add(before, now cgroupview.Reading, from, to time.Time) {
	if before.Err != nil || now.Err != nil || now.Value <= before.Value {
		return
	}
	if g.n == 0 {
		g.since = to
	}
	g.n += now.Value - before.Value
	g.from, g.to = from, to
}

// tell makes a finding of what grew graver, and says how much of it was in the moments that were looked at.
func (g *growth) tell(f *Finding) {
	f.Severity, f.Since = f.Rule.Grown, g.since
	f.Evidence = append(f.Evidence, fmt.Sprintf("%d of them in the moments looked at, the last between %s and %s", g.n,
		clock(g.from), clock(g.to)))
}

// refused is how often a fork was refused, at all levels.
func refused(c *counters.Counters) (sum cgroupview.Reading) {
	for _, l := range c.Tasks {
		if l.Refused.Err == nil {
			sum.Value += l.Refused.Value
		}
	}
	return sum
}

// addProcesses notes who has ended and was not reaped, and who is blocked in the kernel. The moment, which is in
// memory anyway, bounds how many there are.
func (s *Series) addProcesses(m *inventory.Moment) {
	next := map[procwalk.ID]lasting{}
	for i := range m.Snapshot.Processes {
		p := &m.Snapshot.Processes[i]
		if p.State != 'D' && !zombie(p) {
			continue
		}
		is := lasting{p.State, m.Snapshot.Taken, p.UTime + p.STime}
		if was, ok := s.lasting[p.ID()]; ok && was.state == is.state && was.ticks == is.ticks {
			is.since = was.since
		}
		next[p.ID()] = is
	}
	s.lasting = next
}

// zombie reports whether a process has ended and waits for its parent. A first thread that has ended before the others
// looks like one, and cannot be reaped yet.
func zombie(p *procwalk.Process) bool { return p.State == 'Z' && p.NumThreads <= 1 }

func (h *hostTrack) add(m *inventory.Moment) {
	at := m.Snapshot.Taken
	if n := len(h.bases); n > 0 {
		last := h.bases[n-1]
		if last.vm != nil && m.Trouble != nil {
			h.kills.add(vmKills(last.vm), vmKills(m.Trouble), last.at, at)
		}
		if n > 1 && last.at.Sub(h.bases[n-2].at) < baseStep {
			h.bases = h.bases[:n-1]
		}
	}
	for len(h.bases) > 1 && at.Sub(h.bases[1].at) >= baseTime {
		h.bases = h.bases[1:]
	}
	h.bases = append(h.bases, hostBase{at, m.Trouble})
}

func vmKills(t *inventory.Trouble) cgroupview.Reading {
	switch {
	case t.VM.Err != nil:
		return cgroupview.Reading{Err: t.VM.Err}
	}
	return cgroupview.Reading{Value: t.VM.Value.OOMKills.Value, Err: t.VM.Value.OOMKills.Err}
}
