package psfmt

import (
	"errors"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
)

// Listed is a row of a list of processes, for those who do not print it as ps does: a process, and what ps finds out
// about it beside what the snapshot says.
type Listed struct {
	*procwalk.Process
	Stat       string    // state, as ps prints it in the column STAT
	TTY        string    // the controlling terminal, without /dev/; empty: it has none, or see TTYErr
	TTYErr     error     // why it is not known what its terminal is called; nil: nothing is missing
	User       text.Text // name of the effective user, or the number where it has no name; empty: see Status
	Start      time.Time // when it was started, in UTC
	CPUSeconds float64   // processor time that it used
}

// List gives the processes that o shows to yield, one after the other in its order, until it returns false: a table
// of them all would take much more memory than the snapshot. What is given is valid during that call only.
func List(s *procwalk.Snapshot, o *Options, yield func(*Listed) bool) {
	c := newContext(s, o)
	more := true
	var l Listed
	walk(c, func(p *procwalk.Process) {
		if more {
			l = c.listed(p)
			more = yield(&l)
		}
	})
}

var errNoTTYName = errors.New("no device file with the terminal's number was found")

func (c *context) listed(p *procwalk.Process) Listed {
	c.cell = c.cell[:0]
	printStat(c, p)
	l := Listed{Process: p, Stat: string(c.cell), Start: c.snap.StartedAt(p).UTC(),
		CPUSeconds: float64(cpuTicks(p)) / float64(c.hz)}
	if p.TTYNr != 0 {
		if l.TTY = c.tty(p); l.TTY == "?" {
			l.TTY, l.TTYErr = "", errNoTTYName
		}
	}
	if p.Status != nil && p.Status.Err == nil {
		l.User = text.New(nameOf(c.o.Users, p.Status.EUID))
	}
	return l
}
