// Package which is the command that says which container owns a process, and what proves it.
package which

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
	"bones/procwalk/virt"
	"bones/procwalk/virt/machines"
	"bones/ui/rows"
)

// Command makes `bones which`, which prints the containers that own a process, with the evidence.
func Command(p command.Program) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "which PID...",
		Short: "Which container owns a process, and which PID the process has inside",
		Long: `Print which container a process belongs to; for a container in a container all of them, the
innermost last. Then print the PID that the process sees itself, and the evidence: the name of its
control group, and what engines have on disk. bones asks no engine.

With --all, print all processes of this host in one table. With --json, print an array with an
object for each PID.`,
		Example: "  bones which 1234\n  bones which self --json\n  bones which $(pgrep memcached)\n  bones which --all",
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return command.Usage("give PIDs, or --all and none")
			}
			return run(c.Context(), p, args, all)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "print all processes of this host, in one table")
	return c
}

func run(ctx context.Context, program command.Program, args []string, all bool) error {
	read := program.Targets().Containers
	if len(args) == 1 {
		read = func(ctx context.Context) (*procwalk.Snapshot, *inventory.Inventory, error) {
			return program.Targets().Owner(ctx, args[0])
		}
	}
	s, x, err := read(ctx)
	if err != nil {
		return command.Failed(err)
	}
	var list []*procwalk.Process
	var missing error
	for _, arg := range args {
		p, err := command.FindProcess(s, arg)
		if err != nil {
			err = cmp.Or(x.NotRunning(arg), err)
			missing = err
			if len(args) > 1 {
				fmt.Fprintln(program.Err(), "bones: "+fault.Line(err))
				missing = &command.StatusError{Status: statusOf(err)}
			}
			continue
		}
		list = append(list, p)
	}
	if all {
		for i := range s.Processes {
			list = append(list, &s.Processes[i])
		}
	}
	out := bufio.NewWriter(program.Out())
	switch {
	case program.JSON():
		err = object.WriteArray(out, func(yield func(any) bool) {
			for _, p := range list {
				w := object.NewWhich(x, p)
				if g, is := guest(program, p, all); is {
					w.Machine = object.NewGuest(&g)
					if w.Container == nil {
						w.Kind = "vm"
					}
				}
				if !yield(w) {
					return
				}
			}
		})
	case all:
		err = whichTable(out, program, x, list)
	default:
		for i, p := range list {
			if i > 0 {
				fmt.Fprintln(out)
			}
			whichText(out, x, p)
			if g, is := guest(program, p, false); is {
				fmt.Fprintf(out, "  a virtual machine: %s\n  - %s\n  - %s\n", rows.GuestTitle(&g), g.Guest.Evidence,
					rows.GuestSays)
			} else if g.Sandbox == virt.GVisor {
				fmt.Fprintln(out, "  it is gVisor's own kernel: a program, not a virtual machine, although it may use KVM")
			}
		}
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return command.Failed(err)
	}
	return missing
}

// guest is the virtual machine that a process is. Among all processes only those are looked into whose name is that of
// a program which runs machines.
func guest(program command.Program, p *procwalk.Process, among bool) (machines.GuestProcess, bool) {
	if among && !machines.Candidate(p) {
		return machines.GuestProcess{}, false
	}
	return program.Targets().Guest(p)
}

// statusOf returns the exit status that an error leads to.
func statusOf(err error) int {
	var s *command.StatusError
	errors.As(command.Failed(err), &s)
	return s.Status
}

// whichText prints all about one process.
func whichText(w io.Writer, x *inventory.Inventory, p *procwalk.Process) {
	chain := x.Chain(p)
	inside := "?"
	if n := inventory.InsidePID(p); n > 0 {
		inside = strconv.Itoa(n)
	}
	fmt.Fprintf(w, "%d (%s) sees itself as PID %s\n", p.PID, p.Comm, inside)
	if p.Cgroups.Err != nil {
		fmt.Fprintln(w, "  its control groups could not be read: "+fault.Line(p.Cgroups.Err))
	}
	for i, e := range chain {
		fmt.Fprintf(w, "%s%s\n", strings.Repeat("  ", min(i, 20)+1), entryLine(e, x.ChainEntry(p, i)))
	}
	c, ok := x.Of(p)
	if !ok {
		if role := x.Role(p); role != "" {
			fmt.Fprintln(w, "  "+role)
		}
		fmt.Fprintln(w, "  in no container")
		return
	}
	if x.Guest(p) {
		fmt.Fprintln(w, "  - it is in the container's pid namespace, as what nsenter runs is, and in none of its control "+
			"groups")
	}
	for _, line := range c.Evidence() {
		fmt.Fprintln(w, "  - "+line)
	}
	for _, err := range c.Info.Errors {
		fmt.Fprintln(w, "  ! "+fault.Line(err))
	}
}

// entryLine says what one entry of a chain is.
func entryLine(e container.ChainEntry, known *inventory.Container) string {
	switch e.Kind {
	case container.Sandbox:
		return "unnamed sandbox"
	case container.Container:
		runtime, line := e.Runtime, ""
		if known != nil {
			runtime = known.Runtime
		}
		if runtime == container.Unknown {
			runtime = "container of an unknown engine"
		}
		line = string(runtime) + " " + e.ID.String()
		if known == nil {
			return line
		}
		switch {
		case known.Pause():
			line += ", the pause container that holds the pod's namespaces"
		case known.Name.Len() > 0 && known.Name != e.ID:
			line += " " + known.Name.String()
		}
		if known.Info.Image.Len() > 0 {
			line += ", image " + known.Info.Image.String()
		}
		if pod := known.Pod(); pod.Len() > 0 {
			line += ", pod " + pod.String()
		}
		return line
	case container.Conmon:
		return fmt.Sprintf("beside the %s container %s, which it looks after", e.Runtime, e.ID)
	case container.Pod:
		return fmt.Sprintf("%s pod %s, in none of its containers", e.Runtime, e.PodUID)
	}
	if e.Unit.Len() > 0 {
		line := e.Kind.String() + " " + e.Unit.String()
		if e.ID.Len() > 0 {
			line += fmt.Sprintf(" (%s %s)", e.Runtime, e.ID)
		}
		return line
	}
	return e.Kind.String() + " " + e.Group.String()
}

// whichTable prints a line for each process.
func whichTable(out io.Writer, program command.Program, x *inventory.Inventory, list []*procwalk.Process) error {
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "PID\tINSIDE\tKIND\tRUNTIME\tCONTAINER\tCOMMAND")
	for _, p := range list {
		chain := x.Chain(p)
		var names, runtimes []string
		for i, e := range chain {
			if known := x.ChainEntry(p, i); known != nil {
				names = append(names, known.Label().String())
				if known.Runtime != container.Unknown {
					runtimes = append(runtimes, string(known.Runtime))
				}
			} else if e.Kind == container.Conmon || e.Kind == container.Pod {
				names = append(names, e.Kind.String()+":"+inventory.ShortID(text.New(cmp.Or(e.ID.Raw(), e.PodUID.Raw()))).String())
			}
		}
		inside := "?"
		if n := inventory.InsidePID(p); n > 0 {
			inside = strconv.Itoa(n)
		}
		kind := chain.Innermost().Kind.String()
		if g, is := guest(program, p, true); is {
			kind = "vm"
			if len(names) == 0 {
				names = append(names, "vm:"+g.Label().String())
			}
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", p.PID, inside, kind,
			dash(strings.Join(runtimes, " > ")),
			dash(strings.Join(names, " > ")), p.Comm)
	}
	return w.Flush()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
