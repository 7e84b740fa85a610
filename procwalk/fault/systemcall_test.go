package fault_test

import (
	"fmt"
	"testing"

	. "bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// TestNoCall: an error of a system call that cannot be used at all says why, and what would help.
func TestNoCall(t *testing.T) {
	for err, want := range map[error]string{
		unix.ENOSYS: "statx: this kernel does not have it (ENOSYS); needs Linux 4.11",
		fmt.Errorf("x: %w", unix.EPERM): "statx: a filter of system calls refuses it (EPERM); a newer container engine " +
			"would allow it",
	} {
		if got := NoCall("statx", "4.11", err); got.Error() != want || Of(got) != Unsupported {
			t.Errorf("%v is %v", got, Of(got))
		}
	}
	if NoCall("statx", "4.11", unix.ENOENT) != unix.ENOENT || NoCall("statx", "4.11", nil) != nil {
		t.Error("another error is not the same any more")
	}
}
