package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// zeroWorld is a process in a user namespace, whose root is user 200000 here, and a directory for it: an owner that
// is taken for "not given" becomes 200000.
type zeroWorld struct {
	*testing.T
	m        made
	pid, dir string
}

func newZeroWorld(t *testing.T) *zeroWorld {
	t.Helper()
	needRoot(t)
	proctest.Need(t, proctest.UserNamespaces, proctest.Users)
	m := builtBones(t)
	c := exec.Command("sleep", "1000")
	whole := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 200000, Size: 65536}}
	c.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER, UidMappings: whole, GidMappings: whole}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	return &zeroWorld{t, m, strconv.Itoa(c.Process.Pid), t.TempDir()}
}

// file makes a file whose times are 0.
func (w *zeroWorld) file(name, content string, mode os.FileMode, uid, gid int) string {
	w.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.Fatal(err)
	}
	epoch := time.Unix(0, 0)
	for _, err := range []error{os.Chown(path, uid, gid), os.Chmod(path, mode), os.Chtimes(path, epoch, epoch)} {
		if err != nil {
			w.Fatal(err)
		}
	}
	return path
}

// look is what a zero must not be lost of: type and permissions, owner and content.
func (w *zeroWorld) look(path string) string {
	w.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return err.Error()
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return fmt.Sprintf("%o %d:%d", st.Mode, st.Uid, st.Gid)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		w.Fatal(err)
	}
	return fmt.Sprintf("%o %d:%d %q", st.Mode, st.Uid, st.Gid, b)
}

func (w *zeroWorld) is(what, path, want string) {
	w.Helper()
	if got := w.look(path); got != want {
		w.Errorf("%s: %s is %s, want %s", what, filepath.Base(path), got, want)
	}
}

// TestZeroComesBack: what is removed or replaced comes back with permissions 0, user and group 0, an empty content,
// and under a name that is no UTF-8, also when it is done again and undone again.
func TestZeroComesBack(t *testing.T) {
	w := newZeroWorld(t)
	files := []string{
		w.file("shadow", "root:*:0::::::\n", 0, 0, 0), w.file("empty", "", 0, 0, 7), w.file("no UTF-8 \xff\xe2\x82", "\x00",
			0o400, 7, 0),
		w.file("plain", "p", 0o644, 200000, 200000),
	}
	for _, mode := range []os.FileMode{0, 0o700} {
		dir := filepath.Join(w.dir, fmt.Sprintf("dir %o", mode))
		if err := os.Mkdir(dir, mode); err != nil {
			t.Fatal(err)
		}
		files = append(files, dir)
	}
	other := w.file("other", "other", 0o640, 5, 5)
	for _, path := range files {
		const gone = "no such file or directory"
		before := w.look(path)
		steps := []struct {
			args []string
			want string
		}{
			{[]string{"files", "rm", w.pid, path, "--yes"}, gone}, {[]string{"undo"}, before},
			{[]string{"undo", "--redo"}, gone}, {[]string{"undo"}, before},
			{[]string{"files", "put", w.pid, other, path, "--yes", "--mode", "600", "--owner", "9:9"}, `100600 9:9 "other"`},
			{[]string{"undo"}, before},
		}
		if strings.HasPrefix(before, "40") {
			steps = steps[:4] // a directory is not replaced
		}
		for _, step := range steps {
			w.m.askHere(t, step.args...)
			w.is(strings.Join(step.args, " "), path, step.want)
		}
	}
}

