package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"bones/procwalk/proctest"
)

// builds are the programs that these tests start, each built when the first test wants it, and once: linking takes as
// long as many a test.
type builds struct {
	mu    sync.Mutex
	dir   string
	paths map[string]string // by what was asked for
	errs  map[string]error
}

var built = builds{paths: map[string]string{}, errs: map[string]error{}}

// end removes them.
func (b *builds) end() {
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

// path returns the program that a command makes of a path.
func (b *builds) path(what string, command func(out string) *exec.Cmd) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "built")
		if err != nil {
			return "", err
		}
		b.dir = dir
	}
	if b.paths[what] == "" {
		out := filepath.Join(b.dir, filepath.Base(what))
		b.paths[what] = out
		if said, err := command(out).CombinedOutput(); err != nil {
			b.errs[what] = errors.New(what + ": " + err.Error() + ": " + string(said))
		}
	}
	return b.paths[what], b.errs[what]
}

// install puts bones, as make builds it, where a test wants it.
func install(t testing.TB, path string) {
	t.Helper()
	proctest.NeedPrograms(t, "make", "go")
	from, err := built.path("bones", func(out string) *exec.Cmd {
		return exec.Command("make", "-s", "-C", "../..", "build", "BIN="+out)
	})
	if err == nil {
		err = link(from, path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// testdataProgram builds one of the programs below testdata.
func testdataProgram(t testing.TB, name string) string {
	t.Helper()
	proctest.NeedPrograms(t, "go")
	path, err := built.path(name, func(out string) *exec.Cmd {
		c := exec.Command("go", "build", "-o", out, "bones/testdata/"+name)
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		return c
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// link gives a file a second name, or copies it to where that cannot be.
func link(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
