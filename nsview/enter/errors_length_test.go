package enter

import (
	"testing"

	"bones/nsview/enter/child"
	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// TestErrorsAreOneShortLine: with "bones: " before it, an error is one line below 200 characters.
func TestErrorsAreOneShortLine(t *testing.T) {
	x := &ExecError{Code: 127, Program: "some-program-or-other", Errno: unix.ENOENT}
	e := &Enter{req: Request{Target: procwalk.ID{PID: 4194303}}, busybox: "none"}
	all := []error{e.failure(e.noShell(x)), e.failure(e.noProgram(x)),
		e.failure(&ExecError{Code: 126, Program: "some-program-or-other", Errno: unix.E2BIG}),
		e.failure(&ExecError{Code: 126, Program: "some-program-or-other", Errno: unix.ENOEXEC})}
	e.busybox = "/bin/busybox"
	all = append(all, e.failure(e.noShell(x)), e.failure(e.noProgram(x)))
	e.plan.Beyond = 1000
	all = append(all, e.failure(e.noProgram(x)))
	for s := child.StepWait; s <= child.StepExec; s++ {
		for _, errno := range []unix.Errno{unix.EPERM, unix.EACCES, unix.EINVAL, unix.ENOSYS, unix.ENOMEM, unix.EAGAIN,
			unix.ESRCH} {
			all = append(all, e.failure(explain(s, errno, &plan{})))
		}
	}
	t2 := &target{id: procwalk.ID{PID: 1}, root: "/proc"}
	all = append(all, e.failure(t2.hostFilesSafe(true)), e.failure((&tracer{4194303,
		"may gain CAP_SYS_PTRACE (bounding or inheritable set)"}).refusal()))
	for _, err := range all {
		if n := len("bones: " + err.Error()); n >= 200 {
			t.Errorf("%d characters: %v", n, err)
		}
	}
}
