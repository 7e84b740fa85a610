package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/nsmatrix"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/spaces"
	"bones/cmd/bones/internal/terminal"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/virt/machines"
	"bones/ui/rows"
)

// matrix prints who has which namespaces for its own.
func (r *nsRun) matrix(f *nsFlags) error {
	r.note()
	now := &inventory.Moment{Snapshot: r.View.Snapshot, Inventory: r.Index}
	if r.past != nil {
		now.Guests, now.MoreGuests = r.past.Now.Guests, r.past.Now.MoreGuests
	} else {
		now.Guests, now.MoreGuests = machines.New(r.procRoot).Find(now.Snapshot)
	}
	if now.MoreGuests {
		r.complain(machines.ErrMany)
	}
	return failed(nsmatrix.Print{Out: r.out, JSON: r.json, Colours: r.tables().Colours, Sandboxes: f.all,
		Keep: func(t procwalk.NSType) bool { return r.Keep(&nsview.Namespace{Key: nsview.Key{Type: t}}) },
	}.Matrix(r.View, now))
}

// nsRun is one run of `bones ns`: what was read, and where it is printed.
type nsRun struct {
	*app
	*listing.Namespaces
	ctx context.Context
}

// list prints all namespaces.
func (r *nsRun) list(f *nsFlags) (err error) {
	switch {
	case r.past != nil:
		r.View = r.recall(f.all)
	case f.all:
		r.View, err = r.Reader.Discover(r.ctx, r.View)
	case f.tree || r.json:
		r.View, err = r.Reader.Relate(r.ctx, r.View)
	}
	if err != nil {
		return failed(err)
	}
	r.note()
	shown := r.Keep
	if !f.all && !f.tree {
		// Relations bring in parents that no process is in.
		shown = func(n *nsview.Namespace) bool {
			return r.Keep(n) && (len(n.Members) > 0 || len(n.ForChildren) > 0)
		}
	}
	r.AboutLeaders(r.ctx)
	if r.Names.Container == nil {
		if err := r.ContainersOfLeaders(r.ctx); err != nil {
			return failed(err)
		}
	}
	switch {
	case r.json:
		return r.write(r.Objects().List(shown))
	case f.tree:
		columns := slices.Clone(rows.NSColumns[:])
		columns[0].Right = false
		return r.print(columns, rows.NSTree(r.View, r.Names, shown))
	}
	return r.print(rows.NSColumns[:], rows.NSGroups(r.View, r.Names, shown))
}

// one prints a namespace: what is known about it, and who is in it.
func (r *nsRun) one(ref spaces.Ref) (err error) {
	key := ref.Key
	if ref.File != "" {
		file, found, err := spaces.Open(r.Reader, ref)
		if err != nil {
			return failed(err)
		}
		file.Close()
		key = found
	}
	if r.past != nil {
		r.View = r.recall(true)
	} else if r.View, err = r.Reader.Discover(r.ctx, r.View); err != nil {
		return failed(err)
	}
	r.note()
	n := r.View.FindInode(key.Inode)
	if n == nil || key.Type >= 0 && n.Type != key.Type || !r.Keep(n) {
		return noTarget("bones sees no namespace with the number %d; `bones ns --all` lists them",
			key.Inode)
	}
	r.About(r.ctx, n.Members)
	var details nsview.Details
	if r.past == nil {
		details = r.Reader.Details(r.ctx, r.View, nsview.HostOf(r.View.Snapshot), n.Key)
	} else {
		r.complain(fmt.Errorf("what is inside of %s: %w", n.Key, seldom.ErrNone))
	}
	if r.json {
		return r.write([]object.Namespace{r.Objects().Detailed(n, details)})
	}
	out := bufio.NewWriter(r.out)
	fmt.Fprintf(out, "%s: %s\n", n.Key, rows.NSCount(len(n.Members)))
	for _, f := range rows.NSFacts(r.View, n, details, r.Names) {
		fmt.Fprintf(out, "  %s: %s\n", f.Name, f.Value)
	}
	if len(n.Members) > 0 {
		out.WriteByte('\n')
	}
	if err := out.Flush(); err != nil || len(n.Members) == 0 {
		return failed(err)
	}
	return r.print(rows.NSMemberColumns[:], rows.NSMembers(r.View, n, r.Names))
}

// relate asks the kernel for the relations of namespaces, and for users and command lines of those who lead them.
func (r *nsRun) relate() (err error) {
	if r.past != nil {
		r.View = r.recall(false)
		r.AboutLeaders(r.ctx)
		return nil
	}
	if r.View, err = r.Reader.Relate(r.ctx, r.View); err != nil {
		return failed(err)
	}
	r.AboutLeaders(r.ctx)
	return nil
}

