package fault_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	. "bones/procwalk/fault"
	"bones/procwalk/leaktest"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestErrorIsOneLine(t *testing.T) {
	for want, e := range map[string]*Error{
		"joining its namespaces: not permitted (EPERM); needs CAP_SYS_ADMIN": {Kind: NotPermitted,
			What: "joining its namespaces", Why: "not permitted",
			Hint: "needs CAP_SYS_ADMIN", Err: unix.EPERM},
		"operation not permitted (EPERM); needs CAP_SYS_ADMIN": {Kind: NotPermitted, Hint: "needs CAP_SYS_ADMIN",
			Err: unix.EPERM},
		"the process has ended":             New(Gone, "the process has ended"),
		"x: not supported; needs Linux 5.8": {Kind: Unsupported, What: "x", Hint: "needs Linux 5.8"},
		"broken":                            {Kind: Broken},
		`a\nb: \x1b[2J (EIO)`:               {Kind: Broken, What: "a\nb", Why: "\x1b[2J", Err: unix.EIO},
		"open /x: permission denied (EACCES)": {Kind: NotPermitted, Err: &fs.PathError{Op: "open",
			Path: "/x", Err: unix.EACCES}},
		"reading: input/output error (EIO) once": {Kind: Broken, What: "reading",
			Why: "input/output error (EIO) once", Err: unix.EIO},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestKindsAreFound(t *testing.T) {
	gone := New(Gone, "the process has ended")
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{nil, 0}, {gone, Gone}, {fmt.Errorf("x: %w", gone), Gone}, {errors.Join(errors.New("a"), gone), Gone},
		{Unsupported, Unsupported},
		{&Error{Kind: NotPermitted, Err: unix.EPERM}, NotPermitted}, {unix.EACCES, NotPermitted}, {os.ErrPermission,
			NotPermitted},
		{fmt.Errorf("x: %w", unix.ESRCH), Gone}, {unix.ENOSYS, Unsupported},
		{unix.EOPNOTSUPP, Unsupported}, {&fs.PathError{Op: "open", Path: "/x", Err: unix.EROFS}, NotPermitted},
		{unix.ENOENT, Broken}, {unix.EIO, Broken},
		{errors.New("any"), Broken},
		{&Error{Kind: Unsupported, Err: gone}, Gone}, // the cause counts first: who has ended needs no newer kernel
		{&Error{Kind: Broken, Err: unix.EPERM}, NotPermitted},
	} {
		if got := Of(c.err); got != c.want {
			t.Errorf("%v is %d, want %d", c.err, got, c.want)
		}
		if is := c.err != nil && errors.Is(c.err, fs.ErrPermission); is != (c.want == NotPermitted) &&
			!errors.Is(c.err, unix.EROFS) {
			t.Errorf("%v: fs.ErrPermission is %v", c.err, is)
		}
	}
	if err := error(&Error{Kind: NotPermitted, Err: unix.EPERM}); !errors.Is(err, unix.EPERM) || errors.Is(err, Gone) ||
		!errors.Is(err, NotPermitted) {
		t.Error("the errno or the kind is lost")
	}
	if other := New(Gone, "the process has ended"); errors.Is(other, gone) {
		t.Error("two errors of the same words are one")
	}
	var e *Error
	if !errors.As(fmt.Errorf("x: %w", gone), &e) || e != gone {
		t.Error("errors.As does not find it")
	}
}

func TestErrnoName(t *testing.T) {
	for want, err := range map[string]error{"": errors.New("x"), "EACCES": fmt.Errorf("x: %w", unix.EACCES)} {
		if got := ErrnoName(err); got != want {
			t.Errorf("%q", got)
		}
	}
}

// TestRemedy: where no more files can be opened, another place or another mount does not help.
func TestRemedy(t *testing.T) {
	for err, want := range map[error]string{unix.EMFILE: "ulimit -n", &fs.PathError{Err: unix.ENFILE}: "ulimit -n",
		unix.ENOENT: "mount it", nil: "mount it"} {
		if got := Remedy(err, "mount it"); !strings.Contains(got, want) {
			t.Errorf("%v: %q", err, got)
		}
	}
}

// TestHinted: the kernel's error number stands with the cause, and what would help behind it.
func TestHinted(t *testing.T) {
	err := Hinted("journal", &fs.PathError{Op: "write", Path: "/x", Err: unix.EROFS}, "name another file")
	if err.Error() != "journal: write /x: read-only file system (EROFS); name another file" || Of(err) != NotPermitted {
		t.Errorf("%v is %v", err, Of(err))
	}
}
