package main

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/rootfs"

	"golang.org/x/sys/unix"
)

// TestExitStatusOfFaults: the kind of a failure decides the exit status, whichever package it comes from.
func TestExitStatusOfFaults(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{errors.New("any"), exitFailed}, {unix.EIO, exitFailed}, {unix.ENOENT, exitFailed}, {procwalk.ErrUnsupported,
			exitFailed},
		{cgroupview.ErrUnsupported, exitFailed}, {rootfs.ErrNotFound, exitFailed},
		{procwalk.ErrGone, exitNoTarget}, {cgroupview.ErrGone, exitNoTarget}, {rootfs.ErrGone, exitNoTarget},
		{unix.ESRCH, exitNoTarget},
		{unix.EPERM, exitPermission}, {unix.EACCES, exitPermission}, {fs.ErrPermission, exitPermission},
		{cgroupview.ErrNotPermitted, exitPermission},
		{rootfs.ErrNotPermitted, exitPermission}, {&fault.Error{Kind: fault.NotPermitted, Hint: "needs CAP_KILL"},
			exitPermission},
		{usage("x: %w", procwalk.ErrGone), exitUsage},
	} {
		for _, err := range []error{c.err, fmt.Errorf("x: %w", c.err), errors.Join(errors.New("x"), c.err)} {
			var s *statusError
			if !errors.As(failed(err), &s) || s.Status != c.want {
				t.Errorf("%v: status %d, want %d", err, s.Status, c.want)
			}
		}
	}
	if failed(nil) != nil {
		t.Error("success is a failure")
	}
}
