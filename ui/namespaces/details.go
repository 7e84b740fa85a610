package ui

import (
	"fmt"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// nsLooker has namespaces looked into in goroutines: how those of a table stand to each other, and what the selected
// one holds. One read of each sort is under way at a time.
type nsLooker struct {
	v       *namespaces
	all     bool // those without a process, too
	next    rows.Facts
	busy    bool
	pending bool
	err     error // why relations are not known

	looking bool
	key     nsview.Key // of what was read
	asked   nsview.Key
	read    nsview.Details
	have    bool

	// What Isolation told for this view and subject.
	sharedOf *nsview.View
	sharedID procwalk.ID
	shared   []rows.NSRow
}

// take groups a table. Where relations can be read, what is shown changes only when they are there.
func (l *nsLooker) take(f rows.Facts) {
	l.next = f
	l.again()
}

func (l *nsLooker) again() {
	u := l.v.ui
	if l.next.Snap == nil {
		return
	}
	if l.busy {
		l.pending = true
		return
	}
	groups := nsview.Groups(l.next.Snap)
	if u.opt.Relate == nil {
		l.v.show(groups)
		return
	}
	if l.v.list.View() == nil {
		l.v.show(groups)
	}
	l.busy, l.pending = true, false
	all := l.all
	u.spawn(func() {
		related, err := u.opt.Relate(u.ctx, groups, all)
		u.post(func() {
			l.busy, l.err = false, err
			if err != nil || related == nil {
				related = groups
			}
			l.v.show(related)
			if u.view() == View(l.v) {
				u.details.fresh()
			}
			if l.pending {
				l.again()
			}
		})
	})
}

// Look implements describer.
func (v *namespaces) Look() {
	l, n := &v.reader, v.namespace()
	if n == nil || v.ui.opt.Inside == nil {
		return
	}
	if l.looking {
		return // done asks again if the selection has changed
	}
	l.looking, l.asked = true, n.Key
	u, view, key := v.ui, v.list.View(), n.Key
	u.spawn(func() {
		read := u.opt.Inside(u.ctx, view, key)
		u.post(func() {
			l.looking, l.key, l.read, l.have = false, key, read, true
			if u.view() != View(v) {
				return
			}
			u.details.fill()
			if n := v.namespace(); n != nil && n.Key != key {
				v.Look()
			}
		})
	})
}

// Describe implements describer.
func (v *namespaces) Describe(bool) []rows.Section {
	view := v.list.View()
	if view == nil {
		return nil
	}
	var s []rows.Section
	if n := v.namespace(); n != nil {
		var inside nsview.Details
		if v.reader.have && v.reader.key == n.Key {
			inside = v.reader.read
		}
		facts := append([]rows.NSFact{{Name: "members", Value: rows.NSCount(len(n.Members))}}, rows.NSFacts(view, n, inside, v.list.Names)...)
		if n.Inode == v.host.Inode[n.Type] {
			facts[0].Value += "; it is the host's"
		}
		s = append(s, rows.NSSections("Namespace "+n.Key.String(), facts))
	}
	if id, ok := v.Target(); ok {
		if p := view.Snapshot.FindID(id); p != nil {
			title := fmt.Sprintf("Isolation of PID %d (%s)", p.PID, p.Comm)
			if c := v.container(p); c.Len() > 0 {
				title += ", container " + c.String()
			}
			s = append(s, rows.NSShared(title, v.sharing(view, p)))
		}
	}
	return s
}

// sharing is asked for again and again about the same table.
func (v *namespaces) sharing(view *nsview.View, p *procwalk.Process) []rows.NSRow {
	l := &v.reader
	if l.sharedOf == view && l.sharedID == p.ID() {
		return l.shared
	}
	l.sharedOf, l.sharedID = view, p.ID()
	l.shared = rows.NSIsolation(view, v.host, view.Isolation(v.host, v.family(view, p)), v.list.Names)
	return l.shared
}

// family is what shares by right with a process, which comes first: its container, or if it is in none its descendants.
func (v *namespaces) family(view *nsview.View, p *procwalk.Process) []int32 {
	at := rowOf(view.Snapshot, p)
	if c := v.container(p); c.Len() > 0 {
		family := []int32{int32(at)}
		for row := range view.Snapshot.Processes {
			if row != at && v.container(&view.Snapshot.Processes[row]) == c {
				family = append(family, int32(row))
			}
		}
		return family
	}
	tree := v.reader.next.Tree
	if tree == nil || v.reader.next.Snap != view.Snapshot {
		tree = procwalk.NewTree(view.Snapshot)
	}
	return tree.Subtree(at)
}

// container names the container that a process is in, if that is known.
func (v *namespaces) container(p *procwalk.Process) text.Text {
	if v.list.Names.Container == nil {
		return text.Text{}
	}
	return v.list.Names.Container(p)
}
