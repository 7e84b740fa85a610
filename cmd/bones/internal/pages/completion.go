package pages

import (
	"errors"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/complete"

	"github.com/spf13/cobra"
)

// Completion makes `bones completion`, which prints the completion script of a shell.
func Completion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a completion script for bash, zsh or fish",
		Long: `Print a script that bash, zsh or fish reads when it starts. Tab then completes commands and flags,
and whatever exists at that moment: containers, processes, control groups and their files, the files
of a container, and values.

Names that hold blanks, or characters that mean something to a shell, are not offered. Neither is
anything that takes longer than a second to find out, or that needs privilege.`,
		Example: "  bones completion bash > /etc/bash_completion.d/bones\n  bones completion zsh > " +
			"/usr/local/share/zsh/site-functions/_bones\n" +
			"  bones completion fish > ~/.config/fish/completions/bones.fish",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			script, err := complete.Script(c.Root(), args[0])
			if errors.As(err, new(*complete.ShellError)) {
				return command.Usage("%w", err)
			}
			if err != nil {
				return command.Failed(err)
			}
			_, err = c.OutOrStdout().Write(script)
			return command.Failed(err)
		},
	}
}
