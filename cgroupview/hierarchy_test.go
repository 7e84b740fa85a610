package cgroupview

import (
	"testing"

	"bones/procwalk/mountinfo"
)

func FuzzHierarchies(f *testing.F) {
	f.Add("31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n")
	f.Add("32 31 0:29 /a\\040b /x rw shared:1 - cgroup cgroup rw,cpu,cpuacct\n33 31 0:29 / /y ro - cgroup c " +
		"rw,name=systemd\n")
	f.Fuzz(func(t *testing.T, s string) {
		mounts, _ := mountinfo.Parse([]byte(s))
		for _, h := range Hierarchies(mounts) {
			if h.Version != 1 && h.Version != 2 {
				t.Errorf("version %d", h.Version)
			}
		}
	})
}

func TestHierarchies(t *testing.T) {
	mounts, err := mountinfo.Parse([]byte("32 31 0:29 /docker/x /my\\040groups rw shared:1 - cgroup cgroup " +
		"rw,cpuacct,cpu\n" +
		"33 31 0:30 / /sd ro - cgroup systemd rw,xattr,release_agent=/x,name=systemd\n34 31 0:31 / /u rw - cgroup2 " +
		"cgroup2 rw,nsdelegate\n35 1 0:5 / /proc rw - proc proc rw\n"))
	if err != nil {
		t.Fatal(err)
	}
	list := Hierarchies(mounts)
	if len(list) != 3 || list[0].String() != "cpuacct,cpu" || list[0].Mount != "/my groups" ||
		list[0].Root != "/docker/x" ||
		list[1].String() != "name=systemd" || !list[1].ReadOnly || list[2].String() != "v2" {
		t.Errorf("%+v", list)
	}
	if !list[0].Is("cpu,cpuacct") || list[0].Is("cpu,memory") || !list[1].Is("name=systemd") || list[1].Is("") ||
		!list[2].Is("") {
		t.Error("lines of /proc/PID/cgroup are given to the wrong hierarchy")
	}
}
