package owner

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// TestUnitOfUser: what a user's manager writes anew is told by the path, and what is delegated below is not among it.
func TestUnitOfUser(t *testing.T) {
	const manager = "/user.slice/user-1000.slice/user@1000.service"
	for path, want := range map[string]bool{
		manager + "/app.slice/usc.scope":                               true,
		manager + "/user.slice/user-libpod_pod_1.slice/libpod-2.scope": true,
		manager + "/user.slice":                                        true,
		manager + "/session.slice/dbus.service":                        true,
		manager + "/user.slice/libpod-2.scope/container":               false,
		manager + "/user.slice/libpod-2.scope/mine.scope":              false,
		manager + "/init.scope":                                        true,
		manager + "/mine":                                              false,
		manager:                                                        false,
		"/system.slice/docker-3.scope":                                 false,
		"/user.slice/user-1000.slice/session-3.scope":                  false,
	} {
		if got := unitOfUser(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// unified opens the hierarchy of version 2 and makes a group there, with another inside, for as long as the test runs.
func unified(t *testing.T) (h *cgroupview.FileSystem, outer, inner *cgroupview.Group) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(h.Hierarchies(), func(in *cgroupview.Hierarchy) bool {
		return in.Version == 2 &&
			in.Root == "/"
	})
	if at < 0 {
		t.Skip("this host has no version 2 hierarchy")
	}
	in := h.Hierarchies()[at]
	var groups []*cgroupview.Group
	for _, path := range []string{"/bones-owner-test-" + strconv.Itoa(os.Getpid()), "/container"} {
		if len(groups) > 0 {
			path = groups[0].Path.Raw() + path
		}
		dir := filepath.Join(in.Mount, path)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { os.Remove(dir) })
		g, err := h.Group(in, path)
		if err != nil {
			t.Fatal(err)
		}
		groups = append(groups, g)
	}
	return h, groups[0], groups[1]
}

// TestWhoTakesItBack: a scope that systemd has delegated is its own all the same, what is below is not.
func TestWhoTakesItBack(t *testing.T) {
	h, g, inner := unified(t)
	chain := container.FromLines(
		[]container.CgroupLine{{Path: text.New("/system.slice/docker-" + strings.Repeat("a", 64) + ".scope")}},
	)
	for _, name := range []string{"user.invocation_id", "user.delegate"} {
		if err := unix.Setxattr(g.Dir.Raw(), name, []byte("1"), 0); err != nil {
			t.Skip("no extended attributes of groups here: ", err)
		}
	}
	if o := Of(h, g, chain); !o.Systemd || !strings.Contains(o.TakesBack, "daemon-reload") ||
		!strings.Contains(o.TakesBack, "docker update") || !strings.Contains(o.TakesBack, "--persist") {
		t.Errorf("a delegated scope: %+v", o)
	}
	if o := Of(h, inner, chain); o.Systemd || strings.Contains(o.TakesBack, "daemon-reload") {
		t.Errorf("a group below: %+v", o)
	}
}

// TestKubelet: what it writes anew differs from level to level, and Podman's pods are none of its own.
func TestKubelet(t *testing.T) {
	const pod = "/kubepods.slice/kubepods-burstable.slice/" +
		"kubepods-burstable-pod01234567_89ab_cdef_0123_456789abcdef.slice"
	id := strings.Repeat("b", 64)
	for path, want := range map[string]string{
		"/kubepods.slice": "every minute", "/kubepods.slice/kubepods-burstable.slice": "every minute",
		"/kubepods/besteffort": "every minute", pod: "resized", pod + "/cri-containerd-" + id +
			".scope": "all values of a container",
		"/machine.slice/libpod-" + id + ".scope":                                     "",
		"/machine.slice/machine-libpod_pod_" + id + ".slice/libpod-" + id + ".scope": "", "/besteffort": "",
	} {
		in := &cgroupview.Hierarchy{Version: 2, Mount: t.TempDir(), Root: "/"}
		g := &cgroupview.Group{Hierarchy: in, Path: text.New(path), Dir: text.New(filepath.Join(in.Mount, path))}
		o := Of(cgroupview.NewFileSystem(in), g, container.FromLines([]container.CgroupLine{{Path: text.New(path)}}))
		if o.Kubelet != (want != "") || !strings.Contains(o.TakesBack, want) {
			t.Errorf("%s: %+v; want %q", path, o, want)
		}
	}
}
