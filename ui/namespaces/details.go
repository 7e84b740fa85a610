package namespaces

import (
	"context"
	"fmt"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// isolation is what nsview tells about one process and its family in one view; it is asked for with every drawing.
type isolation struct {
	view *nsview.View
	id   procwalk.ID
	rows []rows.NSRow
}

// ReadDetails implements kit.Describer.
func (v *View) ReadDetails() {
	if n := v.namespace(); n != nil && v.backend.Inside != nil {
		v.details.Load(n.Key)
	}
}

// readInside looks into one namespace.
func (v *View) readInside(key nsview.Key) kit.Read {
	view := v.list.View()
	return func(ctx context.Context) func() {
		read := v.backend.Inside(ctx, view, key)
		return func() {
			v.inner, v.innerOf = read, key
			v.sh.Changed(v, kit.Description)
		}
	}
}

// Describe implements kit.Describer.
func (v *View) Describe(bool) []rows.Section {
	view := v.list.View()
	if view == nil {
		return nil
	}
	var s []rows.Section
	if r, t := v.matrix.now(); v.matrix.on && r != nil {
		s = rows.MatrixSections(v.matrix.all, r, t)
	}
	if n := v.namespace(); n != nil {
		var inner nsview.Details
		if v.innerOf == n.Key {
			inner = v.inner
		}
		facts := []rows.NSFact{{Name: "members", Value: rows.NSCount(len(n.Members))}}
		facts = append(facts, rows.NSFacts(view, n, inner, v.list.Names)...)
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
			s = append(s, rows.NSShared(title, v.isolationOf(view, p)))
		}
	}
	return s
}

// isolationOf tells what a process and its family share with the host and with others.
func (v *View) isolationOf(view *nsview.View, p *procwalk.Process) []rows.NSRow {
	if v.isolation.view != view || v.isolation.id != p.ID() {
		tree := v.facts.Tree
		if v.facts.Snap != view.Snapshot {
			tree = nil
		}
		list := rows.NSIsolation(view, v.host, v.facts.Isolation(view, v.host, tree, p), v.list.Names)
		v.isolation = isolation{view, p.ID(), list}
	}
	return v.isolation.rows
}

// container names the container that a process is in, if that is known.
func (v *View) container(p *procwalk.Process) text.Text {
	if v.list.Names.Container == nil {
		return text.Text{}
	}
	return v.list.Names.Container(p)
}
