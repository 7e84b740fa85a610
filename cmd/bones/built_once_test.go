package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// Linking bones takes longer than almost every test that starts it. Each test program has a state directory of its own
// in its bones, though, which the linker writes into it. So bones is linked with a path that stands for it, once for
// all test programs that run on the same source, and each writes its own directory into its copy.

// noState is what bones is linked with as the state directory of root. Nobody can make it.
var noState = "/dev/null/" + strings.Repeat("the-state-directory-of-the-tests/", 8)

// keptBuild returns the file that bones is to be built into: bin/tested/bones of a clone, which the go command leaves
// as it is as long as the source stays the same. No other test program builds until release is called. Where somebody
// else may write to the clone, or we may not, it is a file in dir, and bones is linked anew.
func keptBuild(clone, dir string) (bones string, release func()) {
	anew := filepath.Join(dir, "bones")
	k := ours.Purpose{What: "bones of the tests", Help: "it is linked anew"}
	source, err := k.Dir(clone, false)
	if err != nil {
		return anew, func() {}
	}
	source.Close()
	os.Mkdir(filepath.Join(clone, "bin"), 0o777) // or k.Dir makes it, for us alone
	kept, err := k.Dir(filepath.Join(clone, "bin/tested"), true)
	if err != nil {
		return anew, func() {}
	}
	defer kept.Close()
	lock, err := kept.Named("lock").Open(true)
	if err != nil {
		return anew, func() {}
	}
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX)
	}
	if err == nil {
		bones, err = filepath.Abs(filepath.Join(clone, "bin/tested/bones"))
	}
	if err != nil {
		lock.Close()
		return anew, func() {}
	}
	return bones, func() { lock.Close() }
}

// setState writes the state directory of root into bones that was linked with noState. Slashes at its end, which mean
// nothing, make it as long as that one.
//
// The file is written anew, at once. The linker writes it in many pieces, and so the kernel has it in single pages of
// memory, which it maps one by one; of a file that was written at once it maps more at a time: bones then starts with
// a fifth less of a processor, and these tests start it 2,000 times.
func setState(bones, dir string) error {
	if len(dir) > len(noState) {
		return fmt.Errorf("the path of the directory for temporary files is too long: %s", dir)
	}
	program, err := os.ReadFile(bones)
	if err != nil {
		return err
	}
	if n := bytes.Count(program, []byte(noState)); n != 1 {
		return fmt.Errorf("%s was linked with a path that stands for the state directory, which must be in it exactly once "+
			"to be replaced, and is in it %d times: the linker takes it from -X, and nothing else may have it", bones, n)
	}
	at := bytes.Index(program, []byte(noState))
	copy(program[at:], dir+strings.Repeat("/", len(noState)-len(dir)))
	if err := os.Remove(bones); err != nil {
		return err
	}
	// A process that another test starts meanwhile would have the file open for writing, too, until it has begun its
	// own program, and the kernel does not start a program that somebody may write to.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(bones, program, 0o755)
}

// TestKeptBuildIsOurs: root starts no bones that another user may have put into the clone, and makes nothing in a
// clone of another user.
func TestKeptBuildIsOurs(t *testing.T) {
	proctest.Need(t, proctest.Root)
	for name, c := range map[string]struct {
		change func(clone string) error
		kept   bool
	}{
		"ours":          {func(string) error { return nil }, true},
		"built before":  {func(clone string) error { return os.MkdirAll(clone+"/bin/tested", 0o755) }, true},
		"another's":     {func(clone string) error { return os.Chown(clone, 65534, 65534) }, false},
		"for all":       {func(clone string) error { return os.Chmod(clone, 0o777) }, false},
		"tested by all": {func(clone string) error { return openDirectories(clone+"/bin", clone+"/bin/tested") }, false},
		"link":          {func(clone string) error { return os.Symlink(t.TempDir(), clone+"/bin") }, false},
		"no directory":  {func(clone string) error { return os.WriteFile(clone+"/bin", nil, 0o644) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			clone, dir := t.TempDir(), t.TempDir()
			if err := c.change(clone); err != nil {
				t.Fatal(err)
			}
			bones, release := keptBuild(clone, dir)
			if !c.kept {
				_, err := os.Lstat(clone + "/bin")
				if bones != dir+"/bones" || name == "another's" && err == nil {
					t.Errorf("built into %s; bin: %v", bones, err)
				}
				return
			}
			lock, err := os.Open(clone + "/bin/tested/lock")
			if err != nil {
				t.Fatal(err)
			}
			defer lock.Close()
			held := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
			release()
			free := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
			if bones != clone+"/bin/tested/bones" || held != unix.EWOULDBLOCK || free != nil {
				t.Errorf("built into %s; the lock: %v, then %v", bones, held, free)
			}
		})
	}
}

// openDirectories makes directories that everybody may write to.
func openDirectories(dirs ...string) error {
	for _, dir := range dirs {
		if err := errors.Join(os.Mkdir(dir, 0o777), os.Chmod(dir, 0o777)); err != nil {
			return err
		}
	}
	return nil
}

// TestStateIsWrittenOnce: a program without the path that the linker was given, or with two, is not changed.
func TestStateIsWrittenOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "program")
	for _, c := range []struct {
		program, dir, want, why string
	}{
		{"a" + noState + "b", "/dir", "a/dir" + strings.Repeat("/", len(noState)-4) + "b", ""},
		{"a" + noState + "b", "/dir" + noState, "", "the path of the directory for temporary files is too long"},
		{"ab", "/dir", "", "must be in it exactly once to be replaced, and is in it 0 times"},
		{noState + noState, "/dir", "", "must be in it exactly once to be replaced, and is in it 2 times"},
		{"a" + noState + "b" + noState, "/dir", "", "must be in it exactly once to be replaced, and is in it 2 times"},
	} {
		if err := os.WriteFile(file, []byte(c.program), 0o755); err != nil {
			t.Fatal(err)
		}
		err := setState(file, c.dir)
		got, _ := os.ReadFile(file)
		if c.want == "" {
			if err == nil || !strings.Contains(err.Error(), c.why) || string(got) != c.program {
				t.Errorf("%q for %s: %q, %v; the reason must be: %s", c.program, c.dir, got, err, c.why)
			}
		} else if err != nil || string(got) != c.want {
			t.Errorf("%q for %s: %q, %v", c.program, c.dir, got, err)
		}
	}
}
