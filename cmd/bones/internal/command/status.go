// Package command is what every command of bones stands on: the status it ends with, and what the program gives it
// (program.go). A command that is more than its flags is a package of its own beside this one; package main lists it.
package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"bones/cgroupview/inventory"
	"bones/procwalk/fault"
)

// Exit statuses of bones itself. enter and unshare hand back the status of what they ran.
const (
	ExitFailed     = 1
	ExitUsage      = 2
	ExitNoTarget   = 3
	ExitPermission = 4
)

// StatusError is an error with the exit status it leads to. Without Err nothing is printed.
type StatusError struct {
	Status int
	Err    error
}

// Error implements error.
func (e *StatusError) Error() string { return fmt.Sprint(e.Err) }

// Unwrap returns what went wrong.
func (e *StatusError) Unwrap() error { return e.Err }

// Failed wraps an error of an operation: exit 3 if the target is not there, or not any more, exit 4 if permission is
// what was missing, else 1. An error that has a status already is returned as it is.
func Failed(err error) error {
	if err == nil {
		return nil
	}
	var s *StatusError
	if errors.As(err, &s) {
		return err
	}
	if status := targetStatus(err); status != 0 {
		return &StatusError{status, err}
	}
	switch fault.Of(err) {
	case fault.Gone:
		return &StatusError{ExitNoTarget, err}
	case fault.NotPermitted:
		return &StatusError{ExitPermission, err}
	}
	return &StatusError{ExitFailed, err}
}

// FailedEarly is Failed for a command that fails before it has begun. Where its own status says something else, as 1
// of diff that two differ, and 1 and 2 of a monitoring plugin that something is wrong, it is the one for a failure.
func FailedEarly(c *cobra.Command, err error) error {
	err = Failed(err)
	var s *StatusError
	if !errors.As(err, &s) {
		return err
	}
	check := c.Flags().Lookup("check")
	switch {
	case check != nil && check.Changed:
		return &StatusError{exitUnknown, s.Err}
	case c.Name() == "diff" && s.Status == ExitFailed:
		return &StatusError{ExitUsage, s.Err}
	}
	return err
}

// LacksFacts is the exit status of a command that printed what it has and lacks something: err is the verdict that it
// ended with, or nil. A verdict that something is wrong stands where the command is a monitoring plugin. That of diff
// does not: who compares is told that it failed.
func LacksFacts(c *cobra.Command, err error) int {
	var failed, verdict *StatusError
	errors.As(FailedEarly(c, errors.New("incomplete")), &failed)
	if errors.As(err, &verdict) && failed.Status == exitUnknown {
		return verdict.Status
	}
	return failed.Status
}

// exitUnknown is the status of a monitoring plugin that could not look.
const exitUnknown = 3

// NoTarget is the error of a target that is not there.
func NoTarget(format string, args ...any) error {
	return &StatusError{ExitNoTarget, fmt.Errorf(format, args...)}
}

// Usage is the error of a command line that asks for what cannot be.
func Usage(format string, args ...any) error {
	return &StatusError{ExitUsage, fmt.Errorf(format, args...)}
}

// targetStatus is the exit status for a TARGET that names nothing to act on; 0 if that is not what the error says.
func targetStatus(err error) int {
	var t *inventory.TargetError
	switch {
	case !errors.As(err, &t):
		return 0
	case t.Wrong:
		return ExitUsage
	}
	return ExitNoTarget
}
