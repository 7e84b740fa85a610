package ui

import (
	"fmt"
	"slices"
	"strconv"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// namespaces is view 3: the namespaces on the left, the members of the selected one on the right. Its subject is a
// process, as everywhere; moving about leaves it, and Enter on a member takes another.
type namespaces struct {
	ui   *UI
	list rows.NSList
	host nsview.Host
	at   int        // the selected line
	key  nsview.Key // and its key

	inside bool        // the members have the focus
	member procwalk.ID // the selected one
	pos    int         // where it was

	subject procwalk.ID
	comm    text.Text
	has     bool
	lost    bool                     // that it has ended was told
	placed  bool                     // a namespace of the subject was selected
	chosen  bool                     // the user selected one
	mine    [procwalk.NSTypes]uint64 // the subject's

	table   table
	right   table
	columns [2]rect // where the two tables were drawn

	reader nsLooker
}

func newNamespaces(u *UI, o *Options) *namespaces {
	v := &namespaces{ui: u}
	v.reader.v = v
	if user := o.Names.User; user != nil {
		v.list.Names.User = func(uid uint32) text.Text { return text.New(user(uid)) }
	}
	if container := o.Names.Container; container != nil {
		v.list.Names.Container = func(p *procwalk.Process) text.Text {
			if names := container(p); len(names) > 0 {
				return names[0]
			}
			return text.Text{}
		}
	}
	v.table.grid = &nsGrid{v: v, last: -1}
	v.right.grid = &memberGrid{v: v, last: -1}
	return v
}

func (v *namespaces) Number() int { return 3 }

func (v *namespaces) Name() string { return "Namespaces" }

func (v *namespaces) Want() procwalk.Want {
	return procwalk.WantNS | procwalk.WantStatus | procwalk.WantCmdline
}

// Update takes a frame up if namespaces were read for it; that of another view may lack them.
func (v *namespaces) Update(f *Frame) {
	if !slices.ContainsFunc(f.Snap.Processes, func(p procwalk.Process) bool { return p.NS != nil }) {
		return
	}
	v.reader.take(f.Facts)
}

// show takes a view up that was grouped, and maybe related.
func (v *namespaces) show(groups *nsview.View) {
	v.host = nsview.HostOf(groups.Snapshot)
	v.list.Build(groups, &v.ui.theme.glyphs)
	if !v.has {
		for i := range groups.Snapshot.Processes {
			p := &groups.Snapshot.Processes[i]
			v.subject, v.has = p.ID(), true
			break
		}
	}
	v.learn()
	if !v.placed {
		v.place()
	}
	v.settle()
}

// build makes the lines anew after a change of the arrangement.
func (v *namespaces) build() {
	v.list.Build(v.list.View(), &v.ui.theme.glyphs)
	v.settle()
	v.table.show(v.at)
	v.changed()
}

// learn looks the subject up.
func (v *namespaces) learn() {
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
		v.ui.say(rows.Warn, fmt.Sprintf("PID %d (%s) has ended", v.subject.PID, v.comm))
	}
}

// place selects a namespace of the subject: of the type that the user looks at, or else the first that is not the
// host's.
func (v *namespaces) place() {
	if v.snap() == nil || v.snap().FindID(v.subject) == nil {
		return
	}
	v.placed = true
	best := nsview.Key{}
	for t := range procwalk.NSTypes {
		k := nsview.Key{Type: t, Inode: v.mine[t]}
		if k.Inode == 0 || v.list.Find(k) < 0 {
			continue
		}
		if best.Inode == 0 || best.Inode == v.host.Inode[best.Type] && k.Inode != v.host.Inode[t] {
			best = k
		}
	}
	if k := (nsview.Key{Type: v.key.Type, Inode: v.mine[v.key.Type]}); v.chosen && k.Inode != 0 && v.list.Find(k) >= 0 {
		best = k
	}
	if best.Inode != 0 {
		v.key, v.at = best, v.list.Find(best)
		v.member = v.subject
		v.table.show(v.at)
	}
}

// settle finds the selection again; if it has gone, the line in its place is selected, and the member in its.
func (v *namespaces) settle() {
	lines := v.list.Lines()
	if at := v.list.Find(v.key); at >= 0 {
		v.at = at
	}
	v.at = max(0, min(v.at, len(lines)-1))
	if len(lines) > 0 {
		v.key = lines[v.at].Key
	}
	v.pos = v.memberAt()
	if v.pos >= 0 {
		v.member = v.process(v.members()[v.pos]).ID()
	} else {
		v.inside = false
	}
}

func (v *namespaces) snap() *procwalk.Snapshot {
	if v.list.View() == nil {
		return nil
	}
	return v.list.View().Snapshot
}

func (v *namespaces) process(row int32) *procwalk.Process { return &v.snap().Processes[row] }

// namespace is the selected one, nil on a heading.
func (v *namespaces) namespace() *nsview.Namespace {
	if lines := v.list.Lines(); v.at < len(lines) {
		return v.list.Namespace(lines[v.at])
	}
	return nil
}

func (v *namespaces) members() []int32 {
	if n := v.namespace(); n != nil {
		return n.Members
	}
	return nil
}

