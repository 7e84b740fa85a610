// Package tune is `bones tune`: nice value, processors, I/O priority, OOM score and resource limits of running
// processes, to look at and to change.
package tune

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/text"
	"bones/procwalk/tuning"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

type flags struct{ all, yes, dryRun bool }

// Command makes `bones tune`, which shows and changes how the kernel treats processes.
func Command(p command.Program) *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "tune TARGET [NAME=VALUE...]",
		Short: "Nice value, processors, I/O priority, OOM score and limits of a process: show or change them, live",
		Long: `Without NAME=VALUE, show how the kernel treats a process. With NAME=VALUE, change it: all values or
none, with undo. For a container, that is the process that backs it or, with --all, every process of
the container.

  nice=5            from -20, the most processor time, to 19, the least
  cpus=0-1,4        the processors that it may run on
  ioprio=idle       none, idle, best-effort:0 to best-effort:7, realtime:0 to realtime:7
  oom_score_adj=500 how soon the OOM killer takes it: -1000, never, to 1000, first
  nofile=4096:8192  a limit as prlimit has it, SOFT:HARD, SOFT: or :HARD; the limits are as core
                    cpu data fsize locks memlock msgqueue nofile nproc rss rtprio rttime sigpending
                    stack, and nicelimit, which is RLIMIT_NICE; a limit of bytes takes sizes, such
                    as 64M or 1.5G

Linux keeps nice, cpus and ioprio for each thread, and bones changes all threads of the process, as
taskset -a does. Processes that it starts later inherit them; with --all, bones may miss a process
that another one starts at that very moment. A nice value only weighs against the processes of the
same control group, and, if sched_autogroup_enabled is 1, of the same session. cpus never reach
beyond the group's cpuset.

bones refuses to change PID 1 and kernel threads without --yes. On a terminal it asks before it
changes services of the host, or anything that may harm others; a script is not asked.`,
		Example: "  bones tune memcached\n  bones tune 1234 nice=5 cpus=0-1 ioprio=idle\n  bones tune web --all " +
			"oom_score_adj=500 nofile=4096:8192\n  bones tune 1234 nice=10 --dry-run",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				return command.Failed(show(c.Context(), p, args[0], f.all))
			}
			return command.Failed(change(c.Context(), p, args[0], args[1:], f))
		},
	}
	c.Flags().BoolVar(&f.all, "all", false, "show or change every process of the container")
	c.Flags().BoolVar(&f.yes, "yes", false, "do not ask, and allow PID 1 and kernel threads")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	return c
}

func change(ctx context.Context, p command.Program, word string, words []string, f flags) error {
	e, err := Plan(ctx, p.Targets(), word, f.all, words)
	if err != nil {
		return err
	}
	said := effect.Typed
	if f.yes {
		said = effect.Sure
	}
	out, err := p.Perform(ctx, e, f.dryRun, said)
	if err != nil || f.dryRun {
		return err
	}
	if p.JSON() {
		return object.WriteArray(p.Out(), func(yield func(any) bool) { yield(object.NewDone(e, out)) })
	}
	way := "; undo: bones undo"
	if u := e.Undo(); !u.Possible {
		way = "; no undo: " + u.Why
	}
	done, _ := out.Result.(*tuning.Applied)
	if !out.Unchanged {
		fmt.Fprintln(p.Out(), e.Describe()+way)
	}
	return printChanges(p.Out(), done)
}

// mostLines is how many changes are printed, one a line.
const mostLines = 30

func printChanges(out io.Writer, done *tuning.Applied) error {
	if done == nil {
		return nil
	}
	n, left := 0, 0
	for _, t := range done.Changed {
		for i := len(t.Values) - 1; i >= 0; i-- {
			v := t.Values[i]
			if n++; n > mostLines {
				left++
				continue
			}
			if _, err := fmt.Fprintf(out, "  PID %d (%s) %s: %s -> %s\n", t.ID.PID, t.Comm, v.Name, text.Line(v.String()),
				text.Line(v.Left)); err != nil {
				return err
			}
		}
	}
	if left > 0 {
		fmt.Fprintf(out, "  and %d more changes\n", left)
	}
	return nil
}

// read is a process with what it has.
type read struct {
	tuning.Process
	values []tuning.Value
}

func show(ctx context.Context, p command.Program, word string, all bool) error {
	f := p.Targets()
	w, err := Find(ctx, f, word, all)
	if err != nil {
		return err
	}
	var list []read
	for _, s := range w.Subjects {
		values, err := tuning.Read(f.Proc, s.ID)
		if err != nil {
			if errors.Is(err, procwalk.ErrGone) && len(w.Subjects) > 1 {
				continue
			}
			return fmt.Errorf("PID %d (%s): %w", s.ID.PID, s.Comm, err)
		}
		list = append(list, read{s, values})
	}
	if p.JSON() {
		return object.WriteArray(p.Out(), func(yield func(any) bool) {
			for _, r := range list {
				if !yield(object.NewTuned(r.ID.PID, r.Comm, r.values)) {
					return
				}
			}
		})
	}
	var t tint.Table
	if all {
		several(&t, list)
	} else {
		one(&t, list[0])
	}
	return t.Print(p.Out(), p.Colours())
}

// one has a line for each setting.
func one(t *tint.Table, r read) {
	t.Plain("SETTING", "VALUE", "MEANING")
	does := map[string]string{}
	for _, s := range tuning.Settings() {
		does[s.Name] = s.Does
	}
	for _, v := range r.values {
		t.Row(tint.Cell{Text: v.Name}, cell(v), tint.Cell{Text: does[v.Name], Style: rows.Dim})
	}
}

// several has a line for each process, with what is changed most.
func several(t *tint.Table, list []read) {
	t.Plain("PID", "NICE", "CPUS", "IOPRIO", "OOM_SCORE_ADJ", "NOFILE", "COMMAND")
	for _, r := range list {
		by := map[string]tint.Cell{}
		for _, v := range r.values {
			by[v.Name] = cell(v)
		}
		t.Row(tint.Cell{Text: strconv.Itoa(r.ID.PID)}, by[tuning.Nice], by[tuning.CPUs], by[tuning.IOPrio],
			by[tuning.OOM], by["nofile"], tint.Cell{Text: r.Comm.String()})
	}
}

func cell(v tuning.Value) tint.Cell {
	if v.Err != nil {
		return tint.Cell{Text: "(" + fault.Line(v.Err) + ")", Style: rows.Warn}
	}
	return tint.Cell{Text: text.Line(v.String())}
}
