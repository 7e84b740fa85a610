package proctest

import (
	"os"
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
