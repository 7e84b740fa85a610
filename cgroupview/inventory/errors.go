package inventory

import "fmt"

// A TargetError says why a TARGET names nothing that a command could act on.
type TargetError struct {
	// Wrong: the word itself is at fault, because it is no TARGET or could mean several things. Otherwise the word is
	// fine, and there is nothing of that name now.
	Wrong bool
	Err   error
}

func (e *TargetError) Error() string { return e.Err.Error() }
func (e *TargetError) Unwrap() error { return e.Err }

func noTarget(format string, args ...any) error {
	return &TargetError{Err: fmt.Errorf(format, args...)}
}

func usage(format string, args ...any) error {
	return &TargetError{Wrong: true, Err: fmt.Errorf(format, args...)}
}
