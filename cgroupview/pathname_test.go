package cgroupview

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bones/cgroupview/container"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// TestGroupsFromAPrivateNamespace: whoever reads from a cgroup namespace of their own sees paths with steps up, and
// mounts that were made before with a root of steps up. Where such a mount shows a group, its files are found.
func TestGroupsFromAPrivateNamespace(t *testing.T) {
	mount := t.TempDir()
	if err := os.MkdirAll(filepath.Join(mount, "docker/one/inner"), 0o755); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(mount, &st); err != nil {
		t.Fatal(err)
	}
	in := &Hierarchy{Version: 2, Mount: mount, Root: "/../..", Dev: st.Dev}
	h := &FileSystem{hierarchies: []*Hierarchy{in}}
	line := func(p string) container.CgroupLine { return container.CgroupLine{Path: text.New(p)} }

	g := h.Groups([]container.CgroupLine{line("/../../docker/one")})
	if len(g.List) != 1 || g.List[0].Dir.Raw() != filepath.Join(mount, "docker/one") {
		t.Fatalf("found %v, errors %v", g.List, g.Errors)
	}
	one := g.List[0]
	children, _, err := h.Children(one, 10)
	if err != nil || len(children) != 1 || children[0].Path.Raw() != "/../../docker/one/inner" {
		t.Fatalf("below it: %v, %v", children, err)
	}
	if up, ok := h.Parent(children[0]); !ok || up.Path.Raw() != "/../../docker/one" || up.Ino != one.Ino {
		t.Errorf("around that: %v", up)
	}
	var seen []string
	if err := h.descend(one, func(d *descent) error { seen = append(seen, d.Path()); return nil }); err != nil ||
		len(seen) != 2 || seen[1] != "/../../docker/one/inner" {
		t.Errorf("descended to %q: %v", seen, err)
	}
	if is, err := h.Delegations().Of(line("/../../docker/one")); err != nil || !is.Known || is.Owner != st.Uid {
		t.Errorf("owned by %+v: %v", is, err)
	}

	for _, p := range []string{"/..", "/../x", "/../../../x", "/../../docker/../docker/one", "/../../..x"} {
		if g := h.Groups([]container.CgroupLine{line(p)}); len(g.List) > 0 || !errors.Is(g.Errors[0].Err, ErrOutside) &&
			p != "/../../..x" {
			t.Errorf("%s: found %v, errors %v", p, g.List, g.Errors)
		}
	}
}

func TestParentPath(t *testing.T) {
	for p, want := range map[string]string{"/": "", "/a": "/", "/a/b": "/a", "/..": "", "/../..": "", "/../a": "/..",
		"/../../docker/x": "/../../docker", "/a..": "/"} {
		if got := parentPath(p); got != want {
			t.Errorf("around %s is %q, want %q", p, got, want)
		}
	}
}
