package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The table of what files get and files put do, beside docker cp and cp -a: what is copied, and what is there where it
// goes. Each outcome must be that of one of the two, and of both where they agree.
var (
	cellSources      = []string{"file", "tree", "tree/.", "to-file", "to-tree"}
	cellDestinations = []string{"absent", "absent/", "a-file", "a-dir", "a-link-to-file", "a-link-to-dir"}
)

// fillCellSource makes what is copied: files, and a tree with what a copy loses easily.
const fillCellSource = `set -eu
cd "$1"; umask 022
printf content > file; chmod 640 file
mkdir -p tree/sub tree/empty
printf key > tree/key; chmod 600 tree/key
printf script > tree/script; chmod 755 tree/script
printf none > tree/none; chmod 0 tree/none
printf two > tree/one-name; ln tree/one-name tree/sub/other-name
ln -s key tree/link; ln -s nowhere tree/sub/dangling
truncate -s 3M tree/sub/holes
chmod 750 tree/sub; chmod 700 tree/empty
ln -s file to-file; ln -s tree to-tree
find . -exec touch -h -d '2001-02-03 04:05:06 UTC' {} +`

// fillCellDestination makes what is there already.
const fillCellDestination = `set -eu
mkdir -p "$1"; cd "$1"
printf old > a-file; mkdir a-dir; ln -s a-file a-link-to-file; ln -s a-dir a-link-to-dir`

// cellOutcome is all that is below a directory, and whether the copy was refused.
func cellOutcome(t *testing.T, dir string, refused bool) string {
	t.Helper()
	var b strings.Builder
	inodes := map[uint64]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		at := "now"
		if when := time.Unix(st.Mtim.Sec, st.Mtim.Nsec); when.Year() < 2010 {
			at = when.UTC().Format(time.DateTime)
		}
		fmt.Fprintf(&b, "%s %o %d:%d %s", name, st.Mode, st.Uid, st.Gid, at)
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFLNK:
			target, _ := os.Readlink(path)
			fmt.Fprintf(&b, " -> %s", target)
		case unix.S_IFREG:
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %d %q", len(content), content[:min(len(content), 10)])
			if first := inodes[st.Ino]; first != "" {
				fmt.Fprintf(&b, " as %s", first)
			} else if st.Nlink > 1 {
				inodes[st.Ino] = name
			}
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if refused {
		b.WriteString("refused\n")
	}
	return b.String()
}

// TestFilesCopyAsDockerAndCp runs the 60 cells of the table, each with bones, docker cp and cp -a.
func TestFilesCopyAsDockerAndCp(t *testing.T) {
	e := startEngine(t)
	m := builtBones(t)
	name := fmt.Sprintf("cells-%d", os.Getpid())
	e.must("run", "-d", "--name", name, "--network", "none", "memcached:test", "sleep", "10000")
	pid, _ := strconv.Atoi(e.must("inspect", "-f", "{{.State.Pid}}", name))
	root := fmt.Sprintf("/proc/%d/root", pid)
	here := t.TempDir()
	script := func(text, dir string) {
		t.Helper()
		if out, err := exec.Command("sh", "-c", text, "sh", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for _, dir := range []string{here + "/from", root + "/from"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		script(fillCellSource, dir)
	}
	agree, n := 0, 0
	for _, direction := range []string{"get", "put"} {
		for _, source := range cellSources {
			for _, dest := range cellDestinations {
				n++
				to, base := here, here
				if direction == "put" {
					to, base = root, ""
				}
				outcome := map[string]string{}
				for _, by := range []string{"bones", "docker", "cp"} {
					dir := fmt.Sprintf("/to-%d-%s", n, by)
					script(fillCellDestination, to+dir)
					inside, outside := "/from/"+source, here+"/from/"+source
					target := base + dir + "/" + dest
					var c *exec.Cmd
					switch {
					case by == "bones" && direction == "get":
						c = exec.Command(m.bones, "files", "get", strconv.Itoa(pid), inside, target)
					case by == "bones":
						c = exec.Command(m.bones, "--journal", m.dir+"/journal", "files", "put", strconv.Itoa(pid), outside,
							target, "--yes")
					case by == "docker" && direction == "get":
						c = exec.Command("docker", "-H", e.host, "cp", "-q", name+":"+inside, target)
					case by == "docker":
						c = exec.Command("docker", "-H", e.host, "cp", "-q", outside, name+":"+target)
					case direction == "get":
						c = exec.Command("cp", "-a", root+inside, target)
					default:
						c = exec.Command("cp", "-a", outside, root+target)
					}
					out, err := c.CombinedOutput()
					outcome[by] = cellOutcome(t, to+dir, err != nil)
					if by == "bones" && err != nil {
						t.Logf("%s %s to %s: %s", direction, source, dest, out)
					}
				}
				if outcome["docker"] == outcome["cp"] {
					agree++
				}
				if outcome["bones"] != outcome["docker"] && outcome["bones"] != outcome["cp"] {
					t.Errorf("%s %s to %s: bones\n%sdocker cp\n%scp -a\n%s", direction, source, dest, outcome["bones"],
						outcome["docker"], outcome["cp"])
				}
			}
		}
	}
	t.Logf("in %d of %d cells docker cp and cp -a agree", agree, n)
	if n != 60 {
		t.Errorf("%d cells", n)
	}
}