// target prints the eight namespaces of a process.
func (r *nsRun) target(target string) error {
	p, _, err := findBacking(r.Index, r.View.Snapshot, target)
	if err != nil {
		return err
	}
	if p.NS == nil || !slices.ContainsFunc(p.NS.Inode[:], func(inode uint64) bool { return inode != 0 }) {
		if p.NS != nil && errors.Is(p.NS.Err[procwalk.Mnt], fs.ErrPermission) {
			return failed(fault.Hinted(fmt.Sprintf("the namespaces of process %d", p.PID), p.NS.Err[procwalk.Mnt],
				"needs "+fault.ToTrace))
		}
	}
	if r.past == nil {
		r.View = r.Reader.ThreadsOf(r.View, p)
	} else if r.past.Facts != nil {
		r.View = r.View.Recall(r.past.Facts.Namespaces, func(h nsview.Holder) bool {
			return h.Kind == nsview.ByThread && h.ID == p.ID()
		})
	}
	snap := r.View.Snapshot
	row, _ := snap.Position(p.PID)
	host := nsview.HostOf(snap)
	all := r.Index.Isolation(r.View, host, nil, p)
	if r.json {
		if err := r.relate(); err != nil {
			return err
		}
		objects := []object.Namespace{}
		for _, is := range all {
			if r.Keep(&nsview.Namespace{Key: nsview.Key{Type: is.Type}}) {
				objects = append(objects, r.Objects().Isolated(is))
			}
		}
		return r.write(objects)
	}
	var shown []rows.NSRow
	for _, row := range rows.NSIsolation(r.View, host, all, r.Names) {
		if r.Keep(&nsview.Namespace{Key: row.Key}) {
			shown = append(shown, row)
		}
	}
	if err := r.print(rows.NSIsolationColumns[:], shown); err != nil {
		return err
	}
	for i := range r.View.Namespaces {
		n := &r.View.Namespaces[i]
		for _, where := range rows.NSWhere(r.View, n) {
			if r.Keep(n) && (len(n.Holders) > 0 || slices.Contains(n.ForChildren, int32(row))) {
				fmt.Fprintf(r.out, "%s is in %s\n", where, n.Key)
			}
		}
	}
	return nil
}

// recall adds to the view what was recorded of namespaces: how they stood to each other, and with all also what held
// them.
func (r *nsRun) recall(all bool) *nsview.View {
	if r.past.Facts == nil {
		return r.View
	}
	return r.View.Recall(r.past.Facts.Namespaces, func(nsview.Holder) bool { return all })
}

func (r *nsRun) write(v any) error { return failed(object.Write(r.out, v)) }

// diff prints where two processes differ.
func (r *nsRun) diff(targets []string) error {
	var two [2]*procwalk.Process
	for i, t := range targets {
		p, _, err := findBacking(r.Index, r.View.Snapshot, t)
		if err != nil {
			return err
		}
		two[i] = p
	}
	all := nsview.Diff(two[0], two[1])
	if r.json {
		objects := []object.NamespaceDifference{}
		for _, d := range all {
			if r.Keep(&nsview.Namespace{Key: nsview.Key{Type: d.Type}}) {
				objects = append(objects, object.NewNamespaceDifference(d))
			}
		}
		return r.write(objects)
	}
	columns := slices.Clone(rows.NSDiffColumns[:])
	columns[1].Name, columns[2].Name = strconv.Itoa(two[0].PID), strconv.Itoa(two[1].PID)
	var shown []rows.NSRow
	for _, row := range rows.NSDiff(all) {
		if r.Keep(&nsview.Namespace{Key: row.Key}) {
			shown = append(shown, row)
		}
	}
	return r.print(columns, shown)
}

// note says on the standard error how many processes are missing from the counts, what was not looked into, and why.
func (r *nsRun) note() {
	for _, line := range rows.NSMissed(r.View) {
		fmt.Fprintln(r.err, "bones: "+line)
	}
	if len(r.View.Unreadable) == 0 {
		return
	}
	p := &r.View.Snapshot.Processes[r.View.Unreadable[0]]
	var why error
	for _, err := range p.NS.Err {
		why = cmp.Or(why, err)
	}
	fmt.Fprintf(r.err, "bones: %s not counted, the first is PID %d: %s; needs CAP_SYS_PTRACE and all capabilities "+
		"that the process has\n",
		processesAre(len(r.View.Unreadable)), p.PID, fault.Line(why))
}

func processesAre(n int) string {
	if n == 1 {
		return "1 process is"
	}
	return strconv.Itoa(n) + " processes are"
}

// print writes a table. The last column is as wide as it likes, up to the width of the terminal.
func (r *nsRun) print(columns []rows.NSColumn, table []rows.NSRow) error {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = len(c.Name)
		for _, row := range table {
			widths[i] = max(widths[i], utf8.RuneCountInString(row.Cells[i].Text))
		}
	}
	limit := terminal.LineWidth(r.out, false, "")
	out := bufio.NewWriter(r.out)
	line := func(cell func(int) string) {
		var b strings.Builder
		for i, c := range columns {
			s := cell(i)
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(s))
			switch {
			case c.Right:
				s = pad + s
			case i < len(columns)-1:
				s += pad
			}
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(s)
		}
		s := []rune(strings.TrimRight(b.String(), " "))
		out.WriteString(string(s[:min(len(s), limit)]))
		out.WriteByte('\n')
	}
	line(func(i int) string { return columns[i].Name })
	for _, row := range table {
		line(func(i int) string { return row.Cells[i].Text })
	}
	return failed(out.Flush())
}
