package main

import (
	"errors"
	"fmt"
	"io/fs"
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

// failed wraps an error of an operation: exit 4 if permission is what was missing, else 1.
func failed(err error) error {
	if err == nil {
		return nil
	}
	var s *statusError
	target := targetStatus(err)
	switch {
	case errors.As(err, &s):
		return err
	case target != 0:
		return &statusError{target, err}
	case errors.Is(err, fs.ErrPermission):
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
