package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// filesRun runs bones on files of a demo, with an input.
type filesRun struct {
	*testing.T
	m      made
	name   string
	inside string // its root, seen from here
}

func newFilesRun(t *testing.T, word string) *filesRun {
	needRoot(t)
	m := builtBones(t)
	name := demoName(word)
	row := m.startDemo(t, name, "")
	return &filesRun{t, m, name, fmt.Sprintf("/proc/%d/root", *row.PID)}
}

func (r *filesRun) run(in string, want int, args ...string) (out, errs string) {
	r.Helper()
	out, errs, got := r.m.here(r.T, in, args...)
	if got != want {
		r.Errorf("bones %q: status %d, want %d: %s%s", args, got, want, out, errs)
	}
	return out, errs
}

// sh runs a script in a directory.
func (r *filesRun) sh(dir, script string) string {
	r.Helper()
	c := exec.Command("sh", "-euc", script)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		r.Fatalf("%s: %v %s", script, err, out)
	}
	return string(out)
}

// TestFilesCopyCommands: what the commands say of a copy, with each flag, and as tar through the standard streams.
func TestFilesCopyCommands(t *testing.T) {
	proctest.Need(t, proctest.Users)
	r := newFilesRun(t, "copies")
	here := t.TempDir()
	r.sh(here, `mkdir tree; printf key > tree/key; chmod 600 tree/key; printf s > tree/suid; chown 5:6 tree/suid
chmod 4755 tree/suid; ln -s key tree/link; mkfifo tree/fifo; ln -s tree to-tree; ln -s tree/key to-key`)
	look := func(path string) string { return r.sh(path, `find . -printf '%P %y %m %U:%G %l\n' | sort`) }

	// What is no file is named, the rest is there, and the status says so.
	_, errs := r.run("", exitFailed, "files", "put", r.name, here+"/tree", "/tmp/in")
	if !strings.Contains(errs, "tree/fifo: left out: it is a fifo") ||
		!strings.Contains(errs, "one file was not copied") {
		t.Errorf("a FIFO: %s", errs)
	}
	os.Remove(here + "/tree/fifo")
	if got, want := look(r.inside+"/tmp/in"), strings.ReplaceAll(look(here+"/tree"), "5:6", "0:0"); got != want {
		t.Errorf("put made\n%sof\n%s", got, want)
	}
	_, errs = r.run("", 0, "files", "get", r.name, "/tmp/in", here+"/out")
	if !strings.Contains(errs, "set-user-ID") {
		t.Errorf("set-user-ID: %q", errs)
	}
	if got := look(here + "/out"); !strings.Contains(got, "suid f 755 ") || !strings.Contains(got, "link l 777 0:0 key") {
		t.Errorf("get made\n%s", got)
	}
	// A tree is one change.
	r.run("", 0, "undo", "--yes")
	if _, err := os.Lstat(r.inside + "/tmp/in"); !os.IsNotExist(err) {
		t.Errorf("taken back: %v", err)
	}

	// Links, and what they lead to. Owners with -a.
	r.run("", 0, "files", "put", r.name, here+"/to-tree", "/tmp/as-link")
	r.run("", 0, "files", "put", r.name, here+"/to-tree", "/tmp/as-tree", "-L", "-a")
	r.run("", 0, "files", "put", r.name, here+"/to-key", "/tmp/as-key", "--follow-link", "--archive")
	if got := r.sh(r.inside+"/tmp", `readlink as-link; stat -c '%a %u:%g' as-tree/suid as-key`); got !=
		"tree\n4755 5:6\n600 0:0\n" {
		t.Errorf("links: %s", got)
	}
	r.run("", 0, "files", "get", r.name, "/tmp/as-link", here+"/as-link")
	r.run("", 0, "files", "get", r.name, "/tmp/as-tree", here+"/as-tree", "--archive", "--follow-link")
	if got := r.sh(here, `readlink as-link; stat -c '%a %u:%g' as-tree/suid`); got != "tree\n755 5:6\n" {
		t.Errorf("out again: %s", got)
	}

	// As tar.
	out, _ := r.run("", 0, "files", "get", r.name, "/tmp/as-tree", "-")
	c := exec.Command("tar", "t")
	c.Stdin = strings.NewReader(out)
	const whole = "as-tree/\nas-tree/key\nas-tree/link\nas-tree/suid\n"
	if list, err := c.CombinedOutput(); err != nil || string(list) != whole &&
		len(strings.Fields(string(list))) != 4 {
		t.Errorf("tar t: %v %s", err, list)
	}
	r.run("", 0, "files", "mkdir", r.name, "/tmp/untarred")
	r.run(out, 0, "files", "put", r.name, "-", "/tmp/untarred/", "--yes")
	if got, want := look(r.inside+"/tmp/untarred/as-tree"), strings.ReplaceAll(strings.ReplaceAll(look(here+"/tree"),
		"5:6", "0:0"), "4755", "755"); got != want {
		t.Errorf("through tar both ways\n%swant\n%s", got, want)
	}
	_, errs = r.run("this is no tar", exitFailed, "files", "put", r.name, "-", "/tmp/untarred", "--yes")
	if !strings.Contains(errs, "not a tar archive") {
		t.Errorf("no tar: %s", errs)
	}

	// A file that is there is replaced and comes back; touch gives it the mode that is asked for.
	r.run("", 0, "files", "put", r.name, here+"/tree/suid", "/tmp/as-key", "--yes")
	r.run("", 0, "undo", "--yes")
	r.run("", 0, "files", "touch", r.name, "/tmp/as-key", "--mode", "604")
	if got := r.sh(r.inside+"/tmp", `cat as-key; stat -c ' %a' as-key`); got != "key 604\n" {
		t.Errorf("replaced and back: %s", got)
	}
}

