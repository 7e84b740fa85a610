// Package pages has the commands that print what bones says of itself: help, the manual, and completion scripts.
package pages

import (
	"bones/cmd/bones/internal/command"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// Help makes `bones help`, which prints the help of a command.
func Help() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]...",
		Short:   "Help about a command",
		Example: "  bones help\n  bones help files put",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 || about.Hidden {
				return command.Usage("there is no command %s; `bones help` lists the commands", text.Sanitise(args[len(args)-1]))
			}
			about.InitDefaultHelpFlag()
			return command.Failed(about.Help())
		},
	}
}
