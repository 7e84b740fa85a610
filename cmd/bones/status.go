package main

import (
	"errors"
	"fmt"

	"bones/procwalk/fault"
)

// Exit statuses of bones itself. enter and unshare hand back the status of what they ran.
const (
	exitFailed     = 1
	exitUsage      = 2
	exitNoTarget   = 3
	exitPermission = 4
)

// statusError is an error with the exit status it leads to. Without err nothing is printed.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return fmt.Sprint(e.err) }
func (e *statusError) Unwrap() error { return e.err }

// failed wraps an error of an operation: exit 3 if the target is not there, or not any more, exit 4 if permission is
// what was missing, else 1.
func failed(err error) error {
	if err == nil {
		return nil
	}
	var s *statusError
	if errors.As(err, &s) {
		return err
	}
	if status := targetStatus(err); status != 0 {
		return &statusError{status, err}
	}
	switch fault.Of(err) {
	case fault.Gone:
		return &statusError{exitNoTarget, err}
	case fault.NotPermitted:
		return &statusError{exitPermission, err}
	}
	return &statusError{exitFailed, err}
}

func noTarget(format string, args ...any) error {
	return &statusError{exitNoTarget, fmt.Errorf(format, args...)}
}

func usage(format string, args ...any) error {
	return &statusError{exitUsage, fmt.Errorf(format, args...)}
}
