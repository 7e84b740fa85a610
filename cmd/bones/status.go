package main

import "bones/cmd/bones/internal/command"

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
