package ui

import (
	"context"
	"sync/atomic"
	"time"

	"bones/cgroupview/inventory"
	"bones/ui/kit"
	"bones/ui/rows"
)

// collector reads the process table again and again. It is the only place where tables are read for views: a frame
// goes to all of them as it is. One read is under way at any time; however long it takes, keys and drawing go on, and
// the header shows the age of what is on the screen.
type collector struct {
	source   inventory.Source
	past     Past          // nil: source is this host as it is now
	interval atomic.Int64  // time.Duration
	paced    chan struct{} // capacity 1: the interval has changed
	ask      atomic.Pointer[inventory.Ask]
	fresh    atomic.Pointer[rows.Fresh] // what must be as of now in the next moments
	anew     atomic.Bool                // in the next one everything
	paused   atomic.Bool
	dirty    chan struct{} // capacity 1: somebody wants a refresh now
	spawn    func(func())
	last     *inventory.Moment // only the goroutine that reads uses it
	facts    rows.Facts        // of the last moment; likewise

	ctx     context.Context // of run
	results chan func()     // what is to be called in the loop of run
}

func newCollector(o *Options, spawn func(func())) *collector {
	c := &collector{source: o.Source, past: o.past(), spawn: spawn,
		dirty: make(chan struct{}, 1), paced: make(chan struct{}, 1), results: make(chan func(), 1)}
	if c.past != nil {
		c.source = c.past
	}
	c.interval.Store(int64(time.Second))
	if o.Interval > 0 {
		c.interval.Store(int64(o.Interval))
	}
	return c
}

// Run implements kit.Background, with the loop of run for event loop.
func (c *collector) Run(work func(context.Context) func()) {
	c.spawn(func() { c.Post(work(c.ctx)) })
}

// Post implements kit.Background.
func (c *collector) Post(show func()) {
	select {
	case c.results <- show:
	case <-c.ctx.Done():
	}
}

// refresh asks for a read as soon as possible, whether paused or not. It never blocks.
func (c *collector) refresh() {
	select {
	case c.dirty <- struct{}{}:
	default:
	}
}

// refreshAll is refresh for somebody who doubts what he sees: nothing that was read before is used again.
func (c *collector) refreshAll() {
	c.anew.Store(true)
	c.refresh()
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
func (c *collector) run(ctx context.Context, deliver func(*kit.Frame)) {
	ticker := time.NewTicker(time.Duration(c.interval.Load()))
	defer ticker.Stop()
	c.ctx = ctx
	reader := kit.NewLoader(c, func(struct{}) kit.Read {
		return func(ctx context.Context) func() {
			f := c.read(ctx)
			return func() { deliver(f) }
		}
	})
	reader.Reload(struct{}{})
	for {
		select {
		case <-ctx.Done():
			return
		case show := <-c.results:
			show()
		case <-c.paced:
			ticker.Reset(time.Duration(c.interval.Load()))
		case <-c.dirty:
			reader.Reload(struct{}{})
		case <-ticker.C:
			if reader.Busy() || c.paused.Load() {
				deliver(nil)
			} else {
				reader.Reload(struct{}{})
			}
		}
	}
}

// setAsk says what the next moments must hold, and reports whether the last one may have lacked some of it.
func (c *collector) setAsk(ask inventory.Ask) (more bool) {
	old := c.ask.Swap(&ask)
	return old != nil && (ask.Want&^old.Want != 0 || ask.Containers && !old.Containers || ask.Usage && !old.Usage ||
		ask.Trouble && !old.Trouble || ask.Services && !old.Services)
}

func (c *collector) read(ctx context.Context) *kit.Frame {
	ask := inventory.Ask{}
	if p := c.ask.Load(); p != nil {
		ask = *p
	}
	if f := c.fresh.Load(); f != nil {
		ask.Fresh = *f
	}
	if c.anew.Swap(false) {
		ask.Fresh.All = ^rows.Want(0)
	}
	m, err := c.source.Moment(ctx, ask)
	if err != nil || m == nil {
		return &kit.Frame{Err: err}
	}
	if c.past != nil {
		// Whoever goes back in time has seen what comes later: rates are over what was before all the same.
		c.last = c.past.Before()
	}
	c.facts, c.last = c.facts.Next(c.last, m), m
	return &kit.Frame{Facts: c.facts}
}
