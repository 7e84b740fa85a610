package inventory

import (
	"bones/procwalk"
	"bones/procwalk/text"
)

// What tables and views want to know about the container of a process.

// Label is the shortest name of the container or sandbox; empty if the process is in none.
func (x *Inventory) Label(p *procwalk.Process) text.Text {
	if e, ok := x.Of(p); ok {
		return e.Label()
	}
	return text.Text{}
}

// Runtime is what made the container; empty if that is not known, or it is in none.
func (x *Inventory) Runtime(p *procwalk.Process) text.Text {
	if e, ok := x.Of(p); ok {
		return text.New(string(e.Runtime))
	}
	return text.Text{}
}

// Names are all names that the container of a process goes by: its label first, then its whole id.
func (x *Inventory) Names(p *procwalk.Process) []text.Text {
	e, ok := x.Of(p)
	if !ok {
		return nil
	}
	names := []text.Text{e.Label()}
	if e.ID.Len() > 0 && e.ID != names[0] {
		names = append(names, e.ID)
	}
	return names
}

// MadeBy is the user who says that there is this container: whose record tells of it, or who named its group. 0: root.
func (e *Container) MadeBy() uint32 {
	if e.recorder != nil {
		return *e.recorder
	}
	return e.Chain.Innermost().Delegation.Maker
}
