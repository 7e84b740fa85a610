package filetree

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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

// TestMoreDirectoriesThanAreRemembered: a directory of a tar that bones does not come back to at the end has its time
// early, and that is said.
func TestMoreDirectoriesThanAreRemembered(t *testing.T) {
	top, err := unix.Open(t.TempDir(), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(top)
	u := &unpacker{Copier: &Copier{}, top: top, late: make([]lateDirectory, maxNames-1)}
	for _, name := range []string{"last", "more"} {
		h := &tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755, Uid: os.Getuid(), Gid: os.Getgid(),
			ModTime: time.Unix(1e9, 0)}
		if err := u.member(h, nil); err != nil {
			t.Error(err)
		}
	}
	u.sayNotes()
	if notes := u.Report.Notes; len(u.late) != maxNames || len(notes) != 1 || !strings.Contains(notes[0], "times") ||
		!strings.HasSuffix(notes[0], ": more") {
		t.Errorf("%d are remembered: %q", len(u.late), notes)
	}
}
