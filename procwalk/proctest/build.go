package proctest

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Build builds a main package of this module, a program that the tests start, into a directory, and returns its path.
// A test program asks the go command for each only once.
func Build(t testing.TB, dir, pkg string) string {
	t.Helper()
	NeedPrograms(t, "go")
	build, _ := builtPrograms.LoadOrStore(pkg, sync.OnceValues(func() ([]byte, error) { return build(pkg) }))
	program, err := build.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, path.Base(pkg))
	if err := writeProgram(file, program); err != nil {
		t.Fatal(err)
	}
	return file
}

// builtPrograms is what Build has built: for an import path, a function that returns the program.
var builtPrograms sync.Map

// programsVariable names a directory with programs of this source that are built already. testdata/test.sh has the go
// command look at all of them at once, which takes little more than at one.
const programsVariable = "BONES_PROGRAMS"

// build has go run build a program, which keeps in the build cache what it has linked: go build links the program in
// each test anew, which takes more of the processors than most tests that start it. The go command takes a fifth less
// where it seldom collects garbage.
func build(pkg string) ([]byte, error) {
	if built := os.Getenv(programsVariable); built != "" {
		if program, err := os.ReadFile(filepath.Join(built, path.Base(pkg))); err == nil {
			return program, nil
		}
	}
	dir, err := os.MkdirTemp("", "build")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	c := exec.Command("go", "run", "-exec", "cp -t '"+dir+"'", pkg) // go takes quotes, without escapes
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOGC=400")
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building %s: %w\n%s", pkg, err, out)
	}
	return os.ReadFile(filepath.Join(dir, path.Base(pkg)))
}

// writeProgram writes an executable file. No process is started meanwhile: until it has begun its own program it has
// the file open for writing, too, and the kernel does not start a program that somebody may write to.
func writeProgram(file string, program []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(file, program, 0o755)
}
