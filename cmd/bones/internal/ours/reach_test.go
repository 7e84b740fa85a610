package ours

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bones/procwalk/proctest"
)

// TestReach: a link on the way is followed where nobody else can have put it, and nowhere else.
func TestReach(t *testing.T) {
	proctest.Need(t, proctest.Root)
	const nobody = 65534
	top := t.TempDir()
	make := func(path string, mode os.FileMode, uid int) {
		t.Helper()
		path = filepath.Join(top, path)
		if err := errors.Join(os.Mkdir(path, 0o700), os.Chmod(path, mode), os.Chown(path, uid, uid)); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, path string, uid int) {
		t.Helper()
		path = filepath.Join(top, path)
		if err := errors.Join(os.Symlink(to, path), os.Lchown(path, uid, uid)); err != nil {
			t.Fatal(err)
		}
	}
	make("roots", 0o755, 0)
	make("roots/in", 0o755, 0)
	make("theirs", 0o755, nobody)
	make("theirs/in", 0o755, nobody)
	make("all", 0o777, 0)
	make("sticky", 0o777|os.ModeSticky, 0)
	link("roots", "link", 0)
	link(filepath.Join(top, "link"), "absolute", 0)
	link("../roots", "theirs/link", nobody)
	link("../roots", "theirs/ours", 0)
	link("../roots", "all/link", 0)
	link("../roots", "sticky/ours", 0)
	link("../roots", "sticky/theirs", nobody)
	link("loop", "loop", 0)
	k := Purpose{What: "test", Help: "no help"}
	for path, ok := range map[string]bool{"roots": true, "roots/in": true, "theirs": true, "theirs/in": true,
		"link/in":     true,
		"absolute/in": true, "link/../link/in": true, "sticky/ours": true, "roots/./in/": true,
		"theirs/link": false, "theirs/ours": false, "all/link": false, "sticky/theirs": false, "theirs/link/in": false,
		"theirs/link/../roots": false} {
		root, err := k.Reach(filepath.Join(top) + "/" + path)
		if ok != (err == nil) || !ok && !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %v", path, err)
		}
		if err != nil {
			continue
		}
		got, err := root.Stat(".")
		want, err2 := os.Stat(filepath.Join(top, path))
		if err != nil || err2 != nil || !os.SameFile(got, want) {
			t.Errorf("%s leads elsewhere: %v, %v", path, err, err2)
		}
		root.Close()
	}
	for _, path := range []string{"loop", "missing", "roots/in/../../missing"} {
		if root, err := k.Reach(top + "/" + path); err == nil {
			root.Close()
			t.Errorf("%s is there", path)
		}
	}
	t.Chdir(top)
	root, err := k.Reach("link/in")
	if err != nil {
		t.Fatal(err)
	}
	root.Close()
}
