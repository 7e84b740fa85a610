package target

import (
	"context"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/record/seldom"
	"bones/procwalk"
	"bones/procwalk/virt/machines"
)

// Past is a moment that commands show in place of this host as it is now. It implements inventory.Source and
// procwalk.Source.
type Past struct {
	File   string // the recording
	At     string // the time that was asked for; empty: the last moment
	Now    *inventory.Moment
	Before *inventory.Moment // what was recorded before that, for rates; may be nil
	// User and Group tell the names that IDs had there; empty for none.
	User, Group func(uint32) string
	// Span gives each the moments of a span of time up to Now, in order, most of them at most, and tells how many it has
	// left out. nil: there is only Before and Now.
	Span func(ctx context.Context, span time.Duration, most int, each func(*inventory.Moment)) (skipped int, err error)
	// Kills are the events of processes that were killed for want of memory up to Now; nil: there are none to be read.
	Kills func() []events.Event
	// Facts are what was recorded at most a few minutes before Now, because it changes seldom; nil: nothing was.
	Facts *seldom.Facts
	// Cut says how many command lines of Now are not whole; nil: all are.
	Cut error
}

// Asides says how old the facts are that were not recorded with the moment itself, and of how many groups and
// processes the recorder had no room for them; empty if there is nothing to say.
func (p *Past) Asides() string { return p.Facts.Asides(p.Now.Snapshot.Taken) }

// Moment implements inventory.Source.
func (p *Past) Moment(_ context.Context, ask inventory.Ask) (*inventory.Moment, error) {
	return asked(p.Now, ask)
}

// Guest is the virtual machine that a process is; false: it is none. A recording tells of those that were known by the
// name of their program. Of a process of gVisor's it is no machine, and Sandbox says so.
func (f Finder) Guest(p *procwalk.Process) (machines.GuestProcess, bool) {
	if f.Past == nil {
		return machines.Of(f.Proc, p)
	}
	if g := f.Past.Now.GuestOf(p.ID()); g != nil {
		return *g, true
	}
	return machines.GuestProcess{ID: p.ID()}, false
}

// asked is a moment with the use of those containers alone that are asked for.
func asked(m *inventory.Moment, ask inventory.Ask) (*inventory.Moment, error) {
	if len(ask.Targets) == 0 || m.Inventory == nil {
		return m, nil
	}
	return m.Only(ask.Targets)
}

// Snapshot implements procwalk.Source.
func (p *Past) Snapshot(context.Context, procwalk.Request) (*procwalk.Snapshot, error) {
	return p.Now.Snapshot, nil
}

// Close does nothing: whoever opened the recording closes it.
func (p *Past) Close() error { return nil }

// Table is a process table that is read for a command: this host's, or a recorded one.
type Table interface {
	procwalk.Source
	Close() error
}

// Table returns the table that the command shows. Where it is a recorded one, all of it is there, whatever is asked
// for.
func (f Finder) Table(options ...procwalk.Option) (Table, error) {
	if f.Past != nil {
		return f.Past, nil
	}
	return f.Walker(options...)
}
