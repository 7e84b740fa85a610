package ui

import (
	"fmt"
	"strconv"
	"strings"

	"bones/nsview"
	"bones/procwalk"
	"bones/ui/rows"
)

// Keys implements View.
func (v *namespaces) Keys() []Key {
	u := v.ui
	return []Key{
		{Keys: "j Down", Action: "down", Help: "next row", Do: func() { v.move(1) }},
		{Keys: "k Up", Action: "up", Help: "previous row", Do: func() { v.move(-1) }},
		{Keys: "g Home", Action: "top", Help: "first row", Do: func() { v.moveTo(0) }},
		{Keys: "G End", Action: "end", Help: "last row", Do: func() { v.move(1 << 30) }},
		{Keys: "^f PgDn", Action: "page", Help: "next page", Do: func() { v.pageBy(1) }},
		{Keys: "^b PgUp", Action: "page up", Help: "previous page", Do: func() { v.pageBy(-1) }},
		{Keys: "h Left", Action: "left", Help: "from the members to the namespaces; there: fold, or go up", Do: v.goLeft},
		{Keys: "l Right", Action: "right", Help: "unfold, or from a namespace to its members", Do: v.goRight},
		{Keys: "-", Action: "fold", Help: "fold", Do: func() { v.fold(true) }},
		{Keys: "+", Action: "unfold", Help: "unfold", Do: func() { v.fold(false) }},
		{Keys: "=", Action: "toggle", Help: "fold or unfold", Do: v.toggleFold},
		{Keys: "*", Action: "fold all", Help: "fold all, or unfold all", Do: func() { v.list.FoldAll(); v.build() }},
		{Keys: "t", Action: "tree", Help: "by type, or as a tree by parent and owner", Footer: true, Do: v.toggleTree},
		{Keys: "/ F4", Action: "filter", Help: "filter: types (net mnt), numbers, words, !word", Footer: true, Do: v.askFilter},
		{Keys: "a", Action: "all", Help: "also namespaces that no process is in: mounted, open, used by a thread or a socket",
			Off: missing(u.opt.Relate == nil, "namespaces cannot be looked into here"), Do: v.toggleAll},
		{Keys: "Space", Action: "tag", Help: "tag the process", Do: v.tag},
		{Keys: "U", Action: "untag", Help: "untag all", Do: u.untag},
		{Keys: "d", Action: "diff", Help: "compare the namespaces of two tagged processes, or of one and the subject; in a view with tags too: :diff", Footer: true, Do: func() { u.diff("") }},
		{Keys: "N", Action: "new", Help: "a program in new namespaces; in other views: :unshare", Changes: true, Footer: true,
			Off: missing(u.opt.Unshare == nil || u.opt.Session == nil, "namespaces cannot be made here"), Do: u.askUnshare},
	}
}

// changed is called after another line was selected.
func (v *namespaces) changed() {
	if v.ui.view() == View(v) {
		v.ui.details.changed()
	}
}

func (v *namespaces) move(by int) {
	if v.inside {
		v.moveTo(v.memberAt() + by)
	} else {
		v.moveTo(v.at + by)
	}
}

// moveTo selects a row of the table that has the focus.
func (v *namespaces) moveTo(pos int) {
	if v.inside {
		members := v.members()
		if len(members) == 0 {
			v.inside = false
			return
		}
		v.pos = max(0, min(pos, len(members)-1))
		v.member = v.process(members[v.pos]).ID()
		v.right.show(v.pos)
	} else if lines := v.list.Lines(); len(lines) > 0 {
		before := v.key
		v.chosen = true
		v.at = max(0, min(pos, len(lines)-1))
		v.key = lines[v.at].Key
		v.table.show(v.at)
		if v.key != before {
			v.firstMember()
		}
	}
	v.changed()
}

// firstMember selects the subject among the members of another namespace, or the first of them.
func (v *namespaces) firstMember() {
	v.right.top, v.pos, v.member = 0, 0, v.subject
	if v.pos = v.memberAt(); v.pos >= 0 {
		v.member = v.process(v.members()[v.pos]).ID()
		v.right.show(v.pos)
	}
}

func (v *namespaces) pageBy(pages int) {
	t := &v.table
	if v.inside {
		t = &v.right
	}
	v.move(pages * max(t.page-1, 1))
}

func (v *namespaces) line() (rows.NSLine, bool) {
	if lines := v.list.Lines(); v.at < len(lines) {
		return lines[v.at], true
	}
	return rows.NSLine{}, false
}

func (v *namespaces) goLeft() {
	if v.inside {
		v.inside = false
		v.changed()
		return
	}
	line, ok := v.line()
	if !ok {
		return
	}
	if line.Parent && !line.Folded {
		v.fold(true)
	} else if up := v.list.Up(v.at); up >= 0 {
		v.moveTo(up)
	}
}

