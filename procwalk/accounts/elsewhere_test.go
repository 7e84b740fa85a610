package accounts

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNamesOfAnotherHost: beside a proc file system that is mounted elsewhere, as in a pod, the files of its host say
// the names. Nobody here is asked, and links lead to where they lead there.
func TestNamesOfAnotherHost(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"proc", "etc/static"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	proc := filepath.Join(root, "proc")
	service := &service{names: map[uint32]string{0: "impostor", 77: "impostor"}}
	names := func(d Database) *Names {
		n := New(d)
		n.ask = service.ask
		return n
	}
	if got := names(Users(proc)).Name(0); got != "root" {
		t.Errorf("beside a copy of /proc, where there is no such file, 0 is %q", got)
	}
	write("etc/static/passwd", "nodes-root:x:0:0::/:/bin/sh\nshop:x:4242:4242::/:/bin/sh\n")
	if err := os.Symlink("/etc/static/passwd", filepath.Join(root, "etc/passwd")); err != nil {
		t.Fatal(err)
	}
	write("etc/group", "nodes-wheel:x:10:\n")
	for _, of := range []string{proc, proc + "/", root + "/./proc"} {
		users, groups := names(Users(of)), names(Groups(of))
		for id, want := range map[uint32]string{0: "nodes-root", 4242: "shop", 77: ""} {
			if got := users.Name(id); got != want {
				t.Errorf("%s: %d is %q, want %q", of, id, got, want)
			}
		}
		if got := groups.Name(10); got != "nodes-wheel" {
			t.Errorf("%s: the group 10 is %q", of, got)
		}
	}
	if service.asks() > 0 {
		t.Errorf("the name service of here was asked for another host: %v", service.asked)
	}
	if err := os.Remove(filepath.Join(root, "etc/group")); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(root, "etc/group"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := names(Groups(proc)).Name(10); got != "" { // and it does not wait for a writer
		t.Errorf("a FIFO says %q", got)
	}
	for _, own := range []string{"/proc", "/proc/", ""} {
		if d := Users(own); d.root != "" || d.database == "" {
			t.Errorf("%q: %+v", own, d)
		}
	}
}
