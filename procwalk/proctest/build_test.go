package proctest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestBuildWithABlank: wherever temporary directories are, a program can be built there, also one that test.sh did not
// build.
func TestBuildWithABlank(t *testing.T) {
	t.Setenv(programsVariable, t.TempDir())
	dir := filepath.Join(t.TempDir(), `a blank and a "quote"`)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	i, err := os.Stat(Build(t, dir, "bones/testdata/attacks/swap"))
	if err != nil || i.Mode()&0o100 == 0 || i.Size() < 1e6 {
		t.Errorf("%v, %v", i, err)
	}
}

// TestBuiltBefore: what testdata/test.sh has built is taken from there.
func TestBuiltBefore(t *testing.T) {
	built := t.TempDir()
	t.Setenv(programsVariable, built)
	if err := os.WriteFile(filepath.Join(built, "lent"), []byte("built before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if program, err := build("bones/testdata/lent"); err != nil || string(program) != "built before" {
		t.Errorf("it has %d bytes, %v", len(program), err)
	}
}

// TestProgramsAreOurs: testdata/test.sh builds programs, and root starts them, only where no other user may have put
// them; and nothing is made in another user's directory.
func TestProgramsAreOurs(t *testing.T) {
	Need(t, Root)
	for name, c := range map[string]struct {
		change func(clone string) error
		ours   bool
	}{
		"nothing yet":     {func(string) error { return nil }, true},
		"built before":    {func(clone string) error { return inPrograms(clone, 0o755, 0) }, true},
		"for all":         {func(clone string) error { return inPrograms(clone, 0o777, 0) }, false},
		"sticky":          {func(clone string) error { return inPrograms(clone, 0o777|os.ModeSticky, 0) }, false},
		"another's file":  {func(clone string) error { return inPrograms(clone, 0o755, 65534) }, false},
		"another's clone": {func(clone string) error { return os.Chown(clone, 65534, 65534) }, false},
		"a clone for all": {func(clone string) error { return os.Chmod(clone, 0o777) }, false},
		"a link":          {func(clone string) error { return os.Symlink(t.TempDir(), clone+"/bin") }, false},
		"itself a link":   {func(clone string) error { return linked(t, clone) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			clone := t.TempDir()
			if err := c.change(clone); err != nil {
				t.Fatal(err)
			}
			_, before := os.Lstat(clone + "/bin")
			out, err := exec.Command("../../testdata/ours.sh", clone+"/bin/programs").CombinedOutput()
			if err == nil != c.ours || (len(out) == 0) != c.ours {
				t.Errorf("it may be used: %v; %s", err, out)
			}
			if _, after := os.Lstat(clone + "/bin"); !c.ours && before != nil && after == nil {
				t.Error("a directory is made all the same")
			}
		})
	}
}

// inPrograms makes bin/programs in a clone, and a file in it that belongs to a user.
func inPrograms(clone string, mode os.FileMode, user int) error {
	dir := filepath.Join(clone, "bin/programs")
	file := filepath.Join(dir, "lent")
	return errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, mode), os.WriteFile(file, nil, 0o755),
		os.Chown(file, user, user))
}

// linked makes bin/programs of a clone a link.
func linked(t *testing.T, clone string) error {
	return errors.Join(os.Mkdir(clone+"/bin", 0o755), os.Symlink(t.TempDir(), clone+"/bin/programs"))
}
