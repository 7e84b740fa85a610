package rootfs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// TestMkdirTakesNobodysDirectory: what somebody has put in place of the directory that was just made is left alone,
// also where its permissions would fit.
func TestMkdirTakesNobodysDirectory(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Users)
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open("/proc", procwalk.ID{PID: os.Getpid(), Start: start})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	top := proctest.TempDir(t)
	dir, err := unix.Open(top, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(dir)
	for _, c := range []struct {
		name  string
		owner int
		group int
		mode  os.FileMode
		want  error
	}{
		{"ours", 0, 0, 0o755, nil}, {"of the directory's group", 0, 4242, 0o755 | os.ModeSetgid, nil},
		{"less by an ACL", 0, 0, 0o750, nil}, {"of somebody", 4242, 4242, 0o755, ErrMoved},
		{"private of somebody", 4242, 4242, 0o700, ErrMoved}, {"wider", 0, 0, 0o777, ErrMoved},
	} {
		path := filepath.Join(top, c.name)
		if err := errors.Join(os.Mkdir(path, 0o700), os.Chown(path, c.owner, c.group), os.Chmod(path, c.mode)); err != nil {
			t.Fatal(err)
		}
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.justMade(dir, fd, c.name, 0o755); !errors.Is(err, c.want) || err == nil != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		unix.Close(fd)
	}
}

// TestModesInASetGroupIDDirectory: what permissions a directory gets, and keeps, is what mkdir(1) and chmod(1) give
// it: set-group-ID stays unless the mode is exact, which it is with five digits.
func TestModesInASetGroupIDDirectory(t *testing.T) {
	proctest.Need(t, proctest.Root)
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open("/proc", procwalk.ID{PID: os.Getpid(), Start: start})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	top := proctest.TempDir(t)
	if err := os.Chmod(top, 0o755|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	mode := func(m uint32) *uint32 { return &m }
	for _, c := range []struct {
		op   Op
		want map[string]uint32
	}{
		{Op{Kind: "mkdir", Path: "/a"}, map[string]uint32{"a": 0o2755}},
		{Op{Kind: "mkdir", Path: "/b", Mode: mode(0o700), KeepSetID: true}, map[string]uint32{"b": 0o2700}},
		{Op{Kind: "mkdir", Path: "/c", Mode: mode(0o700)}, map[string]uint32{"c": 0o700}},
		{Op{Kind: "mkdir", Path: "/d/e", Mode: mode(0o1770), KeepSetID: true, Parents: true},
			map[string]uint32{"d": 0o2755, "d/e": 0o3770}},
		{Op{Kind: "touch", Path: "/b", Mode: mode(0o711), KeepSetID: true}, map[string]uint32{"b": 0o2711}},
		{Op{Kind: "touch", Path: "/b", Mode: mode(0o711)}, map[string]uint32{"b": 0o711}},
		{Op{Kind: "touch", Path: "/f", Mode: mode(0o640), KeepSetID: true}, map[string]uint32{"f": 0o640}},
	} {
		c.op.Path = top + c.op.Path
		res, err := r.Do(c.op, nil, nil)
		if err != nil {
			t.Errorf("%s %s: %v", c.op.Kind, c.op.Path, err)
			continue
		}
		if back := res.Inverse; back != nil && back.KeepSetID {
			t.Errorf("%s %s: what undoes it does not bring the same permissions back", c.op.Kind, c.op.Path)
		}
		for name, want := range c.want {
			var st unix.Stat_t
			if err := unix.Lstat(filepath.Join(top, name), &st); err != nil || st.Mode&0o7777 != want {
				t.Errorf("%s of %s: %s has permissions %o, want %o; %v", c.op.Kind, c.op.Path, name, st.Mode&0o7777, want, err)
			}
		}
	}
}

// TestSetGroupIDDirectoryOfAUserNamespace: what is made in such a directory of a container belongs to the container's
// root and to the directory's group, as with mkdir and cp inside of it; so does a tree that is brought in. What is
// named by hand says the same, and a group that the user names is the one.
func TestSetGroupIDDirectoryOfAUserNamespace(t *testing.T) {
	proctest.Need(t, proctest.Users)
	const group = 100007
	local := proctest.TempDir(t)
	w := newWorldIn(t, inMemory(t), func(root, _ string) {
		if err := errors.Join(os.Mkdir(root+"/shared", 0o755), os.Chown(root+"/shared", 100000, group),
			os.Chmod(root+"/shared", 0o775|os.ModeSetgid), os.MkdirAll(local+"/tree/below", 0o755),
			os.WriteFile(local+"/tree/below/file", nil, 0o644), os.Symlink("file", local+"/tree/below/link")); err != nil {
			t.Fatal(err)
		}
	}, rootless)
	c := newClient(t, w)
	own := uint32(100008)
	for _, op := range []Op{{Kind: "mkdir", Path: "/shared/a"}, {Kind: "touch", Path: "/shared/b"},
		{Kind: "put", Path: "/shared/c", Content: []byte("c")}, {Kind: "mkdir", Path: "/shared/d/e", Parents: true},
		{Kind: "copy", Path: "/shared/tree", Local: local + "/tree"}, {Kind: "touch", Path: "/shared/own", GID: &own}} {
		ch, err := NewChange(t.Context(), c, op, text.New("it"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if hand := ch.ByHand(); strings.Contains(hand, ":100000") && !op.Parents {
			t.Errorf("%s: by hand it is %s", op.Kind, hand)
		}
		if _, err := ch.Apply(t.Context()); err != nil {
			t.Errorf("%s %s: %v", op.Kind, op.Path, err)
		}
	}
	for name, want := range map[string]uint32{"a": group, "b": group, "c": group, "d": group, "d/e": group, "tree": group,
		"tree/below": group, "tree/below/file": group, "tree/below/link": group, "own": own} {
		var st unix.Stat_t
		if err := unix.Lstat(w.root+"/shared/"+name, &st); err != nil || st.Uid != 100000 || st.Gid != want {
			t.Errorf("%s belongs to %d:%d, want 100000:%d; %v", name, st.Uid, st.Gid, want, err)
		}
		if st.Mode&unix.S_IFMT == unix.S_IFDIR && st.Mode&unix.S_ISGID == 0 {
			t.Errorf("%s has lost set-group-ID: %o", name, st.Mode)
		}
	}
}