// TestFilesCommandsGoOn: of several paths one that is refused does not keep the others from their turn.
func TestFilesCommandsGoOn(t *testing.T) {
	r := newFilesRun(t, "several")
	r.run("", 0, "files", "touch", r.name, "/tmp/a", "/tmp/b", "/tmp/c")
	out, errs := r.run("", exitFailed, "files", "cat", r.name, "/tmp/none", "/etc/passwd", "/tmp")
	if !strings.Contains(out, "root:") || !strings.Contains(errs, "none: there is no such file") ||
		!strings.Contains(errs, "it is a directory") {
		t.Errorf("cat: %s%s", out, errs)
	}
	r.run("", exitFailed, "files", "rm", r.name, "/tmp/none", "/tmp/a", "/tmp/nor-this", "/tmp/b", "--yes")
	r.run("", exitFailed, "files", "mkdir", r.name, "/tmp/c", "/tmp/d")
	if got := strings.Fields(r.sh(r.inside+"/tmp", "ls")); !slices.Contains(got, "d") || slices.Contains(got, "a") ||
		slices.Contains(got, "b") {
		t.Errorf("afterwards: %q", got)
	}
	// A slash at the end is a directory's.
	r.run("x", exitFailed, "files", "put", r.name, "-", "/tmp/nothing/")
	r.run("", exitFailed, "files", "touch", r.name, "/tmp/nothing/")
	r.run("", 0, "files", "touch", r.name, "/tmp/d/")
}

// TestEnvironIsMasked: the values of an environment are shown only where that is asked for.
func TestEnvironIsMasked(t *testing.T) {
	r := newFilesRun(t, "environ")
	c := exec.Command("sleep", "1000")
	c.Env = []string{"PASSWORD=hunter2", "EMPTY="}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	pid := strconv.Itoa(c.Process.Pid)
	proctest.Until(t, "the program", func() bool {
		b, _ := os.ReadFile("/proc/" + pid + "/environ")
		return bytes.HasPrefix(b, []byte("PASSWORD="))
	})
	for _, args := range [][]string{{"/environ", "--proc-dir"}, {"//environ", "--proc-dir"},
		{"/task/" + pid + "/environ", "--proc-dir"}, {"/environ", "--proc-dir", "--decoded"},
		{"/proc/" + pid + "/environ"}} {
		out, _ := r.run("", 0, append([]string{"files", "cat", pid}, args...)...)
		if out != "PASSWORD=********\x00EMPTY=\x00" {
			t.Errorf("%q: %q", args, out)
		}
	}
	if out, _ := r.run("", 0, "files", "cat", pid, "/environ", "--proc-dir", "--reveal"); out !=
		"PASSWORD=hunter2\x00EMPTY=\x00" {
		t.Errorf("revealed: %q", out)
	}
}

