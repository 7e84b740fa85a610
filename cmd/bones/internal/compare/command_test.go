package compare

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/leaktest"
	"bones/procwalk/mountinfo"
	"bones/procwalk/proctest"

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

// TestMountsThatAreCutAreNotAll: of a list of mounts that was not read to its end, what was read is there, and that it
// is not all.
func TestMountsThatAreCutAreNotAll(t *testing.T) {
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 42, Comm: "x", Start: 7})
	line := "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	for content, cut := range map[string]bool{line + line: false, line + line + line[:20]: true} {
		tree.Write("42/mountinfo", content)
		list, err := Mounts(tree.Path(), procwalk.ID{PID: 42, Start: 7})
		if len(list) != 2 || errors.Is(err, mountinfo.ErrCut) != cut || (err != nil) != cut {
			t.Errorf("%q: %d mounts, %v", content, len(list), err)
		}
	}
	if list, err := parsed([]byte(line), true); len(list) != 1 || !errors.Is(err, mountinfo.ErrCut) {
		t.Errorf("cut where a line ends: %d mounts, %v", len(list), err)
	}
}
