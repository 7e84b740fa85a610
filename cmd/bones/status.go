package main

import (
	"bones/cmd/bones/internal/command"

	"github.com/spf13/cobra"
)

// The statuses and errors of package command under the names that the commands of this package use.
const (
	exitFailed     = command.ExitFailed
	exitUsage      = command.ExitUsage
	exitNoTarget   = command.ExitNoTarget
	exitPermission = command.ExitPermission
)

type statusError = command.StatusError

func failed(err error) error                    { return command.Failed(err) }
func noTarget(format string, args ...any) error { return command.NoTarget(format, args...) }
func usage(format string, args ...any) error    { return command.Usage(format, args...) }

// exitBones is the status of a command that hands on the one of the program that it runs, where bones failed and not
// that program.
const exitBones = 125

// handsStatusOn reports whether a command ends with the status of the program that it runs.
func handsStatusOn(c *cobra.Command) bool { return c.Name() == "enter" || c.Name() == "unshare" }

// statusOf is the status that a command ends with for an error of its own. Where it could be taken for that of a
// program, it says only that bones failed.
func statusOf(c *cobra.Command, s *statusError) int {
	if handsStatusOn(c) && s.Err != nil && s.Status < exitBones {
		return exitBones
	}
	return s.Status
}
