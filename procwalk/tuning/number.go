package tuning

import (
	"fmt"
	"time"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// numbered is a setting of whoever has a number now. The kernel takes no descriptor for these.
type numbered struct {
	tid   int
	start uint64 // when the one who is meant began, in clock ticks since boot
	// get is what whoever has the number has. Of processors that is fewer than were set where a cpuset allows no more.
	get   func() (string, error)
	set   func(value string) error
	fewer bool // it is that of processors
}

// change sets a value, and makes sure afterwards of whom it was: between the look at a thread and the call it may end,
// and its number be given to another one. That one then gets back what it had, and the error says so. A process that
// executes another program meanwhile, also a set-user-ID one, is the same process.
func (p *process) change(n numbered, value string) error {
	was, err := n.get()
	if err != nil {
		return err
	}
	if err := n.set(value); err != nil {
		return err
	}
	at := ticks()
	s, err := p.folder.ThreadStat(n.tid)
	switch {
	case err == nil && s.StartTime == n.start:
		return nil
	case err != nil && !hasEnded(err):
		return fmt.Errorf("bones changed it, but cannot tell whether it was still the same process: %w", err)
	}
	other, err := procwalk.ReadStat(p.root, n.tid)
	if err != nil || other.StartTime == n.start || other.StartTime > at {
		return procwalk.ErrGone // and whoever may have the number now began after the change
	}
	if now, err := n.get(); err != nil || now == was || other.StartTime == at && now != value && !n.fewer {
		return procwalk.ErrGone // the other one has what it had, or began too late
	}
	if back := n.set(was); back != nil {
		return fmt.Errorf("it ended, and its number was given to another process (%s), which was changed in its place "+
			"and does not take back %s: %w", other.Comm, was, back)
	}
	return fmt.Errorf("it ended, and its number was given to another process (%s), which was changed in its "+
		"place and has %s again", other.Comm, was)
}

// ticks is the time since boot as the start of a process is counted, in clock ticks, of which x86 and ARM have 100 in
// a second.
func ticks() uint64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0
	}
	return uint64(time.Duration(ts.Nano()) / (time.Second / 100))
}
