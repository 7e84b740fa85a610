package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// nsFlags are the options of `bones ns`.
type nsFlags struct {
	all, tree, diff bool
	types           []string
}

func (a *app) nsCommand() *cobra.Command {
	var f nsFlags
	cmd := &cobra.Command{
		Use:   "ns [INODE|TARGET]",
		Short: "Namespaces: who shares what with whom",
		Long: `All namespaces that processes are in, with the process of the lowest PID in each. With --all also those that no
process is in: what is mounted somewhere, open in a process, used by a socket or by a single thread, or the parent or
owner of another. COMMAND tells then in parentheses what holds it.

With an INODE, as the column NS or a link of /proc/PID/ns shows it: who is in that namespace, what holds it, and what
it isolates. With a TARGET: its eight namespaces, and whether each is its own, the host's or a neighbour's, which is
to say that others than its descendants are in it too. The host is PID 1 or, if that cannot be looked into, the
process closest to it.`,
		Example: `  bones ns                          # all types, like lsns
  bones ns --type net --all         # network namespaces, also those kept by ip netns
  bones ns --tree                   # parents and owners
  bones ns 4026531840               # one namespace: its members and what it holds
  bones ns 1234                     # the namespaces of a process
  bones ns --diff 1 1234            # where two processes differ`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case f.diff && len(args) != 2:
				return usage("--diff compares two processes: give two TARGETs")
			case !f.diff && len(args) > 1:
				return usage("give one INODE or TARGET, or two TARGETs with --diff")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.ns(cmd.Context(), &f, args) },
	}
	fl := cmd.Flags()
	fl.BoolVarP(&f.all, "all", "a", false, "also namespaces that no process is in")
	fl.BoolVar(&f.tree, "tree", false, "below their parents and owners")
	fl.BoolVar(&f.diff, "diff", false, "compare the namespaces of two processes")
	fl.StringSliceVarP(&f.types, "type", "t", nil, "only these types: cgroup, ipc, mnt, net, pid, time, user, uts")
	return cmd
}

// nsRun is one run of `bones ns`: what was read, and the lookups for printing it.
type nsRun struct {
	*app
	ctx    context.Context
	reader *nsview.Reader
	view   *nsview.View
	keep   func(*nsview.Namespace) bool
	names  rows.NSNames
}

func (a *app) ns(ctx context.Context, f *nsFlags, args []string) error {
	keep, err := nsKeep(f.types)
	if err != nil {
		return err
	}
	var key nsview.Key
	isInode := false
	if len(args) == 1 {
		if key, isInode, err = nsInode(args[0]); err != nil {
			return err
		}
	}
	want := procwalk.WantNS | inventory.Want
	// The plain table needs least, and is what is run over and over.
	lean := len(args) == 0 && !f.all && !f.tree && !a.json
	r, err := a.nsRead(ctx, want, lean)
	if err != nil {
		return err
	}
	defer r.reader.Close()
	r.keep = keep
	switch {
	case f.diff:
		return r.diff(args)
	case isInode:
		return r.one(key)
	case len(args) == 1:
		return r.target(args[0])
	}
	return r.list(f)
}

// nsRead reads the process table and groups it.
func (a *app) nsRead(ctx context.Context, want procwalk.Want, lean bool) (*nsRun, error) {
	reader, err := nsview.NewReader(a.procRoot)
	if err != nil {
		return nil, failed(err)
	}
	r := &nsRun{app: a, ctx: ctx, reader: reader}
	if lean {
		r.view, err = reader.Lean(ctx)
	} else {
		r.view, err = a.nsGroups(ctx, want)
		if err == nil {
			err = r.containersOf(r.view.Snapshot)
		}
	}
	if err != nil {
		reader.Close()
		return nil, failed(fmt.Errorf("reading namespaces: %w", err))
	}
	users := psfmt.ReadNames("/etc/passwd")
	r.names.User = func(uid uint32) text.Text { return text.New(users.Name(uid)) }
	return r, nil
}

// containersOf names the containers of the processes of a snapshot that was taken with inventory.Want.
func (r *nsRun) containersOf(s *procwalk.Snapshot) error {
	index, err := r.app.containers(s)
	if err != nil {
		return err
	}
	r.names.Container = func(p *procwalk.Process) text.Text {
		if q := s.Find(p.PID); q != nil {
			return index.Label(q)
		}
		return text.Text{}
	}
	return nil
}

// containersOfLeaders looks at the leaders of what is shown alone: the plain table has no cgroups of the others.
func (r *nsRun) containersOfLeaders() error {
	pids := []int{1} // stands for the host
	for i := range r.view.Namespaces {
		if n := &r.view.Namespaces[i]; n.Leader() >= 0 && r.keep(n) {
			pids = append(pids, r.view.Snapshot.Processes[n.Leader()].PID)
		}
	}
	w, err := r.walker(procwalk.Only(pids))
	if err != nil {
		return err
	}
	defer w.Close()
	s, err := w.Snapshot(r.ctx, inventory.Want)
	if err != nil {
		return err
	}
	return r.containersOf(s)
}

