package fault_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	. "bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// TestLine: several errors are several parts of one line, and what somebody called a file is none.
func TestLine(t *testing.T) {
	a, b := errors.New("a failed"), errors.New("b failed")
	hostile := &fs.PathError{Op: "open", Path: "x\ny", Err: unix.EIO}
	for _, c := range []struct {
		err  error
		want string
	}{
		{a, "a failed"},
		{errors.Join(a, b), "a failed; b failed"},
		{fmt.Errorf("web: %w", errors.Join(a, b)), "web: a failed; b failed"},
		{errors.Join(fmt.Errorf("web: %w", errors.Join(a, b)), a), "web: a failed; b failed; a failed"},
		{fmt.Errorf("%w, %w", a, b), "a failed, b failed"},
		{fmt.Errorf("%w, %w", a, errors.Join(a, b)), "a failed, a failed; b failed"},
		{hostile, `open x\ny: input/output error`},
		{errors.Join(hostile, a), `open x\ny: input/output error; a failed`},
		{&Error{Kind: Gone, What: "web", Err: errors.Join(a, b)}, "web: a failed; b failed"},
	} {
		if got := Line(c.err); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
