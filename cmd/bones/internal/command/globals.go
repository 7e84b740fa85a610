package command

import (
	"fmt"

	"github.com/spf13/pflag"
)

// Globals are the flags of a command line that say on which host the program works and how, whatever the command is.
// The program gives them to every process of its own that it starts, always all of them: one that was forgotten would
// have the child work on another host, or write into another journal.
type Globals struct {
	HostRoot, Proc, Cgroups string
	Source, Journal         string // empty: as if the flag was not given
	Readonly, NoColor       bool
}

// Args are the flags again. That of the host's root comes first, since it sets those of proc and the control groups.
func (g Globals) Args() (args []string) {
	for _, f := range []struct{ name, value string }{{"host-root", g.HostRoot}, {"proc", g.Proc},
		{"cgroup", g.Cgroups}, {"source", g.Source}, {"journal", g.Journal}} {
		if f.value != "" {
			args = append(args, "--"+f.name+"="+f.value)
		}
	}
	return append(args, fmt.Sprintf("--readonly=%v", g.Readonly), fmt.Sprintf("--no-color=%v", g.NoColor))
}

// ParseGlobals reads what Args wrote, in a process that is no command.
func ParseGlobals(args []string) (g Globals, err error) {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.StringVar(&g.HostRoot, "host-root", "", "")
	f.StringVar(&g.Proc, "proc", "", "")
	f.StringVar(&g.Cgroups, "cgroup", "", "")
	f.StringVar(&g.Source, "source", "", "")
	f.StringVar(&g.Journal, "journal", "", "")
	f.BoolVar(&g.Readonly, "readonly", false, "")
	f.BoolVar(&g.NoColor, "no-color", false, "")
	if err := f.Parse(args); err != nil {
		return g, err
	}
	if f.NArg() > 0 {
		return g, fmt.Errorf("%d words that are no flags", f.NArg())
	}
	return g, nil
}
