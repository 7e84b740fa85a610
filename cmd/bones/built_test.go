package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bones/procwalk/proctest"
)

// builds is bones as these tests start it: built when the first test wants it, and only once, as that takes longer
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

// make builds bones and installs it below dir/installed, as make install does.
func (b *builds) make() {
	if b.dir, b.err = os.MkdirTemp("", "built"); b.err != nil {
		return
	}
	if !b.ownState {
		_, b.err = b.install(filepath.Join(b.dir, "bones"), "")
		return
	}
	kept, release := keptBuild("../..", b.dir)
	defer release()
	link := "-dumpdep -X bones/cmd/bones/internal/ours.rootState=" + noState
	if b.said, b.err = b.install(kept, link); b.err == nil && !strings.Contains(b.said, " -> ") {
		// The go command, which repeats what the linker said, has it no more.
		os.Remove(kept)
		b.said, b.err = b.install(kept, link)
	}
	if b.err == nil {
		b.err = setState(b.bones(), b.state())
	}
}

// install runs make install, which builds bones into the file bin if what is there was made of other sources.
func (b *builds) install(bin, link string) (said string, err error) {
	c := exec.Command("make", "-s", "-C", "../..", "install", "LINK="+link, "BIN="+bin, "DESTDIR="+b.installed(),
		"PREFIX="+installPrefix)
	c.Env = append(os.Environ(), "GOGC=400") // of go and the linker, which have little garbage and collect it often
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("make install: %w: %s", err, out[max(0, len(out)-2000):])
	}
	return string(out), nil
}

// bones is the installed program.
func (b *builds) bones() string { return filepath.Join(b.installed(), installPrefix, "bin/bones") }

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
	return b.bones()
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
