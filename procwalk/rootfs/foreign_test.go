package rootfs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// TestFileSystemOfAUserNamespace changes files on a mount that belongs to a user namespace: root here has no number in
// it.
func TestFileSystemOfAUserNamespace(t *testing.T) {
	proctest.Need(t, proctest.Users)
	w := newWorldIn(t, inMemory(t), func(root, _ string) { os.Mkdir(root+"/volume", 0o755) }, rootless)
	inside := func(name string) string { return fmt.Sprintf("/proc/%d/root/volume/%s", w.id.PID, name) }
	if err := os.WriteFile(inside("x"), nil, 0o644); !errors.Is(err, unix.EOVERFLOW) {
		t.Fatalf("root here can write there by itself (%v): this tests nothing", err)
	}
	c := newClient(t, w)
	do := func(op Op) OpResult {
		t.Helper()
		res, err := c.Do(t.Context(), op, nil, 0, nil)
		if err != nil {
			t.Fatalf("%s: %v", op.Kind, err)
		}
		return res
	}
	owner := func(name string) (uint32, uint32) {
		var st unix.Stat_t
		if err := unix.Lstat(inside(name), &st); err != nil {
			t.Error(err)
		}
		return st.Uid, st.Mode & 0o7777
	}
	do(Op{Kind: "mkdir", Path: "/volume/a/b", Parents: true})
	made := do(Op{Kind: "touch", Path: "/volume/a/touched"})
	if uid, mode := owner("a/touched"); uid != 100000 || mode != 0o644 {
		t.Errorf("it belongs to %d, %o", uid, mode)
	}
	do(*made.Inverse)
	mode, uid, gid := uint32(0o751), uint32(100033), uint32(100034)
	do(Op{Kind: "put", Path: "/volume/a/put", Content: []byte("one"), Mode: &mode, UID: &uid, GID: &gid})
	if uid, mode := owner("a/put"); uid != 100033 || mode != 0o751 {
		t.Errorf("it belongs to %d, %o", uid, mode)
	}
	// In a directory that only another user of the container may write to.
	if err := errors.Join(os.Chown(inside("a"), 100005, 100005), os.Chmod(inside("a"), 0o700)); err != nil {
		t.Fatal(err)
	}
	changed := do(Op{Kind: "put", Path: "/volume/a/put", Content: []byte("two")})
	if uid, mode := owner("a/put"); uid != 100033 || mode != 0o751 {
		t.Errorf("replaced, it belongs to %d, %o", uid, mode)
	}
	do(*changed.Inverse)
	if _, err := c.Do(t.Context(), Op{Kind: "put", Path: "/volume/a/streamed"}, bytes.NewReader(make([]byte, 300<<10)),
		300<<10, nil); err != nil {
		t.Error(err)
	}
	moved := do(Op{Kind: "mv", Path: "/volume/a/put", To: "/volume/moved"})
	do(*moved.Inverse)
	if b, err := os.ReadFile(inside("a/put")); err != nil || string(b) != "one" {
		t.Errorf("%q %v", b, err)
	}
	before := looks(t, inside("a"))
	removed := do(Op{Kind: "rm", Path: "/volume/a", Recursive: true})
	if _, err := os.Lstat(inside("a")); !os.IsNotExist(err) {
		t.Error(err)
	}
	do(*removed.Inverse)
	if after := looks(t, inside("a")); after != before {
		t.Errorf("it came back as\n%sit was\n%s", after, before)
	}
	// A tree, and as tar.
	local := t.TempDir() + "/rich"
	rich(t, local)
	copied := do(Op{Kind: "copy", Path: "/volume/rich", Local: local, Archive: true})
	if uid, mode := owner("rich/suid"); uid != 100003 || mode != 0o4755 || copied.Report.LeftOut > 0 {
		t.Errorf("copied, it belongs to %d, %o; %+v", uid, mode, copied.Report)
	}
	do(*copied.Inverse)
	packed, err := exec.Command("tar", "--format=posix", "-cC", local, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(t.Context(), Op{Kind: "unpack", Path: "/volume", Into: true}, bytes.NewReader(packed), -1, nil)
	if err != nil || res.Report.LeftOut > 0 {
		t.Fatalf("%v %+v", err, res.Report)
	}
	if uid, mode := owner("script"); uid != 100000 || mode != 0o640 {
		t.Errorf("unpacked, it belongs to %d, %o", uid, mode)
	}
}

// TestByHandInAUserNamespace runs what is printed for such a mount, and compares.
func TestByHandInAUserNamespace(t *testing.T) {
	proctest.Need(t, proctest.Users)
	w := newWorldIn(t, inMemory(t), func(root, _ string) { os.Mkdir(root+"/volume", 0o755) }, rootless)
	c := newClient(t, w)
	local := filepath.Join(t.TempDir(), "it's local")
	if err := os.WriteFile(local, []byte("local\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mode, uid, localMode := uint32(0o640), uint32(100007), uint32(0o600)
	for i, op := range []Op{{Kind: "mkdir", Path: "/volume/DIR/a b", Parents: true},
		{Kind: "touch", Path: "/volume/DIR/it's"}, {Kind: "put", Path: "/volume/DIR/put", Content: []byte("a'b\n\\")},
		{Kind: "put", Path: "/volume/DIR/owned", Content: []byte{0, 1, 0xff}, Mode: &mode, UID: &uid, GID: &uid},
		{Kind: "put", Path: "/volume/DIR/local"},
		{Kind: "mv", Path: "/volume/DIR/put", To: "/volume/DIR/moved"}, {Kind: "put", Path: "/volume/DIR/moved",
			Content: []byte("again")}, {Kind: "rm", Path: "/volume/DIR/local"}} {
		for _, dir := range []string{"ours", "theirs"} {
			one := op
			one.Path, one.To = strings.ReplaceAll(op.Path, "DIR", dir), strings.ReplaceAll(op.To, "DIR", dir)
			var from *Content
			if i == 4 {
				from = &Content{Local: local, Mode: &localMode, Open: func() (*os.File, error) { return os.Open(local) }}
			}
			e, err := NewChange(t.Context(), c, one, text.New("test"), from)
			if err != nil {
				t.Fatal(err)
			}
			if dir == "ours" {
				if _, err := e.Apply(t.Context()); err != nil {
					t.Fatal(err)
				}
			} else if out, err := exec.Command("sh", "-c", e.ByHand()).CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", e.ByHand(), err, out)
			}
		}
	}
	list := func(dir string) string {
		out, err := exec.Command("sh", "-c",
			fmt.Sprintf("cd /proc/%d/root/volume/%s && find . -printf '%%p %%U:%%G %%m %%s\n' | sort && cat moved owned | "+
				"od -c", w.id.PID, dir)).CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return string(out)
	}
	if ours, byHand := list("ours"), list("theirs"); ours != byHand ||
		!strings.Contains(ours, "./owned 100007:100007 640 3") {
		t.Errorf("bones left\n%s\nand what it printed\n%s", ours, byHand)
	}
}
