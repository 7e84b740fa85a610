package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bones/cgroupview/owner"

	"bones/cgroupview"
	"bones/cgroupview/edit"
	"bones/cgroupview/statistics"
	"bones/cmd/bones/internal/memory"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/target"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk/fault"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

func (a *app) cgroupCommand() *cobra.Command {
	var stat, memoryOnly bool
	c := &cobra.Command{
		Use:   "cgroup TARGET [FILE]",
		Short: "The control groups of a target, in every hierarchy, with their files and values",
		Long: `Show, for each hierarchy, the group that a line of /proc/PID/cgroup names: its directory, its files
and their values. That line only names the group; the limits are in the cgroup file system. A +
marks the files that bones set can change.

With FILE, print only the content of that file, unchanged.`,
		Example: "  bones cgroup memcached\n  bones cgroup memcached memory.limit_in_bytes\n  bones cgroup self --json\n" +
			"  bones cgroup memcached --memory\n  bones cgroup cgroup:/docker",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			h, err := a.cgroupHostFor(args[0])
			if err != nil {
				return err
			}
			t, err := a.targetGroupsToRead(c.Context(), h, args[0])
			if err != nil {
				return err
			}
			a.sayAsides()
			switch {
			case memoryOnly:
				return failed(memory.Print(program{a}, h, t))
			case len(args) == 2:
				return a.cgroupFile(h, t, args[1])
			case a.json:
				return failed(a.cgroupJSON(h, t))
			}
			out := bufio.NewWriter(a.out)
			for i, g := range slices.Concat(t.Groups.List, t.Groups.Inner) {
				if i > 0 {
					fmt.Fprintln(out)
				}
				printGroup(out, h, t, g)
			}
			for _, e := range t.Groups.Errors {
				fmt.Fprintf(out, "\n%s %s: %s\n", e.Line.Controllers, e.Line.Path, fault.Line(e.Err))
			}
			printTrouble(out, h, t)
			if stat {
				numbers, err := statistics.Of(t.Groups)
				for _, n := range numbers {
					fmt.Fprintf(out, "%s %d\n", text.Line(n.Name), n.Value)
				}
				if err != nil {
					return failed(errors.Join(out.Flush(), err))
				}
			}
			return failed(out.Flush())
		},
	}
	c.Flags().BoolVar(&memoryOnly, "memory", false,
		"show what its memory is made of, as a bar against the limit that binds")
	c.Flags().BoolVar(&stat, "stat", false, "also print the statistics that containerd/cgroups gathers")
	return c
}

// printGroup prints one directory and its files.
func printGroup(out *bufio.Writer, h *cgroupview.FileSystem, t *target.GroupTarget, g *cgroupview.Group) {
	fmt.Fprintf(out, "%s  %s\n", g.Hierarchy, g.Dir)
	if o := owner.Of(h, g, t.Chain); o.Unit.Len() > 0 || o.TakesBack != "" {
		fmt.Fprintf(out, "  # %s\n", strings.Trim(o.Unit.String()+"; "+o.TakesBack, "; "))
	}
	files, err := h.Files(g)
	if err != nil {
		fmt.Fprintf(out, "  %s\n", fault.Line(err))
		return
	}
	for _, f := range files {
		mark := " "
		if ok, _ := f.Editable(); ok {
			mark = "+"
		}
		value := ""
		switch {
		case f.Err != nil:
			value = "(" + fault.Line(f.Err) + ")"
		case strings.Contains(f.Value.Raw(), "\n"):
			var lines strings.Builder // some files have thousands
			for line := range strings.Lines(f.Value.Raw()) {
				lines.WriteString("\n      " + text.Line(strings.TrimSuffix(line, "\n")))
			}
			value = lines.String()
		default:
			value = text.Line(f.Value.Raw())
		}
		if f.Truncated {
			value += "\n      (" + cutNote() + ")"
		}
		fmt.Fprintf(out, "  %s %s %s\n", mark, f.Name, value)
		if binds := binding(h, g, g, f.Name.Raw()); binds != "" {
			fmt.Fprintf(out, "      what binds is %s\n", binds)
		}
	}
}

