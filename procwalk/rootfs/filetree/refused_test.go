package filetree

import (
	"testing"

	"bones/procwalk/fault"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestNoStatx: where statx is refused, no file is said to be.
func TestNoStatx(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ENOSYS, unix.EPERM} {
		err := proctest.Without(t, errno, []uint32{unix.SYS_STATX}, func() error {
			_, err := stat(unix.AT_FDCWD, "/")
			return Explain("file", err)
		})
		if fault.Of(err) != fault.Unsupported {
			t.Errorf("%v: %v", errno, err)
		}
	}
}