func (a *app) nsGroups(ctx context.Context, want procwalk.Want) (*nsview.View, error) {
	w, err := a.walker()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	snap, err := w.Snapshot(ctx, want)
	if err != nil {
		return nil, err
	}
	return nsview.Groups(snap), nil
}

// about reads user and command line of these processes, and of no others.
func (r *nsRun) about(who []int32) {
	known := r.reader.Who(r.ctx, r.view.Snapshot, who)
	snap := r.view.Snapshot
	r.names.Who = func(row int32) nsview.Who {
		if w, ok := known[row]; ok {
			return w
		}
		return nsview.WhoOf(&snap.Processes[row])
	}
}

// aboutLeaders does so for the leaders of what is shown.
func (r *nsRun) aboutLeaders() {
	var who []int32
	for i := range r.view.Namespaces {
		if n := &r.view.Namespaces[i]; n.Leader() >= 0 && r.keep(n) {
			who = append(who, n.Leader())
		}
	}
	r.about(who)
}

// list prints all namespaces.
func (r *nsRun) list(f *nsFlags) (err error) {
	switch {
	case f.all:
		r.view, err = r.reader.Discover(r.ctx, r.view)
	case f.tree || r.json:
		r.view, err = r.reader.Relate(r.ctx, r.view)
	}
	if err != nil {
		return failed(err)
	}
	r.note()
	shown := r.keep
	if !f.all && !f.tree {
		// Relations bring in parents that no process is in.
		shown = func(n *nsview.Namespace) bool {
			return r.keep(n) && (len(n.Members) > 0 || len(n.ForChildren) > 0)
		}
	}
	r.aboutLeaders()
	if r.names.Container == nil {
		if err := r.containersOfLeaders(); err != nil {
			return failed(err)
		}
	}
	switch {
	case r.json:
		return r.write(r.objects().List(shown))
	case f.tree:
		columns := slices.Clone(rows.NSColumns[:])
		columns[0].Right = false
		return r.print(columns, rows.NSTree(r.view, r.names, shown))
	}
	return r.print(rows.NSColumns[:], rows.NSGroups(r.view, r.names, shown))
}

// one prints a namespace: what is known about it, and who is in it.
func (r *nsRun) one(key nsview.Key) (err error) {
	if r.view, err = r.reader.Discover(r.ctx, r.view); err != nil {
		return failed(err)
	}
	r.note()
	n := r.view.FindInode(key.Inode)
	if n == nil || key.Type >= 0 && n.Type != key.Type || !r.keep(n) {
		return noTarget("there is no such namespace among those that can be seen: %d; `bones ns --all` lists them", key.Inode)
	}
	r.about(n.Members)
	details := r.reader.Details(r.ctx, r.view, nsview.HostOf(r.view.Snapshot), n.Key)
	if r.json {
		return r.write([]object.Namespace{r.objects().Detailed(n, details)})
	}
	out := bufio.NewWriter(r.out)
	fmt.Fprintf(out, "%s: %s\n", n.Key, rows.NSCount(len(n.Members)))
	for _, f := range rows.NSFacts(r.view, n, details, r.names) {
		fmt.Fprintf(out, "  %s: %s\n", f.Name, f.Value)
	}
	if len(n.Members) > 0 {
		out.WriteByte('\n')
	}
	if err := out.Flush(); err != nil || len(n.Members) == 0 {
		return failed(err)
	}
	return r.print(rows.NSMemberColumns[:], rows.NSMembers(r.view, n, r.names))
}

// target prints the eight namespaces of a process.
func (r *nsRun) target(target string) error {
	pid, err := r.backingPID(r.ctx, target)
	if err != nil {
		return err
	}
	p, err := findProcess(r.view.Snapshot, strconv.Itoa(pid))
	if err != nil {
		return err
	}
	if p.NS == nil || !slices.ContainsFunc(p.NS.Inode[:], func(inode uint64) bool { return inode != 0 }) {
		if p.NS != nil && errors.Is(p.NS.Err[procwalk.Mnt], fs.ErrPermission) {
			return failed(fmt.Errorf("the namespaces of process %d: %w; needs CAP_SYS_PTRACE and all capabilities that the process has", p.PID, p.NS.Err[procwalk.Mnt]))
		}
	}
	r.view = r.reader.ThreadsOf(r.view, p)
	snap := r.view.Snapshot
	row, _ := snap.Position(p.PID)
	family := r.family(row)
	host := nsview.HostOf(snap)
	all := r.view.Isolation(host, family)
	if r.json {
		if r.view, err = r.reader.Relate(r.ctx, r.view); err != nil {
			return failed(err)
		}
		r.aboutLeaders()
		objects := []object.Namespace{}
		for _, is := range all {
			if r.keep(&nsview.Namespace{Key: nsview.Key{Type: is.Type}}) {
				objects = append(objects, r.objects().Isolated(is))
			}
		}
		return r.write(objects)
	}
	var shown []rows.NSRow
	for _, row := range rows.NSIsolation(r.view, host, all, r.names) {
		if r.keep(&nsview.Namespace{Key: row.Key}) {
			shown = append(shown, row)
		}
	}
	if err := r.print(rows.NSIsolationColumns[:], shown); err != nil {
		return err
	}
	for i := range r.view.Namespaces {
		n := &r.view.Namespaces[i]
		for _, where := range rows.NSWhere(r.view, n) {
			if r.keep(n) && (len(n.Holders) > 0 || slices.Contains(n.ForChildren, int32(row))) {
				fmt.Fprintf(r.out, "%s is in %s\n", where, n.Key)
			}
		}
	}
	return nil
}

