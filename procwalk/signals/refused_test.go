package signals

import (
	"os"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// TestNoPidfds: where a process cannot be held, that is not said of the process.
func TestNoPidfds(t *testing.T) {
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for errno, want := range map[unix.Errno]string{unix.ENOSYS: "needs Linux 5.3", unix.EPERM: "a filter of system"} {
		err := proctest.Without(t, errno, []uint32{unix.SYS_PIDFD_OPEN}, func() error {
			e := Signal{target: procwalk.ID{PID: os.Getpid(), Start: start}, name: text.New("self"), root: "/proc"}
			_, err := e.Apply(t.Context())
			return err
		})
		if err == nil || !strings.Contains(err.Error(), want) || fault.Of(err) != fault.Unsupported {
			t.Errorf("%v: %v", errno, err)
		}
	}
}
