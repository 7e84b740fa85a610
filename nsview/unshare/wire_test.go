package unshare

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"bones/procwalk/fault"
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
	if err := vocabulary.Unpack(vocabulary.Pack(unmade("net", unix.EPERM, "a policy forbids it"))); !errors.Is(err,
		fs.ErrPermission) {
		t.Errorf("%v is not the lack of a permission any more", err)
	}
	if err := vocabulary.Unpack(vocabulary.Pack(unmade("net", unix.ENOSPC, ""))); !errors.Is(err,
		unix.ENOSPC) {
		t.Errorf("%v is not ENOSPC any more", err)
	}
}

// TestUnmade: each namespace that cannot be made has its kind of answer, and says what would help.
func TestUnmade(t *testing.T) {
	for _, c := range []struct {
		err    error
		policy string
		kind   fault.Kind
		want   string
	}{
		{unix.EPERM, "", fault.NotPermitted, "(EPERM); needs CAP_SYS_ADMIN"},
		{unix.EPERM, "a policy forbids it", fault.NotPermitted, "not permitted (EPERM): a policy forbids it"},
		{unix.EINVAL, "", fault.Unsupported, "(EINVAL); needs Linux "},
		{unix.ENOSPC, "", fault.Broken, "(ENOSPC); the limit in /proc/sys/user"},
	} {
		for _, typ := range Types() {
			err := vocabulary.Unpack(vocabulary.Pack(unmade(typ.Flag, c.err, c.policy)))
			if fault.Of(err) != c.kind || !strings.Contains(err.Error(), c.want) || !errors.Is(err, c.err) ||
				!strings.HasPrefix(err.Error(), "making a "+typ.Flag+" namespace: ") {
				t.Errorf("%s, %v: %v is %v", typ.Flag, c.err, err, fault.Of(err))
			}
		}
	}
	if err := execMoves("6.1.0"); fault.Of(err) != fault.Unsupported ||
		!strings.Contains(err.Error(), "needs Linux 6.2") {
		t.Errorf("%v", err)
	}
}