// objects makes JSON of what was read.
func (r *nsRun) objects() *object.Namespaces {
	return &object.Namespaces{View: r.view, Names: &r.names}
}

func (r *nsRun) write(v any) error { return failed(object.Write(r.out, v)) }

// family is what shares by right with a process, which comes first: its container, or if it is in none its descendants.
func (r *nsRun) family(row int) []int32 {
	snap := r.view.Snapshot
	c := r.names.Container(&snap.Processes[row])
	if c.Len() == 0 {
		return procwalk.NewTree(snap).Subtree(row)
	}
	family := []int32{int32(row)}
	for i := range snap.Processes {
		if i != row && r.names.Container(&snap.Processes[i]) == c {
			family = append(family, int32(i))
		}
	}
	return family
}

// diff prints where two processes differ.
func (r *nsRun) diff(targets []string) error {
	var two [2]*procwalk.Process
	for i, t := range targets {
		p, err := findProcess(r.view.Snapshot, t)
		if err != nil {
			return err
		}
		two[i] = p
	}
	all := nsview.Diff(two[0], two[1])
	if r.json {
		objects := []object.NamespaceDifference{}
		for _, d := range all {
			if r.keep(&nsview.Namespace{Key: nsview.Key{Type: d.Type}}) {
				objects = append(objects, object.NewNamespaceDifference(d))
			}
		}
		return r.write(objects)
	}
	columns := slices.Clone(rows.NSDiffColumns[:])
	columns[1].Name, columns[2].Name = strconv.Itoa(two[0].PID), strconv.Itoa(two[1].PID)
	var shown []rows.NSRow
	for _, row := range rows.NSDiff(all) {
		if r.keep(&nsview.Namespace{Key: row.Key}) {
			shown = append(shown, row)
		}
	}
	return r.print(columns, shown)
}

// note says on the standard error how many processes are missing from the counts, what was not looked into, and why.
func (r *nsRun) note() {
	for _, line := range rows.NSMissed(r.view) {
		fmt.Fprintln(r.err, "bones: "+line)
	}
	if len(r.view.Unreadable) == 0 {
		return
	}
	p := &r.view.Snapshot.Processes[r.view.Unreadable[0]]
	var why error
	for _, err := range p.NS.Err {
		why = cmpErr(why, err)
	}
	fmt.Fprintf(r.err, "bones: %s not counted, the first is PID %d: %s; needs CAP_SYS_PTRACE and all capabilities that the process has\n",
		processesAre(len(r.view.Unreadable)), p.PID, text.Line(why.Error()))
}

func processesAre(n int) string {
	if n == 1 {
		return "1 process is"
	}
	return strconv.Itoa(n) + " processes are"
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// nsKeep makes the filter of --type.
func nsKeep(types []string) (func(*nsview.Namespace) bool, error) {
	var wanted [procwalk.NSTypes]bool
	for _, name := range types {
		found := false
		for t := range procwalk.NSTypes {
			if t.String() == name {
				wanted[t], found = true, true
			}
		}
		if !found {
			return nil, usage("%q is no type of namespace; the types are cgroup, ipc, mnt, net, pid, time, user, uts", name)
		}
	}
	return func(n *nsview.Namespace) bool { return len(types) == 0 || wanted[n.Type] }, nil
}

// nsInode reads an argument that names a namespace: its number, or TYPE:[NUMBER]. Numbers up to the highest PID there
// can be are PIDs; the kernel gives namespaces numbers from 4026531832 on. Key.Type is -1 if it was not given.
//
// Source: PID_MAX_LIMIT, include/linux/threads.h; PROC_DYNAMIC_FIRST, fs/proc/generic.c.
func nsInode(arg string) (key nsview.Key, ok bool, err error) {
	const pidMax = 1 << 22
	key.Type = -1
	if n, err := strconv.ParseUint(arg, 10, 64); err == nil {
		key.Inode = n
		return key, n > pidMax, nil
	}
	name, number, found := strings.Cut(arg, ":")
	for t := range procwalk.NSTypes {
		if !found || t.String() != name || t == procwalk.PID && !strings.HasPrefix(number, "[") {
			continue
		}
		key.Type = t
		if key.Inode, err = strconv.ParseUint(strings.TrimSuffix(strings.TrimPrefix(number, "["), "]"), 10, 64); err != nil {
			return key, false, usage("%q is not a namespace: give TYPE:[INODE], as the links of /proc/PID/ns do", arg)
		}
		return key, true, nil
	}
	return key, false, nil
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
	limit := lineWidth(r.out, false, "")
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
