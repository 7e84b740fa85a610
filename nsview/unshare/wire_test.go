package unshare

import (
	"errors"
	"io/fs"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestEveryFieldArrives: whatever bones and its stage say, with 0 or without, the other hears the same.
func TestEveryFieldArrives(t *testing.T) {
	proctest.Arrives[order](t)
	proctest.Arrives[report](t)
}

// TestErrorsArrive: why the program did not start is the kernel's answer here, too.
func TestErrorsArrive(t *testing.T) {
	if err := vocabulary.Unpack(vocabulary.Pack(explainUnshare(Types()[0], unix.EPERM, true))); !errors.Is(err,
		fs.ErrPermission) {
		t.Errorf("%v is not the lack of a permission any more", err)
	}
	if err := vocabulary.Unpack(vocabulary.Pack(explainUnshare(Types()[0], unix.ENOSPC, true))); !errors.Is(err,
		unix.ENOSPC) {
		t.Errorf("%v is not ENOSPC any more", err)
	}
}