// memberAt is the position of the selected member, -1 if there is none. Members are ordered by PID.
func (v *namespaces) memberAt() int {
	members := v.members()
	if len(members) == 0 {
		return -1
	}
	at, found := slices.BinarySearchFunc(members, v.member.PID, func(row int32, pid int) int { return v.process(row).PID - pid })
	if found && v.process(members[at]).ID() == v.member {
		return at
	}
	return max(0, min(v.pos, len(members)-1))
}

// Subject implements View.
func (v *namespaces) Subject() (procwalk.ID, bool) { return v.subject, v.has }

// SetSubject takes another process, and selects one of its namespaces.
func (v *namespaces) SetSubject(id procwalk.ID) bool {
	if f := v.ui.frame; f != nil && f.Snap != nil && f.Snap.FindID(id) == nil {
		return false
	}
	if v.has && v.subject == id && v.placed {
		return true
	}
	v.subject, v.has, v.placed, v.lost, v.comm = id, true, false, false, text.Text{}
	if v.snap() != nil {
		v.learn()
		v.place()
		v.settle()
	}
	v.changed()
	return true
}

// Target is the process that an action is about: the member that is selected, or the subject if it is in the selected
// namespace, or the one that stands for that.
func (v *namespaces) Target() (procwalk.ID, bool) {
	n := v.namespace()
	switch {
	case v.inside && v.memberAt() >= 0:
		return v.process(v.members()[v.memberAt()]).ID(), true
	case n == nil, v.mine[n.Type] == n.Inode:
		return v.subject, v.has
	case n.Leader() >= 0:
		return v.process(n.Leader()).ID(), true
	}
	return procwalk.ID{}, false
}

// ByHand implements View.
func (v *namespaces) ByHand() string {
	if v.snap() == nil || len(v.list.Lines()) == 0 {
		return ""
	}
	n := v.namespace()
	id, ok := v.Target()
	pid := strconv.Itoa(id.PID)
	switch {
	case n == nil || !ok:
		return effect.Command("lsns", "--type", v.key.Type.String())
	case v.inside:
		return effect.Command("lsns", "-p", pid) + "; readlink /proc/" + pid + "/ns/*"
	}
	return effect.Command("readlink", "/proc/"+pid+"/ns/"+n.Type.String()) + "; " + effect.Command(byHandIn(n.Type, pid)...)
}

// Status implements View.
func (v *namespaces) Status() string {
	s := "by type"
	if v.list.Tree {
		s = "by parent and owner"
	}
	if err := v.reader.err; err != nil {
		s += "  relations: " + sanitiseError(err)
	}
	if v.has {
		s += fmt.Sprintf("  * those of PID %d", v.subject.PID)
	}
	if f := v.list.Filter; f != nil {
		s += fmt.Sprintf("  filter %q", f.Text)
	}
	if v.reader.all {
		s += "  with those without a process"
	}
	if tags := v.ui.tags(); len(tags) > 0 {
		s += fmt.Sprintf("  %d tagged", len(tags))
	}
	if view := v.list.View(); view != nil && len(view.Unreadable) > 0 {
		s += fmt.Sprintf("  %s cannot be read", rows.NSCount(len(view.Unreadable)))
	}
	return s
}

// sideBySide is the least width for both tables.
const sideBySide = 56

// Draw implements View.
func (v *namespaces) Draw(p painter, r rect) {
	left, right := r, rect{}
	switch {
	case r.w >= sideBySide:
		left.w = r.w * 3 / 5
		if r.w < 90 {
			left.w = r.w * 11 / 20
		}
		right = rect{r.x + left.w + 1, r.y, r.w - left.w - 1, r.h}
		for y := r.y; y < r.y+r.h; y++ {
			p.text(r.x+left.w, y, 1, p.theme.border, p.theme.edge.down)
		}
	case v.inside:
		left, right = rect{}, r
	}
	v.columns = [2]rect{left, right}
	v.drawTable(p, &v.table, left, v.at)
	v.drawTable(p, &v.right, right, v.memberAt())
	if r.h < 2 {
		return
	}
	switch {
	case v.snap() == nil && v.ui.frame != nil && v.ui.frame.Snap != nil:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.dim, "reading the namespaces ...")
	case v.snap() != nil && len(v.list.Lines()) == 0:
		p.text(r.x+1, r.y+1, r.w-1, p.theme.warn, "no namespace passes the filter")
	}
}

// drawTable draws one of the two, with its selection in view after a change of size.
func (v *namespaces) drawTable(p painter, t *table, r rect, selected int) {
	before := t.page
	t.page = max(r.h-1, 0)
	if before != t.page && selected >= 0 {
		t.show(selected)
	}
	t.draw(p, r)
}

// Back leaves the members, then takes the filter away.
func (v *namespaces) Back() bool {
	switch {
	case v.inside:
		v.inside = false
		v.changed()
	case v.list.Filter != nil:
		v.list.Filter = nil
		v.build()
	default:
		return false
	}
	return true
}

// Mouse implements View.
func (v *namespaces) Mouse(action tview.MouseAction, x, y int) bool {
	onRight := v.columns[1].has(x, y)
	t := &v.table
	if onRight {
		t = &v.right
	}
	return t.mouse(action, x, y, nil, func(row int) {
		v.inside = onRight
		v.moveTo(row)
	}, func() { v.Enter() })
}
