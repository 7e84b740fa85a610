package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/spaces"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/text"
)

// nsFlags are the options of `bones ns`.
type nsFlags struct {
	all, tree, diff, matrix bool
	types                   []string
}

func (a *app) nsCommand() *cobra.Command {
	var f nsFlags
	cmd := &cobra.Command{
		Use:   "ns [NAMESPACE|TARGET]",
		Short: "Namespaces: who shares what with whom",
		Long: `List all namespaces that processes are in, each with its process of the lowest PID. --all adds the
namespaces without a process: those that are mounted somewhere, open in a process, used by a socket
or by a single thread, or the parent or owner of another. For these, COMMAND says in parentheses
what keeps them alive.

With a NAMESPACE bones prints who is in it, what keeps it alive, and what it isolates. A NAMESPACE
is ns:INODE with the number from the column NS, net:INODE or net:[INODE] if bones is to check its
type, an INODE alone, netns:NAME of ip netns, or ns:/FILE if it is mounted on a file. enter, net,
ports and reach take the same forms.

With a TARGET bones prints the target's eight namespaces, and whether each is its own, the host's or
a neighbour's, that is, one that processes other than its descendants are in, too. The host is PID 1
or, if bones may not look into that, the process closest to it.

With --matrix bones prints a row for the host and for each container, virtual machine and systemd
service, and a column for each of the eight types: the namespace is the row's own, the host's, or
shared, and with whom. A * means that not all of its processes are in it. --all adds sandboxes,
which no engine knows.`,
		Example: `  bones ns                          # all types, like lsns
  bones ns --type net --all         # network namespaces, also those kept by ip netns
  bones ns --tree                   # parents and owners
  bones ns 4026531840               # one namespace: its members and what it holds
  bones ns netns:blue               # one of ip netns
  bones ns 1234                     # the namespaces of a process
  bones ns --diff 1 1234            # where two processes differ
  bones ns --matrix                 # who shares what with whom`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case f.matrix && (f.diff || f.tree || len(args) > 0):
				return usage("--matrix has a row for each container and service: give no TARGET, --diff or --tree with it")
			case f.diff && len(args) != 2:
				return usage("--diff compares two processes: give two TARGETs")
			case !f.diff && len(args) > 1:
				return usage("give one NAMESPACE or TARGET, or two TARGETs with --diff")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.ns(cmd.Context(), &f, args) },
	}
	fl := cmd.Flags()
	fl.BoolVarP(&f.all, "all", "a", false, "also list namespaces that no process is in")
	fl.BoolVar(&f.tree, "tree", false, "list each below its parent or owner")
	fl.BoolVar(&f.diff, "diff", false, "compare the namespaces of two processes")
	fl.BoolVar(&f.matrix, "matrix", false, "print a row for each container and service, and a column for each type")
	fl.StringSliceVarP(&f.types, "type", "t", nil, "list only these `TYPES`: cgroup, ipc, mnt, net, pid, time, user, uts")
	return cmd
}

func (a *app) ns(ctx context.Context, f *nsFlags, args []string) error {
	keep, err := nsKeep(f.types)
	if err != nil {
		return err
	}
	var one spaces.Ref
	isSpace := false
	if len(args) == 1 {
		if one, isSpace, err = spaces.Parse(args[0]); err != nil {
			return usage("%w", err)
		}
	}
	want := procwalk.WantNS | inventory.Want
	// The plain table needs least, and is what is run over and over.
	lean := len(args) == 0 && !f.all && !f.tree && !a.json && !f.matrix && a.past == nil
	if a.past != nil {
		facts := a.past.Facts
		switch {
		case one.File != "":
			return usage("%s: a recording has no files of namespaces; name it by its INODE", text.Sanitise(args[0]))
		case (f.all && !f.matrix || isSpace) && (facts == nil || !facts.Whole):
			return usage("what holds a namespace beside processes is only in a snapshot: bones snapshot writes one; a " +
				"recording has the namespaces that processes were in, and with --tree their parents and owners")
		case f.tree && (facts == nil || facts.NamespacesErr != nil):
			return failed(fmt.Errorf("--from: parents and owners of namespaces: %w",
				cmp.Or(facts.WhyNoNamespaces(), seldom.ErrNone)))
		}
		if f.all || f.tree || isSpace || a.json {
			a.sayAsides()
		}
	}
	read, err := listing.ReadNamespaces(ctx, a.targets(), want, lean)
	if err != nil {
		return failed(err)
	}
	defer read.Reader.Close()
	read.Keep = keep
	r := &nsRun{a, read, ctx}
	switch {
	case f.matrix:
		return r.matrix(f)
	case f.diff:
		return r.diff(args)
	case isSpace:
		return r.one(one)
	case len(args) == 1:
		return r.target(args[0])
	}
	return r.list(f)
}

// nsKeep makes the filter of --type.
func nsKeep(types []string) (func(*nsview.Namespace) bool, error) {
	var wanted [procwalk.NSTypes]bool
	for _, name := range types {
		t, found := nsview.TypeOf(name)
		if !found {
			return nil, usage("%q is not a type of namespace; the types are cgroup, ipc, mnt, net, pid, time, user, "+
				"uts", name)
		}
		wanted[t] = true
	}
	return func(n *nsview.Namespace) bool { return len(types) == 0 || wanted[n.Type] }, nil
}