// binding says of a limit which one binds in its place the processes of a group, g itself or one below it; empty if it
// is this one that binds.
func binding(h *cgroupview.FileSystem, g, in *cgroupview.Group, file string) string {
	r, ok := cgroupview.ResourceOf(file)
	if !ok || file == "cpu.cfs_period_us" {
		return ""
	}
	l := h.Effective(in, file)
	if l.Err != nil || l.Unlimited || l.From != nil && l.From.Ino == g.Ino && l.File == file {
		return ""
	}
	what := edit.Amount(r, l.Value)
	switch {
	case l.From == nil:
		what += ", set by a group around that is not seen from here"
	case l.File != file:
		what += ", set by " + l.From.Dir.String() + " in " + text.Sanitise(l.File)
	default:
		what += ", set by " + l.From.Dir.String()
	}
	return what
}

// printTrouble prints what tells of trouble: out of memory, limits reached, throttling, pressure.
func printTrouble(out *bufio.Writer, h *cgroupview.FileSystem, t *target.GroupTarget) {
	health := h.Health(t.Groups)
	for _, e := range health.Events {
		if e.Count > 0 {
			fmt.Fprintf(out, "! %s of %s: %d\n", text.Line(e.Name), text.Line(e.File), e.Count)
		}
	}
	for _, x := range health.Throttled {
		if x.Times > 0 {
			fmt.Fprintf(out, "! throttled %s\n", rows.ThrottleText(x))
		}
	}
	for _, p := range health.Pressure {
		if p.Avg10 >= 1 {
			which := "some"
			if p.Full {
				which = "all"
			}
			fmt.Fprintf(out, "! %s tasks waited for %s in %.1f %% of the last 10 s\n", which, p.Resource, p.Avg10)
		}
	}
}

// cutNote says that a file is longer than what is read of it.
func cutNote() string {
	return "longer than " + rows.Size(cgroupview.MaxValue) + ": only the lines up to there; the file itself has the " +
		"others"
}

// cgroupFile prints one file.
func (a *app) cgroupFile(h *cgroupview.FileSystem, t *target.GroupTarget, name string) error {
	var last error = noTarget("%s: no group of %s has such a file", text.Sanitise(name), t.Name)
	for _, g := range t.Groups.List {
		f, err := h.File(g, name)
		if errors.Is(err, cgroupview.ErrUnsupported) {
			continue
		}
		if err == nil {
			err = f.Err
		}
		if err != nil {
			last = failed(err)
			continue
		}
		if f.Truncated {
			fmt.Fprintf(a.err, "bones: %s: %s\n", f.Name, cutNote())
		}
		in := g
		for _, x := range t.Groups.Inner {
			if x.Hierarchy == g.Hierarchy {
				in = x
			}
		}
		if binds := binding(h, g, in, name); binds != "" {
			fmt.Fprintln(a.err, "bones: what binds is "+binds)
		}
		value := strings.TrimSuffix(f.Value.Raw(), "\n")
		if terminal.IsTerminal(a.out) {
			value = ""
			for line := range strings.Lines(f.Value.Raw()) {
				value += text.Line(strings.TrimSuffix(line, "\n")) + "\n"
			}
			value = strings.TrimSuffix(value, "\n")
		}
		_, err = fmt.Fprintln(a.out, value)
		return failed(err)
	}
	return last
}

func (a *app) cgroupJSON(h *cgroupview.FileSystem, t *target.GroupTarget) error {
	return object.WriteArray(a.out, object.EachAs(slices.Concat(t.Groups.List, t.Groups.Inner),
		func(g **cgroupview.Group) any { return object.NewGroup(h, *g, owner.Of(h, *g, t.Chain)) }))
}
