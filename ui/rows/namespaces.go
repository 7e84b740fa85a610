package rows

import (
	"fmt"
	"strconv"
	"strings"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// NSCell is one cell of a table of namespaces. It is safe to show on one line of a terminal.
type NSCell struct {
	Text  string
	Style Style
}

// NSColumn is a heading.
type NSColumn struct {
	Name  string
	Right bool // numbers stand on the right
}

// NSRow is one row: a namespace, or a member of one.
type NSRow struct {
	Key   nsview.Key  // the namespace
	ID    procwalk.ID // of its leader, or the member; zero if there is none
	Cells []NSCell
}

// NSNames are lookups that the rows need; each may be nil.
type NSNames struct {
	Who       func(row int32) nsview.Who          // about a process; nil: what the snapshot says
	User      func(uid uint32) text.Text          // empty: no such user
	Container func(p *procwalk.Process) text.Text // empty: in none
}

// NSColumns are the columns of NSGroups and NSTree.
var NSColumns = [...]NSColumn{
	{"NS", true}, {"TYPE", false}, {"NPROCS", true}, {"PID", true}, {"USER", false}, {"CONTAINER", false},
	{"COMMAND", false},
}

// NSGroups makes one row for each namespace that keep accepts; nil keeps all.
func NSGroups(v *nsview.View, names NSNames, keep func(*nsview.Namespace) bool) []NSRow {
	rows := make([]NSRow, 0, len(v.Namespaces))
	for i := range v.Namespaces {
		if n := &v.Namespaces[i]; keep == nil || keep(n) {
			rows = append(rows, nsGroup(v, n, names, ""))
		}
	}
	return rows
}

// nsDeepest is the number of levels that are drawn; deeper ones stand below each other.
const nsDeepest = 40

// NSTree makes the same rows as a tree (see nsview.View.Tree).
func NSTree(v *nsview.View, names NSNames, keep func(*nsview.Namespace) bool) []NSRow {
	branches := v.Tree(keep)
	rows := make([]NSRow, 0, len(branches))
	var open []bool // per depth: whether a sibling follows
	for _, b := range branches {
		open = append(open[:min(b.Depth, len(open))], !b.Last)
		var prefix strings.Builder
		for depth := 1; depth < min(b.Depth, nsDeepest); depth++ {
			if open[depth] {
				prefix.WriteString("│ ")
			} else {
				prefix.WriteString("  ")
			}
		}
		switch {
		case b.Depth == 0:
		case b.Last:
			prefix.WriteString("└─")
		default:
			prefix.WriteString("├─")
		}
		rows = append(rows, nsGroup(v, b.Namespace, names, prefix.String()))
	}
	return rows
}

func nsGroup(v *nsview.View, n *nsview.Namespace, names NSNames, prefix string) NSRow {
	r := NSRow{Key: n.Key}
	cells := []NSCell{
		{Text: prefix + strconv.FormatUint(n.Inode, 10)},
		{Text: n.Type.String()},
		{Text: strconv.Itoa(len(n.Members))},
	}
	leader := n.Leader()
	if leader < 0 {
		where := "(not known what holds it)"
		if w := NSWhere(v, n); len(w) > 0 {
			where = "(" + w[0] + ")"
			if len(w) > 1 {
				where = "(" + w[0] + ", and " + strconv.Itoa(len(w)-1) + " more)"
			}
		}
		r.Cells = append(cells, nsNone, nsNone, nsNone, NSCell{where, Dim})
		return r
	}
	p := &v.Snapshot.Processes[leader]
	r.ID = p.ID()
	r.Cells = append(cells, NSCell{Text: strconv.Itoa(p.PID)})
	r.Cells = append(r.Cells, nsProcess(p, leader, names)...)
	return r
}

var nsNone = NSCell{"-", Dim}

// nsUnknown stands for what could not be read.
var nsUnknown = NSCell{"?", Warn}

// nsProcess makes the cells USER, CONTAINER, COMMAND.
func nsProcess(p *procwalk.Process, row int32, names NSNames) []NSCell {
	who := nsview.WhoOf(p)
	if names.Who != nil {
		who = names.Who(row)
	}
	user, container := nsUnknown, nsNone
	if who.UIDErr == nil {
		user = NSCell{Text: NSUser(who.UID, names)}
	}
	if names.Container != nil {
		if c := names.Container(p); c.Len() > 0 {
			container = NSCell{Text: c.String()}
		}
	}
	command := NSCell{Text: who.Command.String()}
	if who.Err != nil {
		command.Style = Warn
	}
	return []NSCell{user, container, command}
}

// NSUser returns the user's name, or the number.
func NSUser(uid uint32, names NSNames) string {
	if names.User != nil {
		if name := names.User(uid); name.Len() > 0 {
			return name.String()
		}
	}
	return strconv.FormatUint(uint64(uid), 10)
}

// NSWhere says what holds a namespace beside the processes that are in it.
func NSWhere(v *nsview.View, n *nsview.Namespace) []string {
	var where []string
	for _, row := range n.ForChildren {
		where = append(where, nsview.Holder{Kind: nsview.ByProcess, ID: v.Snapshot.Processes[row].ID()}.Where())
	}
	for _, h := range n.Holders {
		where = append(where, h.Where())
	}
	if n.MoreHolders {
		where = append(where, fmt.Sprintf("more than these %d", len(n.Holders)))
	}
	return where
}

// NSMemberColumns are the columns of NSMembers.
var NSMemberColumns = [...]NSColumn{
	{"PID", true}, {"INSIDE", true}, {"PPID", true}, {"USER", false}, {"CONTAINER", false}, {"COMMAND", false},
}

// NSMembers makes one row for each process that is in a namespace. INSIDE is the PID that it sees itself, for which
// the snapshot must have Status.
func NSMembers(v *nsview.View, n *nsview.Namespace, names NSNames) []NSRow {
	rows := make([]NSRow, 0, len(n.Members))
	for _, row := range n.Members {
		p := &v.Snapshot.Processes[row]
		inside := nsUnknown
		if p.Status != nil && len(p.Status.NSpid) > 0 {
			inside = NSCell{Text: strconv.Itoa(p.Status.NSpid[len(p.Status.NSpid)-1])}
		}
		cells := append([]NSCell{{Text: strconv.Itoa(p.PID)}, inside, {Text: strconv.Itoa(p.PPID)}},
			nsProcess(p, row, names)...)
		rows = append(rows, NSRow{Key: n.Key, ID: p.ID(), Cells: cells})
	}
	return rows
}

// NSIsolationColumns are the columns of NSIsolation.
var NSIsolationColumns = [...]NSColumn{{"TYPE", false}, {"NS", true}, {"WHOSE", false}, {"SHARED WITH", false}}

// NSIsolation makes one row for each type: whose the namespace is that the processes are in, and who else is in it.
func NSIsolation(v *nsview.View, h nsview.Reference, all [procwalk.NSTypes]nsview.Isolation, names NSNames) []NSRow {
	rows := make([]NSRow, 0, len(all))
	for _, is := range all {
		r := NSRow{Key: nsview.Key{Type: is.Type, Inode: is.Inode}}
		ns, whose, with := NSCell{Text: strconv.FormatUint(is.Inode, 10)}, NSCell{Text: is.Share.String()}, nsNone
		switch {
		case is.Share == nsview.Unknown:
			with = NSCell{NSReason(is.Err), Warn}
			if is.Inode == 0 {
				ns = nsUnknown
			} else {
				with.Text = "whether it is the host's cannot be told: PID 1 may not be looked into (CAP_SYS_PTRACE)"
			}
		case is.Share == nsview.Hosts:
			whose.Style = Warn
			with = NSCell{Text: nsHost(h.PID[is.Type]) + " and " + NSCount(len(is.Others))}
		case len(is.Others) > 0:
			with = NSCell{Text: nsOthers(v, is.Others, names)}
		}
		if len(is.Guests) > 0 {
			with.Text = strings.TrimPrefix(with.Text+"; visited by "+nsOthers(v, is.Guests, names), nsNone.Text+"; ")
			with.Style = Plain
		}
		if is.Mixed {
			whose.Text += " (not all of its processes)"
		}
		r.Cells = []NSCell{{Text: is.Type.String()}, ns, whose, with}
		rows = append(rows, r)
	}
	return rows
}

// nsHost names what stands for the host: init, kthreadd, or where neither may be looked into the number of the
// namespace.
func nsHost(pid int) string {
	if pid > 2 || pid == 0 {
		return "the host, which has this fixed number,"
	}
	return "the host (PID " + strconv.Itoa(pid) + ")"
}

// NSReason says in a few words why something is not known.
func NSReason(err error) string {
	if err == nil {
		return "not read"
	}
	return fault.Line(err)
}

// NSCount says how many processes.
func NSCount(n int) string {
	if n == 1 {
		return "1 process"
	}
	return strconv.Itoa(n) + " processes"
}

// nsOthers names the first few processes.
func nsOthers(v *nsview.View, others []int32, names NSNames) string {
	const few = 4
	var b strings.Builder
	for i, row := range others {
		if i == few {
			b.WriteString(" and " + strconv.Itoa(len(others)-few) + " more")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		p := &v.Snapshot.Processes[row]
		b.WriteString(strconv.Itoa(p.PID) + " " + p.Comm.String())
		if names.Container != nil {
			if c := names.Container(p); c.Len() > 0 {
				b.WriteString(" (" + c.String() + ")")
			}
		}
	}
	return b.String()
}

// NSDiffColumns are the columns of NSDiff; the views put the two PIDs in place of A and B.
var NSDiffColumns = [...]NSColumn{{"TYPE", false}, {"A", true}, {"B", true}, {"", false}}

// NSDiff makes one row for each type in which two processes are compared.
func NSDiff(all [procwalk.NSTypes]nsview.Difference) []NSRow {
	rows := make([]NSRow, 0, len(all))
	for _, d := range all {
		a, b := nsInode(d.A), nsInode(d.B)
		verdict := NSCell{Text: "same"}
		switch same, known := d.Same(); {
		case !known:
			verdict = NSCell{"not known: " + NSReason(nsFirst(d.AErr, d.BErr)), Warn}
		case !same:
			verdict = NSCell{"differs", Bad}
		}
		rows = append(rows, NSRow{
			Key:   nsview.Key{Type: d.Type, Inode: d.A},
			Cells: []NSCell{{Text: d.Type.String()}, a, b, verdict},
		})
	}
	return rows
}

func nsInode(inode uint64) NSCell {
	if inode == 0 {
		return nsUnknown
	}
	return NSCell{Text: strconv.FormatUint(inode, 10)}
}

func nsFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
