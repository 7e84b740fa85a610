package terminal

import (
	"os"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestWhileRead: a pipe and a socket that nobody reads any more end it, and nothing else does.
func TestWhileRead(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	two, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	there, here := os.NewFile(uintptr(two[0]), "there"), os.NewFile(uintptr(two[1]), "here")
	defer here.Close()
	for name, ends := range map[string][2]*os.File{"pipe": {r, w}, "socket": {there, here}} {
		ctx, stop := WhileRead(t.Context(), ends[1])
		if ctx.Err() != nil {
			t.Errorf("%s: it has ended before its reader", name)
		}
		ends[0].Close()
		proctest.Until(t, name+": the end of the reader is seen", func() bool { return ctx.Err() != nil })
		stop()
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	ctx, stop := WhileRead(t.Context(), null)
	if ctx.Err() != nil {
		t.Error("/dev/null: it has ended")
	}
	stop()
}
