package inventory

import (
	"bones/nsview"
	"bones/procwalk"
)

// Isolation tells what a process of a snapshot has for itself: together with its container, if it is in one, else with
// its descendants. v is of a snapshot with the same processes, which may have more of their threads. This is the one
// rule of what is a namespace of its own, for all that shows one: what is shared within a pod is not; who visits a
// container from outside, as nsenter does, does not make it less the container's.
//
// tree is that of v's snapshot, nil if there is none yet. An x that is nil knows no containers.
func (x *Inventory) Isolation(v *nsview.View, h nsview.Reference, tree *procwalk.Tree,
	p *procwalk.Process) [procwalk.NSTypes]nsview.Isolation {
	at, ok := v.Snapshot.Position(p.PID)
	if !ok {
		return v.Isolation(h, nil)
	}
	var c *Container
	if x != nil && !x.Guest(p) {
		c, _ = x.Of(p)
	}
	if c == nil {
		if tree == nil {
			tree = procwalk.NewTree(v.Snapshot)
		}
		return v.Isolation(h, tree.Subtree(at))
	}
	family := []int32{int32(at)}
	for i := range v.Snapshot.Processes {
		q := &v.Snapshot.Processes[i]
		if i != at && x.within(q, c) && !x.Guest(q) {
			family = append(family, int32(i))
		}
	}
	if c.Sandbox() {
		return v.Isolation(h, family) // who visits whom cannot be told
	}
	return v.IsolationBeside(h, family, func(row int32) bool {
		q := &v.Snapshot.Processes[row]
		_, in := x.Of(q)
		return !in || x.Guest(q)
	})
}

// within reports whether a process is in a container, or in one inside it.
func (x *Inventory) within(p *procwalk.Process, c *Container) bool {
	m := x.member(p)
	if m.key == c.Key {
		return true
	}
	for _, key := range m.keys {
		if key == c.Key {
			return true
		}
	}
	return false
}
