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

// builds is bones as these tests start it: linked when the first test wants it, and only once, as linking takes longer
// than most tests.
type builds struct {
	ownState bool // what root's bones keeps is below dir, and the linker says what it keeps because of what
	once     sync.Once
	dir      string
	said     string
	err      error
}

// built is what tests of this machine start: what it does without --journal is written below the tests' own directory,
// and not into the journal of the machine's root. shipped is the very program that users have, for other machines.
var (
	built   = builds{ownState: true}
	shipped builds
)

// end removes it.
func (b *builds) end() {
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

// installPrefix is where bones is installed below what installed returns.
const installPrefix = "/opt/it"

// make builds bones and installs it below dir/installed, as make install does where nothing is built yet.
func (b *builds) make() {
	if b.dir, b.err = os.MkdirTemp("", "built"); b.err != nil {
		return
	}
	link := "LINK="
	if b.ownState {
		link += "-dumpdep -X bones/cmd/bones/internal/ours.rootState=" + b.state()
	}
	c := exec.Command("make", "-s", "-C", "../..", "install", link, "BIN="+filepath.Join(b.dir, "bones"),
		"DESTDIR="+b.installed(), "PREFIX="+installPrefix)
	c.Env = append(os.Environ(), "GOGC=400") // of go and the linker, which have little garbage and collect it often
	out, err := c.CombinedOutput()
	if b.said = string(out); err != nil {
		b.err = fmt.Errorf("make install: %w: %s", err, out[max(0, len(out)-2000):])
		return
	}
	b.err = writeAtOnce(filepath.Join(b.dir, "bones"))
}

// writeAtOnce writes a program anew in one piece. The linker writes it in many, and so the kernel has it in single
// pages of memory, which it maps one by one; of a file that was written at once it maps more at a time: bones then
// starts with a fifth less of a processor, and these tests start it 2,000 times.
func writeAtOnce(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o755)
}

func (b *builds) installed() string { return filepath.Join(b.dir, "installed") }

// state is where bones that root starts keeps its journal.
func (b *builds) state() string { return filepath.Join(b.dir, "state") }

// madeBones is bones as make builds it, and what the linker says.
func madeBones(t testing.TB) (path, said string) {
	t.Helper()
	return built.made(t), built.said
}

func (b *builds) made(t testing.TB) (path string) {
	t.Helper()
	proctest.NeedPrograms(t, "make", "go")
	if b.once.Do(b.make); b.err != nil {
		t.Fatal(b.err)
	}
	return filepath.Join(b.dir, "bones")
}

// installedBones is the directory below which make install has put bones.
func installedBones(t testing.TB) string {
	t.Helper()
	madeBones(t)
	return built.installed()
}

// install puts bones where a test wants it.
func install(t testing.TB, path string) {
	t.Helper()
	from, _ := madeBones(t)
	if err := link(from, path); err != nil {
		t.Fatal(err)
	}
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
