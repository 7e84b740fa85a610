package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
)

// psFlags are the options of `bones ps`.
type psFlags struct {
	aux, forest, wide, columns bool
	threads                    bool
	members                    bool // those in the container's groups are enough, as top tells
	format                     []string
	sort                       string
}

func (a *app) psCommand() *cobra.Command {
	var f psFlags
	cmd := &cobra.Command{
		Use:   "ps [TARGET...]",
		Short: "The process tree, exactly as `ps axjf` prints it",
		Long: `Print the process tree exactly as ` + "`ps axjf`" + ` does; with --aux the list as ` + "`ps aux`" + ` prints it;
with -o the columns that you name, with the names of ps, in a flat list unless --forest is given.

In addition to the columns of ps there are container, runtime and cpid (the PID that the process
sees itself). With TARGETs, bones prints only these: for a PID (also pid:PID, or self, which is
bones) the process and its descendants; for the name of a container, or the beginning of its id, the
container's processes.

With --threads there is a row for each thread, as ` + "`ps -L`" + ` prints them: the row of the first thread
shows what the whole process used. --sort orders threads, too, which ps does not.

Processes choose their own names and arguments. As in ps, a character that is not printable becomes
"?"; characters that ps prints although they hide or reorder text become an escape such as \u202e.
Deeper than 128 levels, bones prints the number of branches instead of drawing them. --json prints
arguments whole.`,
		Example: `  bones ps                                      # the tree, like ps axjf
  bones ps --aux --sort -rss                    # the list, the largest first
  bones ps 1234                                 # one process and its descendants
  bones ps web                                  # the processes of a container
  bones ps -o pid,cpid,container,args           # which container, and which PID inside
  bones ps -o pid,user=WHO,netns,args --forest
  bones ps -L web                               # the threads of a container, like ps -L
  bones ps --columns                            # all columns`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.ps(cmd.Context(), &f, args) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.aux, "aux", false, "print the columns of ps aux, in a flat list")
	fl.StringArrayVarP(&f.format, "format", "o", nil,
		"print these `COLUMNS`, as NAME[:WIDTH][=HEADER],...; may be given several times")
	fl.StringVar(&f.sort, "sort", "", "sort by `COLUMNS`, as [+-]NAME,...; the first counts most")
	fl.BoolVarP(&f.forest, "forest", "f", false, "draw the tree, also with --aux, -o and --sort")
	fl.BoolVarP(&f.wide, "wide", "w", false, "do not cut lines at the width of the terminal")
	fl.BoolVarP(&f.threads, "threads", "L", false, "print a row for each thread, as ps -L has them")
	fl.BoolVar(&f.columns, "columns", false, "list the available columns and their headers, and exit")
	return cmd
}

func (a *app) ps(ctx context.Context, f *psFlags, targets []string) error {
	if f.columns {
		return a.psColumns()
	}
	format, err := f.standard()
	if err != nil {
		return err
	}
	o := psfmt.Options{Forest: f.forest || !f.aux && !f.threads && len(f.format) == 0 && f.sort == ""}
	if len(f.format) > 0 {
		if f.aux {
			return usage("--aux and -o both choose the columns; give one of them")
		}
		if format, err = psfmt.ParseFormat(f.format...); err != nil {
			return usage("%w", err)
		}
	}
	if f.sort != "" {
		if o.Sort, err = psfmt.ParseSort(f.sort); err != nil {
			return usage("%w", err)
		}
	}
	want := format.Want() | o.Sort.Want()
	if a.json {
		want |= object.ProcessWant
	}
	named := a.json || format.Uses("container") || format.Uses("runtime") ||
		slices.ContainsFunc(targets, command.NamesContainer)
	if named {
		want |= inventory.Want
	}
	few := len(targets) > 0 && a.past == nil // of all others it is only told which they are
	first := want
	if few {
		first = want & inventory.Want
	}
	snap, index, err := a.psTable(ctx, f, targets, first, named)
	if err != nil {
		return failed(err)
	}
	if index != nil {
		o.Container, o.Runtime = index.Label, index.Runtime
	}
	if o.Only, err = psOnly(snap, index, targets); err != nil {
		return err
	}
	if few && want != first {
		if snap, err = a.targets().Fill(ctx, snap, o.Only, want); err != nil {
			return failed(err)
		}
	}
	if f.threads {
		if a.past != nil {
			return usage("a recording has no threads; leave out -L with --from")
		}
		whole := snap
		if snap, o.Only, err = detail.NewReader(a.procRoot).Expand(ctx, snap, want, o.Only); err != nil {
			return failed(err)
		}
		o.Container, o.Runtime = ofProcess(whole, o.Container), ofProcess(whole, o.Runtime)
	}
	listing.HostOptions(&o, a.procRoot, snap, a.past)
	o.Width = terminal.LineWidth(a.out, f.wide, os.Getenv("COLUMNS"))
	if a.json {
		return failed(object.WriteArray(a.out, listing.Processes(snap, &o, index)))
	}
	err = format.Write(a.out, snap, &o)
	if said := o.Files.Unanswered(); said != "" {
		fmt.Fprintln(a.err, "bones: ps: "+said)
	}
	return failed(err)
}

