package main

import (
	"errors"
	"fmt"
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
	said  map[string]string
	errs  map[string]error
}

var built = builds{paths: map[string]string{}, said: map[string]string{}, errs: map[string]error{}}

// end removes them.
func (b *builds) end() {
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

// program returns the path of the program that a command makes, and what the command said.
func (b *builds) program(what string, command func(out string) *exec.Cmd) (path, said string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "built")
		if err != nil {
			return "", "", err
		}
		b.dir = dir
	}
	if b.paths[what] == "" {
		out := filepath.Join(b.dir, filepath.Base(what))
		b.paths[what] = out
		said, err := command(out).CombinedOutput()
		if b.said[what] = string(said); err != nil {
			b.errs[what] = fmt.Errorf("%s: %w: %.2000s", what, err, said)
		}
	}
	return b.paths[what], b.said[what], b.errs[what]
}

// dumpDependencies has the linker tell what it keeps because of what. The program that it makes is the same.
const dumpDependencies = "LINK=-dumpdep"

// madeBones is bones as make builds it, and what the linker says.
func madeBones(t testing.TB) (path, said string) {
	t.Helper()
	proctest.NeedPrograms(t, "make", "go")
	path, said, err := built.program("bones", func(out string) *exec.Cmd {
		return exec.Command("make", "-s", "-C", "../..", "build", dumpDependencies, "BIN="+out)
	})
	if err != nil {
		t.Fatal(err)
	}
	return path, said
}

// install puts bones where a test wants it.
func install(t testing.TB, path string) {
	t.Helper()
	from, _ := madeBones(t)
	if err := link(from, path); err != nil {
		t.Fatal(err)
	}
}

// testdataProgram builds one of the programs below testdata.
func testdataProgram(t testing.TB, name string) string {
	t.Helper()
	proctest.NeedPrograms(t, "go")
	path, _, err := built.program(name, func(out string) *exec.Cmd {
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
	return copyProgram(from, to)
}

func copyProgram(from, to string) error {
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
