package unshare

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/procwalk/mountinfo"
	"bones/procwalk/proctest"

	"github.com/google/go-cmp/cmp"
)

func TestHierarchies(t *testing.T) {
	const hybrid = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/uni\040fied rw - cgroup2 cgroup2 rw
`
	opts := cmp.AllowUnexported(hierarchy{})
	for _, c := range []struct {
		name, groups, mounts string
		want                 []hierarchy
		dirs                 []string
	}{
		{"hybrid", "5:memory:/a\n2:cpuacct,cpu:/b\n1:name=systemd:/c:d\n0::/e f\n", hybrid, []hierarchy{
			{false, []string{"memory"}, "/sys/fs/cgroup/memory", "/", "/a"},
			{false, []string{"cpuacct", "cpu"}, "/sys/fs/cgroup/cpu,cpuacct", "/", "/b"},
			{false, []string{"name=systemd"}, "/sys/fs/cgroup/systemd", "/", "/c:d"},
			{true, nil, "/sys/fs/cgroup/uni fied", "/", "/e f"},
		}, []string{"/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/cpu,cpuacct/b", "/sys/fs/cgroup/systemd/c:d",
			"/sys/fs/cgroup/uni fied/e f"}},
		{"a bind mount of a part", "0::/docker/1/x\n", "1 2 0:3 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
			[]hierarchy{{true, nil, "/sys/fs/cgroup", "/docker/1", "/docker/1/x"}}, []string{"/sys/fs/cgroup/x"}},
		{"a mount of another part", "0::/docker/11\n", "1 2 0:3 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup rw\n", nil,
			nil},
		{"outside our cgroup namespace", "0::/../x\n", "1 2 0:3 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n", nil, nil},
		{"removed", "0::/x (deleted)\n", "1 2 0:3 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n", nil, nil},
		{"not mounted", "5:memory:/a\n", "1 2 0:3 / /sys/fs/cgroup ro - cgroup cgroup rw,cpu\n", nil, nil},
		{"broken lines", "5\n\nx:y\n", "a b\n1 2 3 4 5 6 -\n - \n", nil, nil},
	} {
		mounts, _ := mountinfo.Parse([]byte(c.mounts))
		got := ownGroups([]byte(c.groups), cgroupview.Hierarchies(mounts))
		if diff := cmp.Diff(c.want, got, opts); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		for i, h := range got {
			if h.dir() != c.dirs[i] {
				t.Errorf("%s: directory %s, want %s", c.name, h.dir(), c.dirs[i])
			}
		}
	}
}

func FuzzHierarchies(f *testing.F) {
	f.Add("0::/x\n", "1 2 0:3 / /sys\\040fs ro - cgroup2 cgroup rw\n")
	f.Fuzz(func(t *testing.T, groups, mounts string) {
		list, _ := mountinfo.Parse([]byte(mounts))
		for _, h := range ownGroups([]byte(groups), cgroupview.Hierarchies(list)) {
			h.dir()
		}
	})
}

// TestDelegation plans on a tree of plain files: which group the new one goes under, and what must be enabled.
func TestDelegation(t *testing.T) {
	root := t.TempDir()
	write := func(path, content string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content),
			0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("cgroup.subtree_control", "cpu memory pids\n")
	write("user/cgroup.subtree_control", "memory pids\n")
	write("user/cgroup.type", "domain\n")
	write("user/session/cgroup.subtree_control", "\n")
	write("user/session/cgroup.type", "domain\n")
	for _, c := range []struct {
		own         string
		controllers []string
		parent      string
		enable      []string
		bad         bool
	}{
		{"/user/session", []string{"memory"}, "user", nil, false},
		{"/user/session", []string{"memory", "cpu"}, ".", nil, false},
		{"/user/session", []string{"io"}, "", nil, true},
		{"/user", []string{"pids"}, "user", nil, false},
		{"/", []string{"io", "memory"}, ".", []string{"io"}, false},
	} {
		h := hierarchy{v2: true, mount: root, root: "/", own: c.own}
		dir, enable, err := h.parentFor(c.controllers)
		if (err != nil) != c.bad {
			t.Errorf("%+v: %v", c, err)
		}
		if err == nil && dir != filepath.Join(root, c.parent) {
			t.Errorf("%+v: under %s", c, dir)
		}
		if diff := cmp.Diff(c.enable, enable); diff != "" {
			t.Errorf("%+v:\n%s", c, diff)
		}
	}
}

// TestStaleGroups: an empty group of a maker that is gone is removed by the next run, others stay.
func TestStaleGroups(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	hs, err := hierarchies()
	if err != nil {
		t.Fatal(err)
	}
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	parent := hs[0].dir()
	alive := filepath.Join(parent, ownGroupName())
	gone := filepath.Join(parent, groupPrefix+strings.Replace(strings.TrimPrefix(ownGroupName(), groupPrefix), "-", "-9",
		1))
	other := filepath.Join(parent, groupPrefix+"test")
	for _, dir := range []string{alive, gone, other} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(dir) })
	}
	removeStale(parent)
	for dir, want := range map[string]bool{alive: true, gone: false, other: true} {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) == want {
			t.Errorf("%s: there: %v, want %v", dir, !want, want)
		}
	}
}
