// Package patience tells how long to wait for processes that were sent SIGKILL.
package patience

import (
	"context"
	"time"
)

// The limits of a Patience. As long as processes end it goes on: many take their time on a busy host.
const (
	Patient   = 10 * time.Second // how long a group may go without getting emptier before it is reported as it is
	Impatient = time.Second      // the same where what is left may not be killed: so long the others take to end
)

// Patience tells how long to wait until the next look, and when to give up.
type Patience struct {
	Limit time.Duration // how long the number of processes may stay the same
	wait  time.Duration
	least int // processes in the emptiest look so far
	since time.Time
}

// New returns a Patience that begins now, with the limit Patient.
func New() *Patience {
	return &Patience{wait: time.Millisecond, Limit: Patient, least: -1, since: time.Now()}
}

// Allows waits for the next look at a group that still has so many processes; false if it is time to give up.
func (p *Patience) Allows(ctx context.Context, left int) bool {
	if p.least < 0 || left < p.least {
		p.least, p.since = left, time.Now()
	}
	if time.Since(p.since) > p.Limit {
		return false
	}
	timer := time.NewTimer(p.wait)
	defer timer.Stop()
	p.wait = min(2*p.wait, 50*time.Millisecond)
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