// psTable reads the table with what is wanted first, and who is in which container if that is named. What top asks
// about is found without most of the table where that can be.
func (a *app) psTable(ctx context.Context, f *psFlags, targets []string, first procwalk.Want, named bool) (
	*procwalk.Snapshot, *inventory.Inventory, error) {
	if f.members && a.past == nil && len(targets) == 1 && command.NamesContainer(targets[0]) {
		if s, x, err := a.targets().Named(ctx, targets[0]); err != nil || x != nil {
			return s, x, err
		}
	}
	w, err := a.targets().Table()
	if err != nil {
		return nil, nil, err
	}
	snap, err := w.Snapshot(ctx, procwalk.Request{Want: first})
	w.Close() // what it read is as large as the table
	if err != nil || !named {
		return snap, nil, err
	}
	index, err := a.containers(snap)
	return snap, index, err
}

// standard are the columns without -o.
func (f *psFlags) standard() (*psfmt.Format, error) {
	switch {
	case f.threads && f.forest:
		return nil, usage("--threads and --forest: threads do not form a tree; give one of them")
	case f.threads && f.aux:
		return psfmt.AUXL(), nil
	case f.threads:
		return psfmt.Threads(), nil
	case f.aux:
		return psfmt.AUX(), nil
	}
	return psfmt.AXJF(), nil
}

// ofProcess asks for the row of a thread what is known of its process.
func ofProcess(whole *procwalk.Snapshot, tell func(*procwalk.Process) text.Text) func(*procwalk.Process) text.Text {
	if tell == nil {
		return nil
	}
	return func(p *procwalk.Process) text.Text {
		if q := whole.Find(p.PID); q != nil {
			return tell(q)
		}
		return text.Text{}
	}
}

func (a *app) psColumns() error {
	out := bufio.NewWriter(a.out)
	for _, c := range psfmt.Columns() {
		fmt.Fprintf(out, "%-12s %s\n", c.Name, c.Header)
	}
	return failed(out.Flush())
}

// psOnly marks the rows that the targets stand for: the processes of a container, or a process and its descendants;
// nil for no targets, which stands for all rows. The index may be nil where no target is the name of a container.
func psOnly(snap *procwalk.Snapshot, index *inventory.Inventory, targets []string) ([]bool, error) {
	if len(targets) == 0 {
		return nil, nil
	}
	tree := procwalk.NewTree(snap)
	only := make([]bool, len(snap.Processes))
	for _, t := range targets {
		entry, p, err := findTarget(index, snap, t)
		if err != nil {
			return nil, err
		}
		if entry != nil {
			for _, pid := range entry.PIDs {
				if i, ok := snap.Position(pid); ok {
					only[i] = true
				}
			}
			continue
		}
		i, _ := snap.Position(p.PID)
		for _, j := range tree.Subtree(i) {
			only[j] = true
		}
	}
	return only, nil
}
