package healthreport

import (
	"context"
	"fmt"
	"strings"

	"bones/cgroupview/inventory/health"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/procwalk/fault"
	"bones/procwalk/span"

	"github.com/spf13/cobra"
)

// Command makes `bones health`, which judges the host, a container, a control group or a process.
func Command(p command.Program) *cobra.Command {
	var check bool
	var over string
	c := &cobra.Command{
		Use:   "health [TARGET]",
		Short: "What is the matter: ranked findings with evidence, and what would help",
		Long: `Find out what is the matter with a container, a control group or a process, or, without a TARGET,
with the whole host and all of its containers. The findings are listed worst first, each with its
evidence, the commands that show the same by hand, and what would help. Every finding has a
threshold in the table below. What could not be judged is listed with the reason.

bones reads this host twice, a second apart (--over), to tell what lasts from what passes. With
--from it looks at the last hour of a recording, up to --at. It then also knows trends, peaks and
since when something has been so, and which memory limit would fit the recorded peak, with a margin
of a quarter.

With --check bones prints one line as monitoring plugins do, and exits with their status: 0 OK (also
with notes), 1 WARNING, 2 CRITICAL, 3 UNKNOWN if nothing could be judged. Without it the exit status
does not depend on the findings.

` + Table(),
		Example: "  bones health\n  bones health web\n  bones health cgroup:/system.slice/ssh.service --json\n" +
			"  bones health web --from /var/lib/bones/recording --over 12h\n  bones health --check",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			word := strings.Join(args, "")
			if len(args) == 1 && word == "" {
				return command.Usage("an empty TARGET names nothing")
			}
			r, err := run(c.Context(), p, word, over)
			switch {
			case err != nil && check:
				line, status := Unknown(fault.Line(err))
				return said(p, line, status)
			case err != nil:
				return command.Failed(err)
			case check:
				line, status := Check(r)
				if why := starved(r); why != nil && status == 0 {
					line, status = Unknown(fault.Line(why))
				}
				return said(p, line, status)
			case p.JSON():
				return command.Failed(object.Write(p.Out(), object.NewHealth(r)))
			}
			return command.Failed(Print(p.Out(), r))
		},
	}
	c.Flags().BoolVar(&check, "check", false, "print one line, and exit with the status of a monitoring plugin")
	c.Flags().StringVar(&over, "over", "", "look at this `TIME`: between two readings of this host (default: 1s; 0: "+
		"read it once), or back from the moment of a recording (default: 1h)")
	return c
}

// said prints the line of a plugin, and ends with its status.
func said(p command.Program, line string, status int) error {
	if _, err := fmt.Fprintln(p.Out(), line); err != nil {
		return command.Failed(err)
	}
	if status == 0 {
		return nil
	}
	return &command.StatusError{Status: status}
}

func run(ctx context.Context, p command.Program, word, over string) (*health.Report, error) {
	g := Gatherer{Finder: p.Targets()}
	if over != "" {
		var err error
		if g.Over, err = span.Interval(over, 0, span.Longest); err != nil {
			_, err = span.Parse(over) // it takes what the other does but for mere seconds, and says more of long spans
			return nil, command.Usage("--over %w", err)
		}
		g.Once = g.Over == 0
	}
	source, done, err := p.Moments()
	if err != nil {
		return nil, err
	}
	defer done()
	g.Source = source
	r, err := g.Report(ctx, word)
	if err == nil {
		p.Targets().Missing("health", starved(r))
	}
	return r, err
}

// starved is why something could not be judged though nothing but descriptors was missing; nil: nothing is.
func starved(r *health.Report) error {
	for _, u := range r.Unknown {
		if fault.Starved(u.Err) {
			return u.Err
		}
	}
	return nil
}

// Table is the table of findings, for the help and the manual page.
func Table() string {
	var b strings.Builder
	b.WriteString("The findings, their measure, and their thresholds:\n")
	for _, r := range health.Rules {
		fmt.Fprintf(&b, "\n%s: %s.\n%s.\n%s.\n", r.Name, r.Finds, capital(r.Measure), capital(r.Thresholds()))
		if r.Needs != "" {
			fmt.Fprintf(&b, "It takes %s.\n", r.Needs)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Markdown is the table for the README.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| finding | is | measure | thresholds | takes |\n|---|---|---|---|---|\n")
	for _, r := range health.Rules {
		needs := r.Needs
		if needs == "" {
			needs = "one moment"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Name, r.Finds, r.Measure, r.Thresholds(), needs)
	}
	return b.String()
}
