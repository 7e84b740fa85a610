package taskiter

import (
	"runtime"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestMayLoad: without CAP_SYS_ADMIN, or either of CAP_BPF and CAP_PERFMON, nothing is tried.
func TestMayLoad(t *testing.T) {
	proctest.Need(t, proctest.Root)
	done := make(chan struct{})
	go func() { // the thread is given up with its capabilities
		defer close(done)
		runtime.LockOSThread()
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var had [2]unix.CapUserData
		if err := unix.Capget(&header, &had[0]); err != nil {
			t.Error(err)
			return
		}
		for _, c := range []struct {
			left []uint
			want bool
		}{{[]uint{unix.CAP_SYS_ADMIN}, true}, {[]uint{unix.CAP_BPF, unix.CAP_PERFMON}, true}, {[]uint{unix.CAP_BPF}, false},
			{[]uint{unix.CAP_PERFMON, unix.CAP_SYS_PTRACE}, false}, {nil, false}} {
			sets, lacks := had, false
			for i := range sets {
				sets[i].Effective = 0
			}
			for _, one := range c.left {
				if had[one/32].Permitted&(1<<(one%32)) == 0 {
					lacks = true // as root of a container does
				}
				sets[one/32].Effective |= 1 << (one % 32) & had[one/32].Permitted
			}
			if err := unix.Capset(&header, &sets[0]); err != nil {
				t.Error(err)
				return
			}
			if got := mayLoad(); got != c.want && !lacks {
				t.Errorf("with %v: %v", c.left, got)
			}
		}
	}()
	<-done
}
