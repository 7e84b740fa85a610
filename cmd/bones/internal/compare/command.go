package compare

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

// Command makes `bones diff`. The command exits with 0 if nothing differs, with 1 if something does, and with 2, 3 or
// 4 if it failed, as diff(1) does.
func Command(p command.Program) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "diff TARGET [TARGET]",
		Short: "How two containers or processes differ, or one from its state in a recording",
		Long: `Compare two containers or processes: image, user, namespaces, limits with the level that binds,
security label, seccomp, capabilities, resource limits, mounts, and the names of environment
variables, never their values. For a container, bones compares the process that backs it. With
--from FILE and one TARGET, its state in the recording (at --at TIME) is compared with now; with
two, both are taken from the recording. A recording holds no mounts and no environment.

The exit status is 0 if nothing differs, 1 if something does, 2 if bones failed, 3 if there is no
such target, 4 if permission is missing. bones names what it could not read on one side, and does
not count it as a difference.`,
		Example: "  bones diff web db\n  bones diff web 1234 --all\n  bones diff web --from FILE --at 03:00\n  bones " +
			"diff web " +
			"db --json",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			err := command.Failed(run(c.Context(), p, args, all))
			var s *command.StatusError
			if errors.As(err, &s) && s.Status == command.ExitFailed && s.Err != nil {
				return &command.StatusError{Status: command.ExitUsage, Err: s.Err} // 1 says that they differ
			}
			return err
		},
	}
	c.Flags().BoolVar(&all, "all", false, "also show what is the same")
	return c
}

func run(ctx context.Context, p command.Program, args []string, all bool) error {
	f := p.Targets()
	if len(args) == 1 && f.Past == nil {
		return command.Usage("name two: bones diff TARGET TARGET, or one TARGET and --from FILE")
	}
	a, err := Gather(ctx, f, args[0])
	if err != nil {
		return err
	}
	if f.Past != nil {
		a.Title += ", " + f.Past.Now.Snapshot.Taken.Local().Format("2006-01-02 15:04:05")
	}
	if len(args) == 1 {
		f.Past = nil
	}
	b, err := Gather(ctx, f, args[len(args)-1])
	if err != nil {
		return err
	}
	for _, side := range []*Side{a, b} {
		side.missing(f)
	}
	list := Rows(a, b)
	if p.JSON() {
		err = object.Write(p.Out(), differences(a, b, list))
	} else {
		err = print(p, a, b, list, all)
	}
	if err == nil && Different(list) {
		return &command.StatusError{Status: command.ExitFailed}
	}
	return err
}

func print(p command.Program, a, b *Side, list []Row, all bool) error {
	for _, line := range notCompared(list) {
		fmt.Fprintln(p.Err(), "bones: diff: "+line)
	}
	var t tint.Table
	t.Plain("SECTION", "WHAT", a.Title, b.Title)
	for _, r := range list {
		style := rows.Changed
		switch {
		case r.Unknown != "":
			continue // see notCompared
		case r.Same() && !all:
			continue
		case r.Same():
			style = rows.Dim
		}
		t.Row(tint.Cell{Text: r.Section}, tint.Cell{Text: r.Name}, tint.Cell{Text: value(r.A), Style: style},
			tint.Cell{Text: value(r.B), Style: style})
	}
	if !Different(list) && !all {
		t = tint.Table{}
		t.Plain("no differences between " + a.Title + " and " + b.Title)
	}
	return t.Print(p.Out(), p.Colours())
}

// notCompared says which facts are not known, a line for each reason: one privilege that is missing hides many.
func notCompared(list []Row) []string {
	var reasons []string
	facts := map[string][]string{}
	for _, r := range list {
		if r.Unknown == "" {
			continue
		}
		what := r.Section + " " + r.Name
		if r.Name == "*" {
			what = r.Section
		}
		if facts[r.Unknown] == nil {
			reasons = append(reasons, r.Unknown)
		}
		facts[r.Unknown] = append(facts[r.Unknown], what)
	}
	for i, why := range reasons {
		reasons[i] = "not compared: " + strings.Join(facts[why], ", ") + ": " + why
	}
	return reasons
}

func differences(a, b *Side, list []Row) object.Difference {
	d := object.Difference{A: a.Title, B: b.Title, Same: !Different(list), Differences: []object.DifferenceFact{},
		Unknown: []object.UnknownFact{}}
	for _, r := range list {
		switch {
		case r.Unknown != "":
			d.Unknown = append(d.Unknown, object.UnknownFact{Section: r.Section, Name: r.Name, Why: r.Unknown})
		case !r.Same():
			d.Differences = append(d.Differences, object.DifferenceFact{Section: r.Section, Name: r.Name, A: r.A, B: r.B})
		}
	}
	return d
}
