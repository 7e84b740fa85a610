package pages

import (
	"fmt"
	"path/filepath"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/complete"
	"bones/cmd/bones/internal/copying"
	"bones/cmd/bones/internal/manual"

	"github.com/spf13/cobra"
)

// Manual makes `bones man`, which prints the manual page or writes those of all commands.
func Manual(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIR]",
		Short: "Print the manual page, or write the pages of all commands into a directory",
		Long: `Print the manual page bones.1, or write one page for each command into DIR: bones.1, bones-ps.1, and
so on. The pages are made from the commands themselves and from the table of keys, and do not depend
on when they are made. DIR also gets bones-json.5, which explains every field that the commands
print with --json; bones schema prints the same as a JSON Schema.`,
		Example: "  bones man | man -l -\n  bones man /usr/local/share/man/man1",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, err := fmt.Fprint(p.Out(), manual.Page(c.Root()))
				return command.Failed(err)
			}
			for c := range complete.Commands(c.Root()) {
				if c.Hidden {
					continue
				}
				if err := copying.Replace(filepath.Join(args[0], manual.Name(c)+".1"), []byte(manual.Page(c)), 0o644); err != nil {
					return command.Failed(err)
				}
			}
			return copying.Replace(filepath.Join(args[0], manual.JSONName+".5"), []byte(manual.JSONPage()), 0o644)
		},
	}
}
