package proctest

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"testing"
)

// Build builds a main package of this module, a program that the tests start, into a directory, and returns its path.
// It has go run do that, which keeps in the build cache what it has linked: go build links the program in each test
// anew, which takes more of the processors than most tests that start it. The go command takes a fifth less where it
// seldom collects garbage.
func Build(t testing.TB, dir, pkg string) string {
	t.Helper()
	NeedPrograms(t, "go")
	c := exec.Command("go", "run", "-exec", "cp -t '"+dir+"'", pkg) // go takes quotes, without escapes
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOGC=400")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, out)
	}
	return filepath.Join(dir, path.Base(pkg))
}
