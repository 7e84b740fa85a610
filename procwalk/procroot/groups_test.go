package procroot

import (
	"os"
	"path/filepath"
	"testing"

	"bones/procwalk/mountinfo"
	"bones/procwalk/text"
)

// TestGroupNames: what a pod reads of itself, of its siblings and of the rest is what the host calls them.
func TestGroupNames(t *testing.T) {
	host := t.TempDir()
	const pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice"
	own := filepath.Join(host, pod, "cri-containerd-b.scope")
	for _, dir := range []string{own, filepath.Join(host, pod, "cri-containerd-a.scope"),
		filepath.Join(host, "kubepods.slice/kubepods-besteffort.slice/pod2/cri-containerd-b.scope"),
		filepath.Join(host, "system.slice/docker-c.scope")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mount := func(device, root, point, kind, super string) mountinfo.Mount {
		return mountinfo.Mount{Device: device, Root: text.New(root), Point: text.New(point), FSType: text.New(kind),
			Super: text.New(super)}
	}
	v1 := filepath.Join(host, "v1")
	if err := os.MkdirAll(filepath.Join(v1, "docker/x"), 0o755); err != nil {
		t.Fatal(err)
	}
	g := groupsOf([]mountinfo.Mount{
		mount("0:26", "/", own, "cgroup2", "rw"), mount("0:26", "/../../../..", host, "cgroup2", "rw"),
		mount("0:30", "/", filepath.Join(v1, "docker/x"), "cgroup", "rw,cpu,cpuacct"),
		mount("0:30", "/../..", v1, "cgroup", "rw,cpu,cpuacct"),
		mount("0:31", "/../..", v1, "cgroup", "rw,memory"), // of which our own namespace has no mount
	})
	for _, c := range []struct{ controllers, here, there string }{
		{"", "/", pod + "/cri-containerd-b.scope"},
		{"", "/inner", pod + "/cri-containerd-b.scope/inner"},
		{"", "/..", pod},
		{"", "/../cri-containerd-a.scope", pod + "/cri-containerd-a.scope"},
		{"", "/../../../kubepods-besteffort.slice/x (deleted)", "/kubepods.slice/kubepods-besteffort.slice/x (deleted)"},
		{"", "/../../../../system.slice/docker-c.scope", "/system.slice/docker-c.scope"},
		{"", "/../../../..", "/"},
		{"", "/../../../../../x", "/../../../../../x"}, // out of what is mounted
		{"", "/..x/y", pod + "/cri-containerd-b.scope/..x/y"},
		{"cpuacct,cpu", "/../y", "/docker/y"},
		{"memory", "/../y", "/../y"},
		{"name=systemd", "/../y", "/../y"},
	} {
		if got := g.On(c.controllers, c.here); got != c.there {
			t.Errorf("%s:%s is %q, want %q", c.controllers, c.here, got, c.there)
		}
	}
	if got := (HostGroupNames{}).On("", "/../x"); got != "/../x" {
		t.Errorf("nothing is known, and /../x is called %s", got)
	}
	if g := groupsOf([]mountinfo.Mount{mount("0:26", "/", own, "cgroup2", ""),
		mount("0:26", "/../..", host, "cgroup2", "")}); len(g.hierarchies) != 0 {
		t.Errorf("our group is not two steps below, and is called %v", g)
	}
	if g := Groups("/proc"); len(g.hierarchies) != 0 {
		t.Error("our own /proc says what it says to all")
	}
}

// TestHostName: beside a proc file system that is mounted elsewhere stands the host's own name.
func TestHostName(t *testing.T) {
	want, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if got := HostName("/proc"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	copied := filepath.Join(t.TempDir(), "proc")
	if err := os.MkdirAll(filepath.Join(copied, "sys/kernel"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(copied, "sys/kernel/hostname"), []byte("there\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := HostName(copied); got != "there" {
		t.Errorf("a copy of another host's: %q", got)
	}
}
