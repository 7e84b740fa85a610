package reexec_test

import (
	"errors"
	"strings"
	"testing"

	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// TestNoMemoryFiles: without memfd_create bones says which kernel has it, or that a filter refuses it; only the
// kernel's own setting is told as that.
func TestNoMemoryFiles(t *testing.T) {
	for errno, want := range map[unix.Errno]string{unix.ENOSYS: "needs Linux 3.17", unix.EPERM: "a filter of system",
		unix.EACCES: "vm.memfd_noexec"} {
		err := proctest.Without(t, errno, []uint32{unix.SYS_MEMFD_CREATE}, func() error {
			f, err := reexec.SealedCopy(reexec.Self, "refused")
			if err == nil {
				f.Close()
			}
			return err
		})
		setting := errno == unix.EACCES
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, reexec.ErrNoMemoryPrograms) != setting ||
			!setting && fault.Of(err) != fault.Unsupported {
			t.Errorf("%v: %v", errno, err)
		}
	}
}