func (v *namespaces) goRight() {
	line, ok := v.line()
	switch {
	case !ok || v.inside:
	case line.Folded:
		v.fold(false)
	case line.Index < 0:
		v.moveTo(v.at + 1)
	default:
		v.intoMembers()
	}
}

func (v *namespaces) intoMembers() {
	if v.memberAt() < 0 {
		v.ui.say(rows.Dim, "no process is in it")
		return
	}
	v.inside = true
	v.moveTo(v.memberAt())
}

// Enter goes from a namespace to its members, and from a member to view 1.
func (v *namespaces) Enter() bool {
	line, ok := v.line()
	switch {
	case v.inside && v.memberAt() >= 0:
		if to := v.process(v.members()[v.memberAt()]).ID(); v.subject != to {
			v.subject, v.has, v.lost = to, true, false
			v.learn()
		}
		v.ui.showNumber(1)
	case !ok:
	case line.Index < 0:
		v.toggleFold()
	default:
		v.intoMembers()
	}
	return true
}

func (v *namespaces) fold(folded bool) {
	if line, ok := v.line(); ok && line.Parent && !v.inside {
		v.list.Fold(line.Key, folded)
		v.build()
	}
}

func (v *namespaces) toggleFold() {
	if line, ok := v.line(); ok {
		v.fold(!line.Folded)
	}
}

func (v *namespaces) toggleTree() {
	if !v.list.Tree && v.ui.opt.Relate == nil {
		v.ui.say(rows.Warn, "parents and owners cannot be read here: all stand side by side")
	}
	v.list.Tree = !v.list.Tree
	v.inside = false
	v.build()
}

func (v *namespaces) toggleAll() {
	v.reader.all = !v.reader.all
	v.reader.again()
}

func (v *namespaces) tag() {
	id, ok := v.Target()
	if !ok {
		return
	}
	v.ui.tag(id, !v.ui.tagged(id))
	if v.inside {
		v.move(1)
	}
}

func (v *namespaces) setFilter(f *rows.NSFilter) {
	v.list.Filter = f
	v.inside = false
	v.build()
	if v.namespace() == nil && len(v.list.Lines()) > 1 && f != nil {
		v.moveTo(1) // the first one that passes, not its heading
	}
}

func (v *namespaces) askFilter() {
	old, key, input := v.list.Filter, v.key, ""
	if old != nil {
		input = old.Text
	}
	restore := func() {
		v.setFilter(old)
		if at := v.list.Find(key); at >= 0 {
			v.moveTo(at)
		}
	}
	v.ui.ask("filter: ", input, func(s string) string {
		f, err := rows.ParseNSFilter(s)
		if err != nil {
			return sanitiseError(err)
		}
		v.setFilter(f)
		return ""
	}, func(s string) {
		if _, err := rows.ParseNSFilter(s); err != nil {
			v.ui.say(rows.Bad, sanitiseError(err))
			restore()
		}
	}, restore)
}

// Words implements commander.
func (v *namespaces) Words() []Word {
	return []Word{
		{Words: "filter type", Args: "TEXT", Help: "filter, as / does; without a text show all", Offers: offerTypes, Do: v.filterNow},
		{Words: "tree", Help: "as a tree by parent and owner", Do: func(string) { v.setTree(true) }},
		{Words: "list", Help: "by type", Do: func(string) { v.setTree(false) }},
		{Words: "ns", Args: "NUMBER", Help: "go to a namespace by its inode", Offers: v.offerInodes, Do: v.gotoInode},
	}
}

func offerTypes(string) []menuItem {
	var list []menuItem
	for t := range procwalk.NSTypes {
		list = append(list, menuItem{label: t.String(), text: nsDoes[t]})
	}
	return list
}

func (v *namespaces) offerInodes(string) []menuItem {
	var list []menuItem
	for _, line := range v.list.Lines() {
		if n := v.list.Namespace(line); n != nil {
			list = append(list, menuItem{label: strconv.FormatUint(n.Inode, 10), text: n.Type.String() + ", " + plural(len(n.Members), "process", "processes")})
		}
	}
	return list
}

func (v *namespaces) filterNow(s string) {
	f, err := rows.ParseNSFilter(s)
	if err != nil {
		v.ui.say(rows.Bad, sanitiseError(err))
		return
	}
	v.setFilter(f)
}

func (v *namespaces) setTree(tree bool) {
	v.list.Tree = tree
	v.build()
}

// gotoInode selects a namespace by its number.
func (v *namespaces) gotoInode(number string) {
	var inode uint64
	if _, err := fmt.Sscanf(strings.TrimSpace(number), "%d", &inode); err != nil || v.snap() == nil {
		v.ui.say(rows.Warn, "ns NUMBER goes to a namespace")
		return
	}
	for t := range procwalk.NSTypes {
		if at := v.list.Find(nsview.Key{Type: t, Inode: inode}); at >= 0 {
			v.inside = false
			v.moveTo(at)
			return
		}
	}
	v.ui.say(rows.Warn, fmt.Sprintf("namespace %d is not shown here", inode))
}
