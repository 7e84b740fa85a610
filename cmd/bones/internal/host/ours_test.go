package host

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

const eve = 12345 // another user

// TestForeignJournal: a journal that another user can have written, or can put another in the place of, is neither
// read nor written, and nothing is carried out with it.
func TestForeignJournal(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Users) // it gives files away
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for what, c := range map[string]struct {
		change func(t *testing.T, dir string) (journal string)
		want   string // in the message; empty: it is ours
	}{
		"ours": {func(t *testing.T, dir string) string { return dir + "/j" }, ""},
		"in a sticky directory": {func(t *testing.T, dir string) string {
			must(t, os.Chmod(dir, 0o777|os.ModeSticky))
			return dir + "/j"
		}, ""},
		"another's file": {func(t *testing.T, dir string) string {
			must(t, os.Chown(dir+"/j", eve, eve))
			return dir + "/j"
		}, "belongs to UID 12345"},
		"a file that all may write": {func(t *testing.T, dir string) string {
			must(t, os.Chmod(dir+"/j", 0o606))
			return dir + "/j"
		}, "written to by other users"},
		"a file that a group may write": {func(t *testing.T, dir string) string {
			must(t, os.Chmod(dir+"/j", 0o660))
			return dir + "/j"
		}, "written to by other users"},
		"another's directory": {func(t *testing.T, dir string) string {
			must(t, os.Chown(dir, eve, eve))
			return dir + "/j"
		}, "belongs to UID 12345"},
		"another's directory further up": {func(t *testing.T, dir string) string {
			must(t, os.Mkdir(dir+"/sub", 0o700))
			must(t, os.Rename(dir+"/j", dir+"/sub/j"))
			must(t, os.Chown(dir, eve, eve))
			return dir + "/sub/j"
		}, "belongs to UID 12345"},
		"a directory that all may write": {func(t *testing.T, dir string) string {
			must(t, os.Chmod(dir, 0o777))
			return dir + "/j"
		}, "written to by other users"},
		"a directory that a group may write": {func(t *testing.T, dir string) string {
			must(t, os.Chmod(dir, 0o775))
			return dir + "/j"
		}, "written to by other users"},
		"a link": {func(t *testing.T, dir string) string {
			must(t, os.Symlink("j", dir+"/link"))
			return dir + "/link"
		}, "is a link"},
		"a link on the way": {func(t *testing.T, dir string) string {
			must(t, os.Symlink(".", dir+"/link"))
			return dir + "/link/j"
		}, "is a link"},
		"a magic link on the way": {func(t *testing.T, dir string) string { return "/proc/self/root" + dir + "/j" },
			"is a link"},
		"back up through another's": {func(t *testing.T, dir string) string {
			must(t, os.Mkdir(dir+"/sub", 0o700))
			must(t, os.Chown(dir+"/sub", eve, eve))
			return dir + "/sub/../j"
		}, "belongs to UID 12345"},
		"another name where all may make names": {func(t *testing.T, dir string) string {
			must(t, os.Mkdir(dir+"/tmp", 0o777))
			must(t, os.Chmod(dir+"/tmp", 0o777|os.ModeSticky))
			must(t, os.Link(dir+"/j", dir+"/tmp/j"))
			return dir + "/tmp/j"
		}, "another name"},
		"a FIFO": {func(t *testing.T, dir string) string {
			must(t, unix.Mkfifo(dir+"/fifo", 0o600))
			return dir + "/fifo"
		}, "not a regular file"},
	} {
		t.Run(what, func(t *testing.T) {
			w, kinds := newWorld()
			dir := proctest.TempDir(t)
			first := New(Config{Journal: dir + "/j", Kinds: kinds})
			carry(t, first, w.set("x", "1"), nil)
			before, err := os.ReadFile(dir + "/j")
			must(t, err)
			journal := c.change(t, dir)
			h := New(Config{Journal: journal, Kinds: kinds})
			list, readErr := h.journal.History()
			if readErr == nil {
				list.Close()
			}
			_, undoErr := h.Undo(t.Context(), SameUser)
			_, numberErr := h.UndoNumber(t.Context(), 1)
			n := 0
			_, carryErr := h.Carry(t.Context(), fake{applied: &n})
			if c.want == "" {
				if err := errors.Join(readErr, undoErr, numberErr, carryErr); err != nil || n != 1 {
					t.Fatalf("it is not taken: %v", err)
				}
				return
			}
			for _, err := range []error{readErr, undoErr, numberErr, carryErr} {
				if what == "a FIFO" && err == carryErr {
					continue // nobody else's, only useless: what has no way back is carried out with a warning
				}
				if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") ||
					!strings.Contains(err.Error(), "--journal") || errors.Is(err, ours.ErrForeign) == (what == "a FIFO") {
					t.Errorf("%v, want one line with %q", err, c.want)
				}
			}
			if n != 0 && what != "a FIFO" {
				t.Error("the effect was carried out")
			}
			for _, path := range []string{dir + "/j", dir + "/sub/j"} {
				if after, err := os.ReadFile(path); err == nil && string(after) != string(before) {
					t.Errorf("%s was written to", path)
				}
			}
		})
	}
}

// TestJournalUnderARelativePath: it is found from the working directory as the kernel knows it.
func TestJournalUnderARelativePath(t *testing.T) {
	w, kinds := newWorld()
	dir := proctest.TempDir(t)
	t.Chdir(dir)
	carry(t, New(Config{Journal: "j", Kinds: kinds}), w.set("x", "1"), nil)
	if _, err := os.Stat(filepath.Join(dir, "j")); err != nil {
		t.Error(err)
	}
	for _, odd := range []string{"/", ".", "..", "j/", dir + "/..", "/dev/null"} {
		if _, err := NewJournal(odd, nil).History(); err == nil {
			t.Errorf("%s was taken for a journal", odd)
		}
	}
}

// TestStateDirectoryIsMade: the default journal's directory is made for us alone, through a home that is reached by a
// link.
func TestStateDirectoryIsMade(t *testing.T) {
	dir := proctest.TempDir(t)
	if err := os.Mkdir(dir+"/real", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", dir+"/home"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_STATE_HOME", dir+"/home")
	if got, err := ours.StateDir(); os.Geteuid() != 0 && (err != nil || got != dir+"/real/bones") {
		t.Errorf("followed to %s, %v", got, err)
	}
	w, kinds := newWorld()
	h := New(Config{Kinds: kinds})
	h.journal.path, h.journal.err = dir+"/real/state/bones/journal.jsonl", nil
	carry(t, h, w.set("x", "1"), nil)
	if st, err := os.Stat(dir + "/real/state/bones"); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", st, err)
	}
}
