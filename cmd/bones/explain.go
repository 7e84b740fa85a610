package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/mountinfo"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/rows"

	"golang.org/x/sys/unix"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain TARGET",
		Short: "Why a process is, or is not, in a container: step by step, with commands",
		Long: `A short walk from the process to what makes a container of it: its row in the process table, its namespaces against the
host's, its users, its control groups and the limits that bind, its root, its capabilities and the filter of its system
calls. Each step says what is seen, what that means, the command that shows it by hand, and what would happen without it.

A container's name means its main process. What may not be read is said, and the walk goes on.`,
		Example: "  bones explain memcached\n  bones explain 1\n  bones explain self --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, x, err := a.snapshotContainers(c.Context())
			if err != nil {
				return err
			}
			p, _, err := findBacking(x, s, args[0])
			if err != nil {
				return err
			}
			facts := a.newExplainer().facts(c.Context(), s, x, p)
			if facts.Detail.Err == procwalk.ErrGone {
				return noTarget("%s: it has ended", text.Sanitise(args[0]))
			}
			facts.Self = p.PID == os.Getpid() && filepath.Clean(a.procRoot) == "/proc"
			e := rows.Explain(facts)
			if a.json {
				return failed(object.Write(a.out, object.NewExplanation(x, args[0], p, e)))
			}
			return failed(a.printExplanation(e))
		},
	}
}

// explainer gathers the facts of one process after another.
type explainer struct {
	procRoot, cgroupRoot string
	reader               *detail.Reader
	users                func(uid uint32) string
	canTrace             bool
}

func (a *app) newExplainer() *explainer {
	return &explainer{procRoot: a.procRoot, cgroupRoot: a.cgroupRoot, reader: detail.NewReader(a.procRoot),
		users: psfmt.ReadNames("/etc/passwd").Name, canTrace: effectiveCapabilities()&(1<<unix.CAP_SYS_PTRACE) != 0}
}

// facts reads what there is to know about a process of a snapshot that was taken with inventory.Want.
func (e *explainer) facts(ctx context.Context, s *procwalk.Snapshot, x *inventory.Inventory, p *procwalk.Process) *rows.ExplainFacts {
	f := &rows.ExplainFacts{ProcRoot: e.procRoot, Snap: s, Process: p, Chain: x.Chain(p), CanTrace: e.canTrace, Users: e.users,
		Detail: e.reader.Read(ctx, p.ID())}
	if c, ok := x.Of(p); ok {
		f.Container = &rows.ExplainContainer{Name: c.Label(), Runtime: string(c.Runtime), Sandbox: c.Sandbox(), PIDs: c.PIDs, Evidence: c.Evidence()}
		for _, o := range x.Outer(c) {
			f.Container.Outer = append(f.Container.Outer, o.Label())
		}
	}
	for _, c := range x.List {
		if q := s.Find(c.PID); q != nil && q.PPID == p.PID && !c.Sandbox() && !x.In(p, c) {
			f.Started = append(f.Started, c.Label())
		}
	}
	f.HostRoot = e.hostRoot(ctx, s, f)
	h, err := cgroupview.Open(cgroupview.Config{Proc: e.procRoot, Root: e.cgroupRoot})
	if err != nil {
		f.GroupsErr = err
		return f
	}
	var lines []container.Line
	for _, l := range p.Cgroups.Lines {
		lines = append(lines, container.Line(l))
	}
	f.Groups = h.Groups(lines)
	f.Limits = explainLimits(h, f.Groups, s.Host.MemTotal)
	return f
}

// hostRoot is what is mounted on the root of the process that stands for the host.
func (e *explainer) hostRoot(ctx context.Context, s *procwalk.Snapshot, f *rows.ExplainFacts) detail.Field[mountinfo.Mount] {
	q := s.Find(nsview.HostOf(s).PID[procwalk.Mnt])
	if q == nil {
		return detail.Field[mountinfo.Mount]{Err: procwalk.ErrNone}
	}
	d := f.Detail
	if q != f.Process {
		d = e.reader.Read(ctx, q.ID())
	}
	switch {
	case d.Err != nil:
		return detail.Field[mountinfo.Mount]{Err: d.Err}
	case d.Mounts.Err != nil:
		return detail.Field[mountinfo.Mount]{Err: d.Mounts.Err}
	}
	return d.Mounts.Value.Root
}

// explainLimits are the limits that bind a process in these groups.
func explainLimits(h *cgroupview.Host, g cgroupview.Groups, total uint64) []rows.ExplainLimit {
	var list []rows.ExplainLimit
	add := func(what string, own *cgroupview.Group, file string, l cgroupview.Limit) {
		limit := rows.ExplainLimit{What: what, Limit: l, Own: l.From != nil && l.From.Ino == own.Ino && l.From.Dev == own.Dev}
		if l.From != nil {
			limit.File = text.New(filepath.Join(l.From.Dir.Raw(), file))
		} else if f, err := h.File(own, file); err == nil && f.Err == nil {
			limit.File = text.New(filepath.Join(own.Dir.Raw(), file))
		}
		list = append(list, limit)
	}
	sample := h.Sample(g, total)
	if own := g.With("memory"); own != nil {
		file := "memory.max"
		if own.Hierarchy.Version == 1 {
			file = "memory.limit_in_bytes"
		}
		add("memory", own, file, sample.MemoryLimit)
	}
	if own := g.With("pids"); own != nil {
		add("tasks", own, "pids.max", sample.PIDsLimit)
	}
	if own := g.With("cpu"); own != nil {
		add("CPU", own, cgroupview.QuotaFile(own.Hierarchy), h.CPUQuota(own))
	}
	return list
}

// explainWidth is how wide text is where there is no terminal, and the most that is well read on one.
const explainWidth = 100

// printExplanation prints the walk as text. Commands stand on one line each, however long, to be copied.
func (a *app) printExplanation(e *rows.Explanation) error {
	wide := max(min(lineWidth(a.out, false, ""), explainWidth), 30)
	out := bufio.NewWriter(a.out)
	const indent = 3
	for i, s := range e.Sections() {
		label := 0
		for _, l := range s.Lines {
			label = max(label, min(len(l.Label)+2, 16))
		}
		if i == 0 {
			label = -indent
		} else {
			fmt.Fprintf(out, "\n%s\n", s.Title)
		}
		for _, l := range s.Lines {
			parts := []string{l.Value}
			if l.Label != "by hand" {
				parts = rows.Wrap(l.Value, wide-indent-label)
			}
			for n, part := range parts {
				head := l.Label
				if n > 0 {
					head = ""
				}
				if len(head) >= label && head != "" { // longer than its column
					head += " "
				}
				fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%*s%-*s%s", max(indent+min(label, 0), 0), "", max(label, 0), head, part), " "))
			}
		}
	}
	return out.Flush()
}

// explainBackend fills in what the terminal UI needs to explain. It reads the process table anew, for a view may not have
// all that it takes.
func (a *app) explainBackend(b *ui.Backend) {
	e := a.newExplainer()
	b.Explain = func(ctx context.Context, id procwalk.ID) (*rows.Explanation, error) {
		s, x, err := a.snapshotContainers(ctx)
		if err != nil {
			return nil, err
		}
		p := s.FindID(id)
		if p == nil {
			return nil, fmt.Errorf("PID %d: %w", id.PID, procwalk.ErrGone)
		}
		return rows.Explain(e.facts(ctx, s, x, p)), nil
	}
}
