package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/procwalk"
	"bones/procwalk/psfmt"
	"bones/procwalk/psfmt/glibc"
)

// psFlags are the options of `bones ps`.
type psFlags struct {
	aux, forest, wide, columns bool
	format                     []string
	sort                       string
}

func (a *app) psCommand() *cobra.Command {
	var f psFlags
	cmd := &cobra.Command{
		Use:   "ps [TARGET...]",
		Short: "The process tree, exactly as `ps axjf` prints it",
		Long: `The process tree, exactly as ` + "`ps axjf`" + ` prints it; with --aux the list as ` + "`ps aux`" + ` prints it; with -o the
columns asked for, by the names of ps, in a flat list unless --forest is given.

Beside those of ps there are the columns container, runtime and cpid (the PID that the process sees itself). With
TARGETs, only these: a process and its descendants by PID, pid:PID or self (which is bones); a container's processes by
its name or the beginning of its id.

Names and arguments come from the processes themselves. As with ps, what is not printable becomes "?"; what ps lets
pass although it hides or reorders text becomes an escape such as \u202e. Below 128 levels of the tree, branches are
counted instead of drawn. With --json, arguments are printed whole.`,
		Example: `  bones ps                                      # the tree, like ps axjf
  bones ps --aux --sort -rss                    # the list, the largest first
  bones ps 1234                                 # one process and its descendants
  bones ps web                                  # the processes of a container
  bones ps -o pid,cpid,container,args           # which container, and which PID inside
  bones ps -o pid,user=WHO,netns,args --forest
  bones ps --columns                            # all columns`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.ps(cmd.Context(), &f, args) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.aux, "aux", false, "the columns of ps aux, in a flat list")
	fl.StringArrayVarP(&f.format, "format", "o", nil, "columns, as NAME[:WIDTH][=HEADER],...; may be given several times")
	fl.StringVar(&f.sort, "sort", "", "sort by columns, as [+-]NAME,...; the first counts most")
	fl.BoolVarP(&f.forest, "forest", "f", false, "draw the tree also with --aux, -o and --sort")
	fl.BoolVarP(&f.wide, "wide", "w", false, "do not cut lines at the width of the terminal")
	fl.BoolVar(&f.columns, "columns", false, "list the columns and their headers, and print no process")
	return cmd
}

func (a *app) ps(ctx context.Context, f *psFlags, targets []string) error {
	if f.columns {
		return a.psColumns()
	}
	format := psfmt.AXJF()
	o := psfmt.Options{Forest: f.forest || !f.aux && len(f.format) == 0 && f.sort == ""}
	if f.aux {
		format = psfmt.AUX()
	}
	var err error
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
		want |= psfmt.ObjectWant
	}
	named := a.json || format.Uses("container") || format.Uses("runtime") || slices.ContainsFunc(targets, namesContainer)
	if named {
		want |= inventory.Want
	}
	w, err := a.walker()
	if err != nil {
		return failed(err)
	}
	defer w.Close()
	snap, err := w.Snapshot(ctx, want)
	if err != nil {
		return failed(err)
	}
	var index *inventory.Inventory
	var container func(*procwalk.Process) *psfmt.ContainerObject
	if named {
		if index, err = a.containers(snap); err != nil {
			return failed(err)
		}
		o.Container, o.Runtime, container = index.Label, index.Runtime, processContainer(index)
	}
	if o.Only, err = psOnly(snap, index, targets); err != nil {
		return err
	}
	a.psOptions(&o, f.wide)
	if a.json {
		return failed(object.WriteArray(a.out, psElements(snap, &o, container)))
	}
	return failed(format.Write(a.out, snap, &o))
}

// psElements are the processes that o shows, in JSON.
func psElements(snap *procwalk.Snapshot, o *psfmt.Options, container func(*procwalk.Process) *psfmt.ContainerObject) iter.Seq[any] {
	return func(yield func(any) bool) {
		psfmt.Objects(snap, o, container, func(p *psfmt.Object) bool { return yield(p) })
	}
}

// psOptions fills in what comes from the host and the environment.
func (a *app) psOptions(o *psfmt.Options, wide bool) {
	tz, set := os.LookupEnv("TZ")
	o.Location = glibc.Zone(tz, set)
	o.UTF8 = glibc.UTF8Locale(os.Getenv, "/usr/lib/locale")
	o.Users = psfmt.ReadNames("/etc/passwd")
	o.Groups = psfmt.ReadNames("/etc/group")
	o.TTYs = psfmt.NewTTYs(a.procRoot, "/dev")
	o.Files = psfmt.NewFiles(a.procRoot, "/sys")
	o.Width = lineWidth(a.out, wide, os.Getenv("COLUMNS"))
}

func (a *app) psColumns() error {
	out := bufio.NewWriter(a.out)
	for _, c := range psfmt.Columns() {
		fmt.Fprintf(out, "%-12s %s\n", c.Name, c.Header)
	}
	return failed(out.Flush())
}

// psOnly marks the rows that the targets stand for: the processes of a container, or a process and its descendants;
// nil for no targets, which stands for all rows.
func psOnly(snap *procwalk.Snapshot, index *inventory.Inventory, targets []string) ([]bool, error) {
	if len(targets) == 0 {
		return nil, nil
	}
	tree := procwalk.NewTree(snap)
	only := make([]bool, len(snap.Processes))
	for _, t := range targets {
		var entry *inventory.Container
		var p *procwalk.Process
		var err error
		if namesContainer(t) {
			entry, p, err = findTarget(index, snap, t)
		} else {
			p, err = findProcess(snap, t)
		}
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

// lineWidth returns how many columns a line may have, as ps finds it: those of the terminal, no limit if the output
// is none; COLUMNS overrides both, and wide everything.
//
// Source: procps 4.0.2, src/ps/global.c, set_screen_size.
func lineWidth(out io.Writer, wide bool, columns string) int {
	if wide {
		return psfmt.Unlimited
	}
	if n, err := strconv.ParseInt(columns, 0, 32); err == nil && n > 0 && n < psfmt.Unlimited {
		return int(n)
	}
	f, ok := out.(*os.File)
	if !ok {
		return psfmt.Unlimited
	}
	if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err != nil {
		return psfmt.Unlimited
	}
	for _, fd := range []int{int(f.Fd()), 2, 0} {
		if ws, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err == nil && ws.Col > 0 && ws.Row > 0 {
			return int(ws.Col)
		}
	}
	if tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0); err == nil {
		defer tty.Close()
		if ws, err := unix.IoctlGetWinsize(int(tty.Fd()), unix.TIOCGWINSZ); err == nil && ws.Col > 0 && ws.Row > 0 {
			return int(ws.Col)
		}
	}
	return 80
}
