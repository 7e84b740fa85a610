package tui

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"bones/cmd/bones/internal/host"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/procroot"
	"bones/procwalk/quick"
)

// detailsHold is how long what was read about a process that has not run since is shown again. Reading it opens more
// than a dozen files, which is as much as all the rest of a refresh where there are few processes. What others change
// about it without bones' doing, its limits for example, is seen as much later at most.
const detailsHold = 5 * time.Second

// heldDetails reads the details of a process, and gives the same again while nothing suggests that they changed: it
// has not run, bones has changed nothing on this host, and the user has not asked for everything anew.
type heldDetails struct {
	read    func(context.Context, procwalk.ID) *detail.Detail
	clock   func(pid int) int64 // processor time that a process has used, in nanoseconds; 0: not known
	changes func() host.Version // of the journal
	now     func() time.Time
	anew    atomic.Int64 // how often everything was asked for anew

	mu   sync.Mutex
	held *detail.Detail
	sign detailsSign
	at   time.Time
}

// detailsSign is another when the details may have changed.
type detailsSign struct {
	id      procwalk.ID
	clock   int64
	changes host.Version
	anew    int64
}

func (p *program) newHeldDetails(reader *detail.Reader) *heldDetails {
	d := &heldDetails{read: reader.Read, clock: quick.CPUClock, changes: p.Host.Journal().Version, now: time.Now}
	if !procroot.Numbers(p.Targets.Proc) {
		d.clock = func(int) int64 { return 0 }
	}
	return d
}

// Read returns the details of a process.
func (h *heldDetails) Read(ctx context.Context, id procwalk.ID) *detail.Detail {
	// All of this is looked at before anything is read: what changes meanwhile is seen the next time.
	sign := detailsSign{id, h.clock(id.PID), h.changes(), h.anew.Load()}
	began := h.now()
	h.mu.Lock()
	held := h.held
	stands := held != nil && sign.clock != 0 && sign == h.sign && began.Sub(h.at) < detailsHold
	h.mu.Unlock()
	if stands {
		return held
	}
	d := h.read(ctx, id)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held, h.sign, h.at = d, sign, began
	return d
}
