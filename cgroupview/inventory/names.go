package inventory

import (
	"strconv"

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

// Word is a TARGET that names the container on a command line, as short as it can be told: the name, where no other
// container is as a rule called the same; else the beginning of its id, or the PID that backs it.
func (c *Container) Word() string {
	switch {
	case c.Sandbox() || c.Name.Len()+c.ID.Len() == 0:
		return strconv.Itoa(c.PID)
	case c.ID.Len() > 0 && (c.Name.Len() == 0 || c.Info.Pod.Name.Len() > 0 || c.Info.Pod.UID.Len() > 0):
		return "id:" + ShortID(c.ID).Raw()
	}
	if t, err := ParseTarget(c.Name.Raw()); err != nil || t.Kind != ByWord {
		return "name:" + c.Name.Raw()
	}
	return c.Name.Raw()
}

// MadeBy is the user who says that there is this container: whose record tells of it, or who named its group. 0: root.
func (e *Container) MadeBy() uint32 {
	if e.recorder != nil {
		return *e.recorder
	}
	return e.Chain.Innermost().Delegation.Maker
}
