package namespaces

import (
	"fmt"
	"slices"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Subject implements kit.View: it is the process whose namespaces are marked.
func (v *View) Subject() (procwalk.ID, bool) { return v.subject, v.has }

// Along implements kit.Companion: the member that is drawn as selected.
func (v *View) Along() (procwalk.ID, bool) {
	if v.panes.Inside && v.memberAt() >= 0 {
		return v.process(v.members()[v.memberAt()]).ID(), true
	}
	return v.Subject()
}

// SetSubject implements kit.View: it takes another process, and selects one of its namespaces.
func (v *View) SetSubject(id procwalk.ID) bool {
	if !v.sh.Frame().MayHave(id) {
		return false
	}
	v.panes.Inside = false // a member that was selected there is not what is shown now
	if v.has && v.subject == id && v.located {
		return true
	}
	v.subject, v.has, v.located, v.lost, v.comm = id, true, false, false, text.Text{}
	if v.snap() != nil {
		v.refreshSubject()
		v.selectSubject()
		v.followCursor()
		v.selectRow()
	}
	v.sh.Changed(v, kit.Selection)
	return true
}

// Reveal implements kit.Revealer: what is asked for is shown whatever was filtered or selected before.
func (v *View) Reveal(s kit.Subject) {
	v.located = false
	if !v.SetSubject(s.Process) {
		return
	}
	if v.matrix.all != nil && v.matrix.filter != "" {
		if p := v.snap().FindID(s.Process); p != nil && v.matrix.rowOf(v.rowKey(p)) < 0 {
			v.matrix.filter = ""
			v.arrangeMatrix()
			v.selectRow()
		}
	}
	own := func(k nsview.Key) bool { return v.mine[k.Type] == k.Inode }
	if v.list.Filter() != nil && !slices.ContainsFunc(v.list.Passing(), own) {
		v.setFilter(nil)
		v.located = false
		v.SetSubject(s.Process)
	}
}

// Target implements kit.Targeter: it is the process that an action is about: the member that is selected, or the
// subject if it is in the selected namespace, or the one that stands for that.
func (v *View) Target() (procwalk.ID, bool) {
	n := v.namespace()
	if r, _ := v.matrix.now(); v.matrix.on && r != nil {
		return v.cellTarget()
	}
	switch {
	case v.panes.Inside && v.memberAt() >= 0:
		return v.process(v.members()[v.memberAt()]).ID(), true
	case n == nil, v.mine[n.Type] == n.Inode:
		return v.subject, v.has
	case n.Leader() >= 0:
		return v.process(n.Leader()).ID(), true
	}
	return procwalk.ID{}, false
}

// Space implements kit.Spacer.
func (v *View) Space() (inode uint64, name string, ok bool) {
	if n := v.namespace(); n != nil && n.Leader() < 0 {
		return n.Inode, n.Key.String(), true
	}
	return 0, "", false
}

// refreshSubject finds the subject in the table that is shown, with its namespaces; that it has ended is told once.
func (v *View) refreshSubject() {
	v.mine = [procwalk.NSTypes]uint64{}
	p := v.snap().FindID(v.subject)
	switch {
	case p != nil:
		v.comm, v.lost = p.Comm, false
		if p.NS != nil {
			v.mine = p.NS.Inode
		}
	case !v.lost && v.has && v.comm.Len() > 0:
		v.lost = true
		v.sh.Notice(rows.Warn, fmt.Sprintf("PID %d (%s) has ended", v.subject.PID, v.comm))
	}
}

// selectSubject selects a namespace of the subject: of the type that the user looks at, or else the first that is not
// the host's.
func (v *View) selectSubject() {
	if v.snap() == nil || v.snap().FindID(v.subject) == nil {
		return
	}
	passing := v.list.Passing()
	listed := func(k nsview.Key) bool { return slices.Contains(passing, k) }
	best := nsview.Key{}
	for t := range procwalk.NSTypes {
		k := nsview.Key{Type: t, Inode: v.mine[t]}
		if k.Inode == 0 || !listed(k) {
			continue
		}
		if best.Inode == 0 || best.Inode == v.host.Inode[best.Type] && k.Inode != v.host.Inode[t] {
			best = k
		}
	}
	k := nsview.Key{Type: v.cursor.Key.Type, Inode: v.mine[v.cursor.Key.Type]}
	if v.chosen && k.Inode != 0 && listed(k) {
		best = k
	}
	if best.Inode != 0 { // else they are not read yet, and it is tried again with the next table
		v.located = true
		v.cursor.Key, v.cursor.Row = best, v.list.Reveal(best)
		v.member = v.subject
		v.panes.Left.Show(v.cursor.Row)
	}
}

// followCursor finds the selection again after the lines were made anew; if a fold hides it, that line is selected,
// and if it has gone, the line in its place, and of the members the one in its place.
func (v *View) followCursor() {
	v.cursor.Follow(len(v.list.Lines()), v.list.Shown, v.keyOf)
	v.pos = v.memberAt()
	if v.pos >= 0 {
		v.member = v.process(v.members()[v.pos]).ID()
	} else {
		v.panes.Inside = false
	}
}

func (v *View) keyOf(line int) (nsview.Key, bool) { return v.list.Lines()[line].Key, true }

// namespace is the selected one, nil on a heading.
func (v *View) namespace() *nsview.Namespace {
	if v.matrix.on {
		r, t := v.matrix.now()
		if r == nil || v.list.View() == nil {
			return nil
		}
		return v.list.View().Find(nsview.Key{Type: t, Inode: r.Cells[t].Inode})
	}
	if lines := v.list.Lines(); v.cursor.Row < len(lines) {
		return v.list.Namespace(lines[v.cursor.Row])
	}
	return nil
}

func (v *View) members() []int32 {
	if n := v.namespace(); n != nil {
		return n.Members
	}
	return nil
}

// memberAt is the position of the selected member, -1 if there is none. Members are ordered by PID.
func (v *View) memberAt() int {
	members := v.members()
	if len(members) == 0 {
		return -1
	}
	at, found := slices.BinarySearchFunc(members, v.member.PID, func(row int32, pid int) int {
		return v.process(row).PID - pid
	})
	if found && v.process(members[at]).ID() == v.member {
		return at
	}
	return max(0, min(v.pos, len(members)-1))
}
