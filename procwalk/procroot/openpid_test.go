package procroot

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOpenPID: the number of a thread is that of no process, whichever error this kernel has for it.
func TestOpenPID(t *testing.T) {
	runtime.LockOSThread() // where this is the first thread, the other one is not
	defer runtime.UnlockOSThread()
	over := make(chan struct{})
	go func() {
		defer close(over)
		runtime.LockOSThread() // and never unlocked: the thread ends
		tid := unix.Gettid()
		if fd, err := OpenPID(tid); tid != os.Getpid() && (err != unix.ESRCH || exists(tid)) {
			t.Errorf("a thread: %d, %v", fd, err)
		}
	}()
	<-over
	fd, err := OpenPID(os.Getpid())
	if err != nil || !exists(os.Getpid()) {
		t.Fatal(err)
	}
	unix.Close(fd)
}
