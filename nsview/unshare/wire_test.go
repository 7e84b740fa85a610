package unshare

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// TestEveryFieldArrives: whatever bones and its stage say, with 0 or without, the other hears the same.
func TestEveryFieldArrives(t *testing.T) {
	arrives[order](t)
	arrives[report](t)
}

func arrives[T any](t *testing.T) {
	t.Helper()
	var b bytes.Buffer
	enc, dec := reexec.NewEncoder(&b), reexec.NewDecoder(&b)
	for _, v := range proctest.Values[T](nil) {
		var back T
		if err := errors.Join(enc.Encode(v), dec.Decode(&back)); err != nil {
			t.Fatalf("%+v: %v", v, err)
		}
		if d := cmp.Diff(v, back); d != "" {
			t.Errorf("sent and arrived:\n%s", d)
		}
	}
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
