package main

import (
	"errors"

	"bones/cmd/bones/internal/complete"

	"github.com/spf13/cobra"
)

func completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print what makes a shell complete commands, flags, targets, files and values: bash, zsh or fish",
		Long: `Print a script for bash, zsh or fish, to be read by the shell when it starts. Then Tab completes
commands and flags, and what is there at the moment: containers, processes, control groups and their
files, the files of a container, and values.

Names that hold blanks, or characters that a shell would obey, are not offered. What cannot be found
out within a second, or without privilege, is not offered either.`,
		Example: "  bones completion bash > /etc/bash_completion.d/bones\n  bones completion zsh > " +
			"/usr/local/share/zsh/site-functions/_bones\n" +
			"  bones completion fish > ~/.config/fish/completions/bones.fish",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			script, err := complete.Script(c.Root(), args[0])
			if errors.As(err, new(*complete.ShellError)) {
				return usage("%w", err)
			}
			if err != nil {
				return failed(err)
			}
			_, err = c.OutOrStdout().Write(script)
			return failed(err)
		},
	}
}
