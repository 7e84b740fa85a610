package compare

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"bones/procwalk/fault"
	"bones/procwalk/leaktest"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// TestNotComparedIsALineForEachReason: what one missing privilege hides is said once, with that privilege.
func TestNotComparedIsALineForEachReason(t *testing.T) {
	refused := traced(&fs.PathError{Op: "readlink", Path: "exe", Err: unix.EACCES})
	a, b := &Side{}, &Side{Unread: map[string]error{"environment": refused, "mounts": unix.EIO}}
	a.add("identity", "executable", "/bin/x")
	b.fail("identity", "executable", refused)
	a.add("namespaces", "net", "1")
	b.fail("namespaces", "net", refused)
	lines := notCompared(Rows(a, b))
	if len(lines) != 2 {
		t.Fatalf("%q", lines)
	}
	for _, part := range []string{"not compared: identity executable, namespaces net, environment: ", "(EACCES)",
		"needs " + fault.ToTrace} {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, part) }) {
			t.Errorf("%q lacks %q", lines, part)
		}
	}
}
