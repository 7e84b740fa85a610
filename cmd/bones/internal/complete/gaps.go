package complete

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Gaps says, one line each, of which arguments and values of flags below root nothing is known here, and which flags
// are known that are not there: a new argument or flag is to be given its completion. free are the flags whose values
// nobody can guess.
func Gaps(root *cobra.Command, free []string) []string {
	var gaps []string
	flags, known, there := flagCompleters(), (&resolver{}).completers(), map[string]bool{}
	for c := range Commands(root) {
		if c.Hidden || c.Name() == "help" {
			continue
		}
		places, _ := Arguments(c.Use)
		for _, argument := range places {
			if _, ok := known[argument]; !ok && !c.HasSubCommands() {
				gaps = append(gaps, fmt.Sprintf("%s: nothing is known of the argument %s", c.CommandPath(), argument))
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			name := flagName(c, f)
			there[name] = true
			if _, ok := flags[name]; !ok && f.Value.Type() != "bool" && f.NoOptDefVal == "" &&
				!slices.Contains(free, "--"+f.Name) {
				gaps = append(gaps, name+": nothing is known of its value")
			}
		})
	}
	for name := range flags {
		if !there[name] {
			gaps = append(gaps, name+": there is no such flag")
		}
	}
	return gaps
}
