package filetree

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMoreNamesThanAreRemembered: a file with several names becomes several files where bones remembers no more of
// them, and that is said, of a copy and of a tar.
func TestMoreNamesThanAreRemembered(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "one")
	if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(name, filepath.Join(dir, "other")); err != nil {
		t.Fatal(err)
	}
	e, err := open(unix.AT_FDCWD, name)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	for _, full := range []bool{false, true} {
		c, p := &Copier{first: map[[2]uint64]original{}}, &packer{w: tar.NewWriter(io.Discard),
			first: map[[2]uint64]string{}, Copier: &Copier{}}
		for i := uint64(0); full && i < maxNames; i++ {
			c.first[[2]uint64{0, i}], p.first[[2]uint64{0, i}] = original{}, ""
		}
		if err := c.copied(e, unix.AT_FDCWD, name, "one"); err != nil {
			t.Error(err)
		}
		if err := p.add(e, "one", "one", 0); err != nil {
			t.Error(err)
		}
		for _, of := range []*Copier{c, p.Copier} {
			of.sayNotes()
			if said := slices.ContainsFunc(of.Report.Notes, func(s string) bool {
				return strings.Contains(s, "several names") && strings.HasSuffix(s, ": one")
			}); said != full {
				t.Errorf("full %v: %q", full, of.Report.Notes)
			}
		}
	}
}
