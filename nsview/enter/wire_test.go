package enter

import (
	"errors"
	"io/fs"
	"testing"

	"bones/nsview/enter/child"
	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestEveryFieldArrives: whatever bones and its worker say, with 0 or without, the other hears the same.
func TestEveryFieldArrives(t *testing.T) {
	proctest.Arrives[message](t)
}

// TestErrorsArrive: what an error of the worker is, it is here.
func TestErrorsArrive(t *testing.T) {
	for _, err := range []error{procwalk.ErrGone, explain(child.StepSetns, unix.ENOSYS, nil),
		explain(child.StepLabel, unix.EPERM,
			nil), explain(child.StepClone, unix.ENOMEM, nil),
		explain(child.StepTTY, unix.EIO, nil), &ExecError{Code: 127, Program: "\xff", Errno: unix.ENOENT}, &ExecError{},
		lacking("a thing", "CAP_SYS_ADMIN", unix.EACCES)} {
		back := vocabulary.Unpack(vocabulary.Pack(err))
		if back.Error() != err.Error() {
			t.Errorf("%q arrived as %q", err, back)
		}
		for _, is := range []error{procwalk.ErrGone, procwalk.ErrUnsupported, fs.ErrPermission, unix.ENOENT, unix.EIO} {
			if errors.Is(err, is) != errors.Is(back, is) {
				t.Errorf("%q arrived as another: is it %q?", err, is)
			}
		}
		var was, now *ExecError
		if errors.As(err, &was) != errors.As(back, &now) || was != nil && *was != *now {
			t.Errorf("%q arrived as %v", err, now)
		}
	}
}

// TestBytesArrive: arguments and the environment are bytes, also those that are not UTF-8.
func TestBytesArrive(t *testing.T) {
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}, env: []string{"PATH=/usr/bin:/bin",
		"TARGETS=\xff\xe2\x82"}})
	program := []string{"sh", "-c", `printf '%s|%s|%s' "$1" "$2" "$TARGETS"`, "sh", "\xff\x80", ""}
	if out, errOut, s := run(t, Request{Target: id, Program: program, TargetEnv: true},
		""); out != "\xff\x80||\xff\xe2\x82" || s.Code != 0 {
		t.Errorf("printed %q, status %d: %s", out, s.Code, errOut)
	}
}
