package ui

import (
	"context"
	"sync/atomic"
	"time"

	"bones/procwalk"
	"bones/ui/rows"
)

// collector reads the process table again and again. One read is under way at any time; however long it takes, keys and
// drawing go on, and the header shows the age of what is on the screen.
type collector struct {
	source   procwalk.Source
	host     func(context.Context) HostFacts
	interval atomic.Int64  // time.Duration
	paced    chan struct{} // capacity 1: the interval has changed
	want     atomic.Uint32
	paused   atomic.Bool
	dirty    chan struct{} // capacity 1: somebody wants a refresh now
	spawn    func(func())
	last     *procwalk.Snapshot // only the goroutine that reads uses it
}

func newCollector(o *Options, spawn func(func())) *collector {
	c := &collector{source: o.Source, host: o.Host, dirty: make(chan struct{}, 1), paced: make(chan struct{}, 1), spawn: spawn}
	c.interval.Store(int64(time.Second))
	if o.Interval > 0 {
		c.interval.Store(int64(o.Interval))
	}
	return c
}

// refresh asks for a read as soon as possible, whether paused or not. It never blocks.
func (c *collector) refresh() {
	select {
	case c.dirty <- struct{}{}:
	default:
	}
}

// setInterval changes the time between two reads.
func (c *collector) setInterval(d time.Duration) {
	c.interval.Store(int64(d))
	select {
	case c.paced <- struct{}{}:
	default:
	}
}

// run reads until ctx ends. deliver is called once for each read, and with nil when a tick passes without one.
func (c *collector) run(ctx context.Context, deliver func(*Frame)) {
	ticker := time.NewTicker(time.Duration(c.interval.Load()))
	defer ticker.Stop()
	done := make(chan *Frame, 1)
	busy, again := false, false
	start := func() {
		busy = true
		c.spawn(func() { done <- c.read(ctx) })
	}
	start()
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-done:
			busy = false
			deliver(f)
			if again {
				again = false
				start()
			}
		case <-c.paced:
			ticker.Reset(time.Duration(c.interval.Load()))
		case <-c.dirty:
			if busy {
				again = true
			} else {
				start()
			}
		case <-ticker.C:
			if busy || c.paused.Load() {
				deliver(nil)
			} else {
				start()
			}
		}
	}
}

func (c *collector) read(ctx context.Context) *Frame {
	s, err := c.source.Snapshot(ctx, procwalk.Want(c.want.Load()))
	if err != nil || s == nil {
		return &Frame{Err: err}
	}
	f := &Frame{Facts: rows.NewFacts(c.last, s)}
	if c.host != nil {
		f.Host = c.host(ctx)
	}
	c.last = s
	return f
}
