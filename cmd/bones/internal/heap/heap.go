// Package heap paces the garbage collector by how much memory is in use.
package heap

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"bones/procwalk/crash"
)

// Pacer lets the heap grow to a size that costs nobody anything, and beyond it by a share of what is in use only. A
// percentage alone does one of the two: one that spares most commands any collection lets garbage be four fifths of a
// table of 20,000 processes, and one that is right for that table collects all the time in a heap of 4 MB.
type Pacer struct {
	free  uint64
	share float64

	before int // the percentage that Start found

	mu   sync.Mutex
	set  int // the percentage that was set last
	over bool
}

// beginning is the percentage until the first collection, which tells what is in use: that comes at 16 MiB.
const beginning = 400

// Start paces the garbage collector of this process until Stop, or until somebody else sets its pace: a command that
// runs for long has one of its own. The heap may have free bytes, or what is in use
// and percent of it, whatever is more.
func Start(free uint64, percent int) *Pacer {
	p := &Pacer{free: free, share: float64(percent), set: beginning, before: debug.SetGCPercent(beginning)}
	p.watch()
	return p
}

// Stop gives the garbage collector the pace that Start found, where nobody else has set one since. After it, nothing
// is set any more.
func (p *Pacer) Stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	p.over = true
	if found := debug.SetGCPercent(p.before); found != p.set {
		debug.SetGCPercent(found)
	}
}

// collection is garbage at once, so that its finalizer runs after each collection.
type collection struct{ pacer *Pacer }

func (p *Pacer) watch() { runtime.SetFinalizer(&collection{p}, (*collection).ended) }

func (c *collection) ended() {
	c.pacer.mu.Lock()
	defer c.pacer.mu.Unlock()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	live := sample[0].Value.Uint64()
	limit := debug.SetMemoryLimit(-1)
	limited := limit < math.MaxInt64
	if limited {
		refuse(live, uint64(limit))
		defer c.pacer.watch() // whoever sets the pace
	}
	if c.pacer.over {
		return
	}
	now := c.pacer.percent(live)
	if found := debug.SetGCPercent(now); found != c.pacer.set {
		debug.SetGCPercent(found)
		c.pacer.over = true
		return
	}
	c.pacer.set = now
	if !limited {
		c.pacer.watch()
	}
}

// refuse ends the program where what is in use alone is more than GOMEMLIMIT: the collector would do nothing but
// collect from now on, until the kernel ends what needs the memory more. Nothing of the runtime's says so.
//
// Source: https://go.dev/doc/gc-guide#Memory_limit
func refuse(live, limit uint64) {
	if live > limit {
		crash.End(fmt.Sprintf("what is read takes %d MiB of memory, and GOMEMLIMIT allows %d MiB; raise it, or read "+
			"less: one container or process", live>>20, limit>>20))
	}
}

// percent is how much may be allocated beside so many bytes in use.
func (p *Pacer) percent(live uint64) int {
	wanted := p.share
	if live < p.free {
		wanted = max(wanted, 100*float64(p.free-live)/float64(max(live, 1)))
	}
	return int(min(wanted, math.MaxInt16))
}
