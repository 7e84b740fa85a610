package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestFilesInASetGroupIDDirectory: what is made in such a directory belongs to the directory's group, and directories
// in it are such ones again, as with touch, mkdir and cp: for root, and for a user who is not in that group, also
// where the permissions are named, and whatever the umask is. Of mkdir -p they are those of the last directory.
func TestFilesInASetGroupIDDirectory(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	m := builtBones(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const group = 4242
	tree := filepath.Join(m.dir, "tree")
	must(os.MkdirAll(filepath.Join(tree, "below"), 0o755))
	must(os.WriteFile(filepath.Join(tree, "below", "file"), []byte("content"), 0o644))
	for _, user := range []bool{false, true} {
		dir, journal, owner := filepath.Join(m.dir, "shared"), filepath.Join(m.dir, "journal"), uint32(0)
		if user {
			dir, journal, owner = dir+"-user", journal+"-user", 65534
		}
		must(os.Mkdir(journal, 0o700))
		must(os.Chown(journal, int(owner), int(owner)))
		must(os.Mkdir(dir, 0o700))
		must(os.Chown(dir, 0, group))
		must(os.Chmod(dir, 0o777|fs.ModeSetgid))
		for _, c := range []struct {
			args []string
			made []string
		}{
			{[]string{"touch", "self", dir + "/touched"}, []string{"touched"}},
			{[]string{"mkdir", "self", dir + "/folder"}, []string{"folder"}},
			{[]string{"mkdir", "-p", "--mode", "700", "self", dir + "/one/two"}, []string{"one", "one/two"}},
			{[]string{"put", "self", tree + "/below/file", dir + "/put"}, []string{"put"}},
			{[]string{"put", "self", tree, dir + "/tree"}, []string{"tree", "tree/below", "tree/below/file"}},
			{[]string{"get", "self", tree, dir + "/got"}, []string{"got", "got/below", "got/below/file"}},
		} {
			b := exec.Command("sh", "-c", `umask 077 && exec "$@"`, "sh", m.bones, "files", "--journal", journal+"/journal")
			b.Args = append(b.Args, c.args...)
			if user {
				unprivileged(b)
			}
			if out, err := b.CombinedOutput(); err != nil {
				t.Errorf("%q: %v: %s", c.args, err, out)
				continue
			}
			for _, name := range c.made {
				var st unix.Stat_t
				must(unix.Lstat(filepath.Join(dir, name), &st))
				if st.Uid != owner || st.Gid != group {
					t.Errorf("%q, user %v: %s belongs to %d:%d, want %d:%d", c.args, user, name, st.Uid, st.Gid, owner, group)
				}
				// Who copies a tree and is not in the group loses the bit with the permissions of the original: chmod(2).
				keeps := !user || c.args[0] == "mkdir"
				want := uint32(0o2755)
				if name == "one/two" {
					want = 0o2700
				}
				if st.Mode&unix.S_IFMT == unix.S_IFDIR && keeps && st.Mode&0o7777 != want {
					t.Errorf("%q, user %v: %s has permissions %o, want %o", c.args, user, name, st.Mode&0o7777, want)
				}
			}
		}
	}
}
