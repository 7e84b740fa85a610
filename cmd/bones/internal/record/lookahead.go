package record

import (
	"slices"
	"sync"

	"bones/procwalk/crash"
)

// lookahead reads, while the user looks at a moment, what the same key pressed again would show: whoever steps through
// a recording does not wait for a key frame to be decoded. Its fields are for whoever holds Replay.mu.
type lookahead struct {
	by     int  // how many frames the last move went on, or back if negative
	busy   bool // a goroutine reads
	closed bool
	over   sync.WaitGroup
}

// farthest is the longest move that is likely to be made again: a minute of frames a second. A jump to another time is
// followed by steps on, as a rule.
const farthest = 60

// begin has the next frames read, where there is room for them beside those that are shown. Replay.mu is held.
func (a *lookahead) begin(p *Replay) {
	if a.busy || a.closed || len(a.next(p)) == 0 {
		return
	}
	a.busy = true
	a.over.Add(1)
	crash.Go(func() {
		defer a.over.Done()
		p.mu.Lock()
		defer p.mu.Unlock()
		for at := -1; at != p.at && !a.closed; {
			at = p.at
			for _, i := range a.next(p) {
				if i >= p.r.Len() {
					break // of what is kept of a live source the oldest were dropped
				}
				if _, err := p.load(i); err != nil {
					break // it is told once somebody goes there
				}
				p.mu.Unlock() // whoever presses a key meanwhile waits for one frame at most
				p.mu.Lock()
				if at != p.at || a.closed {
					break
				}
			}
		}
		a.busy = false
	})
}

// next are the frames that another move like the last would show, and that are not decoded yet: the moment, and the
// one before it, for rates. There are none where frames are so large that those which are shown would be forgotten.
func (a *lookahead) next(p *Replay) (list []int) {
	by := a.by
	if by == 0 || by > farthest || by < -farthest {
		by = 1
	}
	if n := len(p.known); n == 0 || 2*minKnown*p.known[n-1].size > knownBytes || p.follows {
		return nil
	}
	for _, i := range []int{p.at + by - 1, p.at + by} {
		if i >= 0 && i < p.r.Len() && !slices.ContainsFunc(p.known, func(l *loaded) bool { return l.frame == i }) {
			list = append(list, i)
		}
	}
	return list
}

// end waits until nothing is read any more.
func (a *lookahead) end(p *Replay) {
	p.mu.Lock()
	a.closed = true
	p.mu.Unlock()
	a.over.Wait()
}
