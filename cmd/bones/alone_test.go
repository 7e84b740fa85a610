package main

import (
	"slices"
	"testing"

	"bones/cmd/bones/internal/habits"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestCommandsMadeAloneAreTheSame: a command that is made without the others is the one among them, by whatever name,
// and what names no such command has all of them.
func TestCommandsMadeAloneAreTheSame(t *testing.T) {
	a := &app{}
	all := a.rootCommand()
	var told func(c *cobra.Command) []string
	told = func(c *cobra.Command) (list []string) {
		list = append(list, c.CommandPath(), c.Use, c.Long, c.UsageString())
		c.Flags().VisitAll(func(f *pflag.Flag) { list = append(list, f.Name, f.Shorthand, f.DefValue, f.Usage) })
		for _, sub := range c.Commands() {
			list = append(list, told(sub)...)
		}
		return list
	}
	knowOthers := []string{"completion", "help", "kubectl", "man", "schema"}
	names := []string{"exec", "pause", "unpause"} // as other tools call them
	for _, c := range all.Commands() {
		if !slices.Contains(knowOthers, c.Name()) {
			names = append(append(names, c.Name()), c.Aliases...)
		}
	}
	if len(names) < 35 {
		t.Errorf("only %q are made alone", names)
	}
	for _, name := range names {
		root := a.rootFor([]string{"--proc", "undo", "--json", name, "kill", "--help"})
		if n := len(root.Commands()); n != 1 {
			t.Errorf("%s: %d commands are made", name, n)
		}
		one, _, err := root.Find([]string{habits.Own(name)})
		same, _, err2 := all.Find([]string{habits.Own(name)})
		if err != nil || err2 != nil || !slices.Equal(told(one), told(same)) {
			t.Errorf("%s: %v, %v: it is not the same as among all:\n%q\n%q", name, err, err2, told(one), told(same))
		}
	}
	for _, words := range [][]string{nil, {"help", "ps"}, {"pss"}, {"--json"}, {"--", "ps"}, {"__complete", "ps", ""},
		{"kubectl", "ps"}, {"schema"}, {"man"}, {"completion", "bash"}, {"help"}} {
		if got, want := len(a.rootFor(words).Commands()), len(all.Commands()); got != want {
			t.Errorf("%q: %d commands of %d", words, got, want)
		}
	}
}
