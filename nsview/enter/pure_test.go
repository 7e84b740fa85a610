package enter

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/procwalk/mountinfo"
)

func TestParseTypes(t *testing.T) {
	for list, w := range map[string]string{
		"": fmt.Sprint(AllTypes()), "all": fmt.Sprint(AllTypes()), "pid,mnt": "[mnt pid]", "mount,mnt": "[mnt]",
		"uts":  "[uts]",
		"pid,": "error", "PID": "error", "x": "error", ",": "error",
	} {
		types, err := ParseTypes(list)
		if got := fmt.Sprint(types); (err != nil) != (w == "error") || err == nil && got != w {
			t.Errorf("%q: %s, %v; want %s", list, got, err, w)
		}
	}
}

const someMounts = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
33 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/name\040with\040blank rw shared:3 - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
bad line
`

func TestDifferingGroups(t *testing.T) {
	list, _ := mountinfo.Parse([]byte(someMounts))
	mounts := cgroupview.Hierarchies(list)
	for _, c := range []struct{ theirs, ours, want string }{
		{"0::/a/b\n", "0::/\n", "[{0 /sys/fs/cgroup/unified/a/b}]"},
		{"0::/a\n", "0::/a\n", "[]"},
		{"2:cpu,cpuacct:/x\n0::/\n", "2:cpu,cpuacct:/\n0::/\n", "[{2 /sys/fs/cgroup/cpu,cpuacct/x}]"},
		{"2:cpuacct,cpu:/x\n", "", "[{2 /sys/fs/cgroup/cpu,cpuacct/x}]"},
		{"9:name=systemd:/x:y\n", "", "[{9 /sys/fs/cgroup/name with blank/x:y}]"},
		{"4:memory:/docker/abc/z\n", "", "[{4 /sys/fs/cgroup/memory/z}]"},
		{"4:memory:/docker/abc\n", "", "[{4 /sys/fs/cgroup/memory}]"},
		{"4:memory:/docker/abcd\n", "", "--no-cgroup"},
		{"4:memory:/other\n", "", "--no-cgroup"},
		{"5:devices:/x\n", "", "--no-cgroup"},
		{"0::/../x\n", "", "--no-cgroup"},
		{"0::/..\n", "", "--no-cgroup"},
		{"0::/a/../../../etc\n", "", "--no-cgroup"},
		{"nonsense\n", "", "NUMBER:CONTROLLERS:PATH"},
	} {
		got, err := differingGroups([]byte(c.theirs), []byte(c.ours), mounts)
		if err == nil && fmt.Sprint(got) != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, %v; want %s", c.theirs, got, err, c.want)
		}
	}
}

func FuzzCgroupLines(f *testing.F) {
	f.Add("0::/a/b\n", someMounts)
	f.Add("4:memory:/docker/abc/z\n", someMounts)
	f.Fuzz(func(t *testing.T, theirs, mounts string) {
		parsed, _ := mountinfo.Parse([]byte(mounts))
		where := cgroupview.Hierarchies(parsed)
		list, _ := differingGroups([]byte(theirs), nil, where)
		for _, g := range list {
			below := func(m *cgroupview.Hierarchy) bool {
				point := strings.TrimSuffix(path.Clean(m.Mount), "/")
				return g.Dir == point || strings.HasPrefix(g.Dir, point+"/")
			}
			if !slices.ContainsFunc(where, below) {
				t.Errorf("%q leads to %q", theirs, g.Dir)
			}
		}
	})
}

func TestCeilingNeverRaises(t *testing.T) {
	c := credentials{Prm: 0b0110, Eff: 0b0010, Inh: 0b1000, Bnd: 0b1111}
	if got := ceiling(c, 0); got.Bnd != 0b0110 || got.Inh != 0 || got.Amb != 0 {
		t.Errorf("root: %+v", got)
	}
	if got := ceiling(c, 1000); got.Bnd != 0b1111 || got.Amb != 0b0010 {
		t.Errorf("user: %+v", got)
	}
}

func TestDescribe(t *testing.T) {
	e := &Enter{req: Request{Target: procwalk.ID{PID: 7}, Program: []string{"a\x1b[31m"}}, as: AsRoot,
		joined: []procwalk.NSType{procwalk.PID}}
	if got := e.Describe(); got != `run a\x1b[31m as root in the pid namespace of PID 7` {
		t.Error(got)
	}
	if e.Undo().Possible || e.Kind() != "enter" || !slices.Equal(e.Joined(), []procwalk.NSType{procwalk.PID}) {
		t.Error("undo, kind or joined")
	}
}