// TestZeroIsAskedFor gives each command that makes something the permissions 0 and the owner 0:0, and nothing. What it
// prints for doing it by hand is tried with half of the flags of each command, and undo, which removes whatever was
// made, with a third; with a soak both are tried with all.
func TestZeroIsAskedFor(t *testing.T) {
	w := newZeroWorld(t)
	sources := map[string]string{"empty": w.file("from-empty", "", 0, 0, 0), "full": w.file("from-full", "full", 0, 3, 3)}
	for i, c := range []struct {
		name       string
		args       []string
		kind, text string
		plain      string // permissions that are not asked for
	}{
		{"touch", []string{"files", "touch", w.pid, "PATH"}, "100", ` ""`, "644"},
		{"mkdir", []string{"files", "mkdir", w.pid, "PATH"}, "40", "", "755"},
		{"mkdir -p", []string{"files", "mkdir", "-p", w.pid, "PATH"}, "40", "", "755"},
		{"put", []string{"files", "put", w.pid, sources["full"], "PATH"}, "100", ` "full"`, "000"},
		{"put empty", []string{"files", "put", w.pid, sources["empty"], "PATH"}, "100", ` ""`, "000"},
	} {
		for n, f := range []struct {
			flags []string
			want  string
		}{
			{nil, c.plain + " 200000:200000"},
			{[]string{"--mode", "0"}, "000 200000:200000"},
			{[]string{"--mode", "0000", "--owner", "0:0"}, "000 0:0"},
			{[]string{"--owner", "0:0"}, c.plain + " 0:0"},
			{[]string{"--owner", "0:5"}, c.plain + " 0:5"},
			{[]string{"--owner", "5:0"}, c.plain + " 5:0"},
		} {
			for _, byHand := range []bool{false, true} {
				if byHand && proctest.Soak(0, 1) == 0 && (i+n)%2 == 1 {
					continue
				}
				path := filepath.Join(w.dir, fmt.Sprintf("%s %d %t", c.name, n, byHand))
				args := append([]string{}, c.args...)
				args[len(args)-1] = path
				args = append(args, f.flags...)
				if byHand {
					line := w.m.askHere(t, append(args, "--dry-run")...)
					if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
						t.Fatalf("%s: %v %s", line, err, out)
					}
				} else {
					w.m.askHere(t, args...)
				}
				w.is(strings.Join(args, " "), path, c.kind+f.want+c.text)
				if !byHand && (proctest.Soak(0, 1) == 1 || (i+n)%3 == 0) {
					w.m.askHere(t, "undo")
					w.is("undone", path, "no such file or directory")
				}
			}
		}
	}
}

// TestZeroIsCopied: a file of permissions 0, and an empty one, come out as they are.
func TestZeroIsCopied(t *testing.T) {
	w := newZeroWorld(t)
	for name, content := range map[string]string{"shadow": "secret", "empty": ""} {
		path := w.file(name, content, 0, 0, 0)
		local := filepath.Join(t.TempDir(), "out")
		w.m.askHere(t, "files", "get", w.pid, path, local)
		w.is("copied out", local, fmt.Sprintf("100000 0:0 %q", content))
		if got := w.m.askHere(t, "files", "cat", w.pid, path); got != content {
			t.Errorf("%s: read %q, want %q", name, got, content)
		}
	}
}

// TestZeroIsEdited: an editor that fills an empty file, and one that empties a file, of permissions 0 and of times
// 0; and undo.
func TestZeroIsEdited(t *testing.T) {
	w := newZeroWorld(t)
	t.Setenv("VISUAL", "")
	for n, c := range []struct{ before, after string }{{"", "filled"}, {"full", ""}} {
		editor := filepath.Join(w.m.dir, fmt.Sprintf("editor%d", n))
		if err := os.WriteFile(editor, []byte("#!/bin/sh\nprintf '"+c.after+"' > \"$1\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("EDITOR", editor)
		path := w.file(fmt.Sprintf("edited%d", n), c.before, 0, 0, 0)
		before := w.look(path)
		w.m.askHere(t, "files", "edit", w.pid, path)
		w.is("edited", path, fmt.Sprintf("100000 0:0 %q", c.after))
		w.m.askHere(t, "undo")
		w.is("edited and undone", path, before)
		w.m.askHere(t, "files", "touch", w.pid, path)
		w.is("touched", path, before)
		if i, err := os.Lstat(path); err != nil || i.ModTime().Unix() == 0 {
			t.Errorf("touched: %v %v", i.ModTime(), err)
		}
	}
	hard := w.file("hard", "", 0, 0, 0)
	if err := os.Link(hard, hard+"2"); err != nil { // is written in place
		t.Fatal(err)
	}
	put := w.file("put", "content", 0o644, 1, 1)
	w.m.askHere(t, "files", "put", w.pid, put, hard, "--yes")
	w.is("written in place", hard+"2", `100644 0:0 "content"`)
	w.m.askHere(t, "undo")
	w.is("undone in place", hard+"2", `100000 0:0 ""`)
}