// TestEditIsNotLost: an edit that cannot be saved is in a private file, which the message names.
func TestEditIsNotLost(t *testing.T) {
	r := newFilesRun(t, "lost")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("VISUAL", "")
	for name, before := range map[string]string{
		// What the editor does beside writing the text; {} is the file inside.
		"read-only":        `mount -o remount,ro,bind {dir}`,
		"a link":           `rm {}; ln -s elsewhere {}`,
		"changed":          `echo others > {}`,
		"gone":             `rm -r {dir}`,
		"the editor fails": `false`,
		"too large":        `truncate -s 17M "$1"`,
	} {
		t.Run(name, func(t *testing.T) {
			r.T = t
			dir := t.TempDir()
			file := filepath.Join(dir, "conf")
			r.sh(dir, "echo old > conf")
			if name == "read-only" {
				if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
					t.Skip(err)
				}
				t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
			}
			editor := filepath.Join(r.m.dir, "editor")
			script := "#!/bin/sh\nset -e\necho edited > \"$1\"\n" + strings.NewReplacer("{dir}", dir, "{}",
				file).Replace(before)
			if err := os.WriteFile(editor, []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("EDITOR", editor)
			c := exec.Command(r.m.bones, "--journal", filepath.Join(r.m.dir, "journal"), "files", "edit",
				strconv.Itoa(os.Getpid()), file)
			out, err := c.CombinedOutput()
			_, rest, ok := strings.Cut(string(out), "what you wrote is in ")
			kept := strings.Split(rest, "\n")[0]
			if err == nil || !ok {
				t.Fatalf("%v: %s", err, out)
			}
			b, err := os.ReadFile(kept)
			if err != nil || !strings.HasPrefix(string(b), "edited\n") {
				t.Errorf("%s holds %.20q, %v", kept, b, err)
			}
			for path, mode := range map[string]os.FileMode{kept: 0o600, filepath.Dir(kept): 0o700} {
				if i, err := os.Stat(path); err != nil || i.Mode().Perm() != mode {
					t.Errorf("%s: %v %v", path, i, err)
				}
			}
		})
	}
	r.T = t
	// Where nobody can type, no editor waits for somebody who does.
	t.Setenv("EDITOR", "")
	t.Setenv("VISUAL", " ")
	c := exec.Command(r.m.bones, "files", "edit", r.name, "/tmp/new")
	if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), "no terminal") ||
		strings.Count(string(out), "\n") != 1 {
		t.Errorf("without a terminal and an editor: %v %s", err, out)
	}
	// Of one that is saved nothing stays.
	before, _ := filepath.Glob(tmp + "/*")
	editor := filepath.Join(r.m.dir, "editor")
	os.WriteFile(editor, []byte("#!/bin/sh\necho edited > \"$1\"\n"), 0o755)
	t.Setenv("EDITOR", editor)
	r.run("", 0, "files", "edit", r.name, "/tmp/new")
	if after, _ := filepath.Glob(tmp + "/*"); len(after) != len(before) {
		t.Errorf("left behind: %q", after)
	}
	// Where only the mode is to be changed, it is.
	os.WriteFile(editor, []byte("#!/bin/sh\n"), 0o755)
	r.run("", 0, "files", "edit", r.name, "/tmp/new", "--mode", "604")
	if got := r.sh(r.inside+"/tmp", "stat -c %a new"); got != "604\n" {
		t.Errorf("--mode of a text that was not changed: %s", got)
	}
}
