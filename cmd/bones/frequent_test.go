package main

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestFrequentCommandsAreTheSame: a command that is made without the others is the one among them, and what names no
// such command has all of them.
func TestFrequentCommandsAreTheSame(t *testing.T) {
	a := &app{}
	all := a.rootCommand()
	told := func(c *cobra.Command) (list []string) {
		list = append(list, c.CommandPath(), c.Use, c.Long, c.UsageString())
		c.Flags().VisitAll(func(f *pflag.Flag) { list = append(list, f.Name, f.Shorthand, f.DefValue, f.Usage) })
		return list
	}
	for _, name := range []string{"ps", "ns", "containers", "ls", "stats", "pid", "top", "which", "enter"} {
		root := a.rootFor([]string{"--proc", "undo", "--json", name, "kill", "--help"})
		if n := len(root.Commands()); n != 1 {
			t.Errorf("%s: %d commands are made", name, n)
		}
		one, _, err := root.Find([]string{name})
		same, _, err2 := all.Find([]string{name})
		if err != nil || err2 != nil || !slices.Equal(told(one), told(same)) {
			t.Errorf("%s: %v, %v: it is not the same as among all:\n%q\n%q", name, err, err2, told(one), told(same))
		}
	}
	for _, words := range [][]string{nil, {"help", "ps"}, {"pss"}, {"--json"}, {"--", "ps"}, {"__complete", "ps", ""},
		{"files", "ps"}} {
		if got, want := len(a.rootFor(words).Commands()), len(all.Commands()); got != want {
			t.Errorf("%q: %d commands of %d", words, got, want)
		}
	}
}
