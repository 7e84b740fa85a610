package proctest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// Tests start their own program again for a process that does something unusual: that holds namespaces, hangs, or
// attacks. It is done as in bones itself, with reexec: an init of the test files calls Part, and tests start the
// part with reexec.Command or, to talk with it, Start.

// Part makes the test program a part if it was started with word as argument 1. An error of run goes to standard
// error, and the status is 1 then.
func Part(word string, run func(args []string) error) {
	reexec.Register(word, func(args []string) int { return reexec.Report(run(args)) })
}

// Child is a process that a test talks with, a line at a time.
type Child struct {
	*exec.Cmd
	In   io.WriteCloser // closed at the end of the test
	Out  *bufio.Reader
	Said string // its first line, without the newline
}

// Start starts a process and waits for its first line, which says that it is ready. At the end of the test its
// input is closed, and it is killed. What it writes on standard error stands in the failure if it says nothing.
func Start(t testing.TB, cmd *exec.Cmd) *Child {
	t.Helper()
	c := &Child{Cmd: cmd}
	var said bytes.Buffer
	if cmd.Stderr == nil {
		cmd.Stderr = &said
	}
	var err error
	if c.In, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %q: %v", cmd.Args, err)
	}
	t.Cleanup(c.End)
	c.Out = bufio.NewReader(out)
	line, err := c.Out.ReadString('\n')
	if err != nil {
		c.End()
		t.Fatalf("%q said %q: %v: %s", cmd.Args, line, err, &said)
	}
	c.Said = strings.TrimSuffix(line, "\n")
	return c
}

// End kills the process and waits for its end. It may be called more than once.
func (c *Child) End() {
	c.In.Close()
	c.Process.Kill()
	c.Wait()
}

// Program is the test program under a path where everybody may execute it: the directory of the original is its
// owner's alone. It is a hard link where there can be one. Whoever writes to it needs a copy of its own.
func Program(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bones-program-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	if info, err := os.Stat(reexec.Self); err == nil && info.Mode().Perm()&0o5 == 0o5 &&
		unix.Linkat(unix.AT_FDCWD, reexec.Self, unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW) == nil {
		return path
	}
	program, err := os.ReadFile(reexec.Self)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeProgram(path, program); err != nil {
		t.Fatal(err)
	}
	return path
}

// Tests runs tests of this program again, in a process that the caller changes: as another user, in another
// environment. program is Program's.
func Tests(program string, names ...string) *exec.Cmd {
	return exec.Command(program, fmt.Sprintf("-test.run=^(%s)$", strings.Join(names, "|")), "-test.v")
}
