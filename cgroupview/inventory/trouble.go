package inventory

import (
	"context"

	"bones/cgroupview/counters"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/text"
)

// Trouble is what a Moment holds, beside the counters of each container, for telling what is wrong with the host.
type Trouble struct {
	VM detail.Field[detail.VM]
	// Blocked are processes in uninterruptible sleep (state D), in the order of the snapshot: maxBlocked of them at most.
	Blocked []Blocked
	// MoreBlocked is how many others there are.
	MoreBlocked int
}

// Blocked is a process that waits in the kernel and cannot be interrupted.
type Blocked struct {
	ID     procwalk.ID
	WChan  text.Text // the kernel function that it sleeps in; empty: the kernel does not tell
	WhyNot error     // why WChan is not known
}

// maxBlocked bounds for how many processes it is read in what they wait.
const maxBlocked = 64

// trouble reads it.
func (l *Live) trouble(ctx context.Context, m *Moment) {
	m.Trouble = &Trouble{VM: detail.ReadVM(l.procRoot)}
	for i := range m.Snapshot.Processes {
		p := &m.Snapshot.Processes[i]
		if p.State != 'D' {
			continue
		}
		if len(m.Trouble.Blocked) == maxBlocked || ctx.Err() != nil {
			m.Trouble.MoreBlocked++
			continue
		}
		b := Blocked{ID: p.ID()}
		b.WChan, b.WhyNot = detail.WChanOf(l.procRoot, p.ID())
		m.Trouble.Blocked = append(m.Trouble.Blocked, b)
	}
	if l.counters == nil && l.pass != nil {
		l.counters = counters.NewReader(l.host, l.pass)
	}
	if l.counters == nil {
		return
	}
	l.counters.Next()
	for i := range m.Usage {
		u := &m.Usage[i]
		u.Counters = l.counters.Read(u.Groups)
	}
}
