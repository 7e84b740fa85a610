package proctest

import (
	"os"
	"path/filepath"
	"testing"
)

// TestBuildWithABlank: wherever temporary directories are, a program can be built there.
func TestBuildWithABlank(t *testing.T) {
	dir := filepath.Join(t.TempDir(), `a blank and a "quote"`)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	if i, err := os.Stat(Build(t, dir, "bones/testdata/attacks/swap")); err != nil || i.Mode()&0o100 == 0 {
		t.Errorf("%v, %v", i, err)
	}
}
