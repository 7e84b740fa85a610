package copying

import (
	"errors"
	"os"
	"testing"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/proctest"
)

// TestLinkOnTheWay: root is asked to write below a directory of a user, who has put a link to a directory of root's
// there. Nothing is written behind it; a link of root's own leads on.
func TestLinkOnTheWay(t *testing.T) {
	proctest.Need(t, proctest.Root)
	top := t.TempDir()
	theirs, roots := top+"/theirs", top+"/roots"
	if err := errors.Join(os.Mkdir(theirs, 0o755), os.Mkdir(roots, 0o755), os.Symlink(roots, theirs+"/pages"),
		os.Lchown(theirs+"/pages", attacker, attacker), os.Chown(theirs, attacker, attacker),
		os.Symlink(roots, top+"/ours")); err != nil {
		t.Fatal(err)
	}
	if err := Replace(theirs+"/pages/bones.1", []byte("x"), 0o644); !errors.Is(err, ours.ErrForeign) {
		t.Errorf("a page of the manual: %v", err)
	}
	if p, err := NewPlace(theirs + "/pages/snapshot"); !errors.Is(err, ours.ErrForeign) {
		t.Errorf("a place: %v", err)
		p.Close()
	}
	if list, _ := os.ReadDir(roots); len(list) > 0 {
		t.Errorf("root's directory has %v", list)
	}
	for _, path := range []string{theirs + "/mine", top + "/ours/mine"} {
		if err := Replace(path, []byte("x"), 0o644); err != nil {
			t.Error(err)
		}
	}
}
