package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// named compares the names of containers by one of their processes.
func (h *containerHost) named(want map[int]string) {
	h.t.Helper()
	s, x := h.index()
	for pid, want := range want {
		got := ""
		if c, ok := x.Of(s.Find(pid)); ok {
			got = string(c.Runtime) + " " + c.Name.Raw()
		}
		if got != want {
			h.t.Errorf("PID %d is in %q, want %q", pid, got, want)
		}
	}
}

func hexID(c string) string { return strings.Repeat(c, 64) }

// contained adds a process that is PID 1 of a pid namespace of its own, in a group.
func (h *containerHost) contained(pid, ppid int, group string) {
	h.tree.Add(proctest.Proc{PID: pid, PPID: ppid, CgroupLines: []string{"0::" + group}, NSpid: []int{pid, 1},
		NS: map[string]uint64{"pid": uint64(pid), "mnt": uint64(pid) + 1}})
}

// TestEnginesElsewhere: engines that keep their records elsewhere say so themselves.
func TestEnginesElsewhere(t *testing.T) {
	h := newContainerHost(t)
	task := func(state, id, name string) {
		h.write(state+"/io.containerd.runtime.v2.task/k8s.io/"+id+"/config.json", `{"annotations":{
"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.container-name":"`+name+`",
"io.kubernetes.cri.sandbox-name":"p","io.kubernetes.cri.sandbox-namespace":"n"}}`)
	}
	storage := func(graph, id, name string) {
		h.write(graph+"/overlay-containers/containers.json", `[{"id":"`+id+`","names":["`+name+`"]}]`)
	}
	service := []string{"0::/system.slice/x.service"}
	root := func(pid int, comm string, args ...string) {
		h.tree.Add(proctest.Proc{PID: pid, PPID: 1, Comm: comm, Args: append([]string{comm}, args...), CgroupLines: service})
	}
	kube := func(id string) string { return "/kubepods/pod10d8a5e6-0000-4000-8000-000000000001/" + id }

	task("run/k0s/containerd", hexID("a"), "k0s")
	root(10, "containerd", "--root=/var/lib/k0s/containerd", "--state=/run/k0s/containerd",
		"--address=/run/k0s/containerd.sock")
	h.contained(100, 1, kube(hexID("a")))

	task("var/snap/microk8s/common/run/containerd", hexID("b"), "microk8s")
	h.tree.Add(proctest.Proc{PID: 11, PPID: 1, Comm: "containerd-shim",
		Args: []string{"/snap/microk8s/1/bin/containerd-shim-runc-v2",
			"-namespace", "k8s.io", "-id", hexID("b"), "-address", "/var/snap/microk8s/common/run/containerd.sock"}})
	h.contained(110, 11, kube(hexID("b")))

	task("opt/state", hexID("c"), "settings")
	h.write("etc/mine.toml", "version = 2\nstate = \"/opt/state\"\n[grpc]\naddress = \"/opt/x.sock\"\n")
	root(12, "containerd", "-c", "/etc/mine.toml")
	h.contained(120, 1, kube(hexID("c")))

	// the snap of Docker: a service with mounts of its own
	h.docker(hexID("d"), "snap", "/docker/"+hexID("d"), 130, "var/snap/docker/common/var-lib-docker")
	h.tree.Add(proctest.Proc{PID: 13, PPID: 1, Comm: "dockerd", NS: map[string]uint64{"mnt": 999},
		Args: []string{"dockerd",
			"--exec-root=/run/snap.docker", "--data-root=/var/snap/docker/common/var-lib-docker"},
		CgroupLines: []string{"0::/system.slice/snap.docker.dockerd.service"}})

	// dockerd --userns-remap
	h.docker(hexID("e"), "remapped", "/docker/"+hexID("e"), 140, "var/lib/docker/165536.165536")
	h.docker(hexID("f"), "remapped-elsewhere", "/docker/"+hexID("f"), 150, "srv/data/100000.100000")
	root(15, "dockerd", "--userns-remap=default", "--data-root", "/srv/data")

	// podman --root --runroot, and CRI-O by its settings
	storage("srv/graph", hexID("1"), "podman")
	h.write("srv/run/overlay-containers/"+hexID("1")+"/userdata/pidfile", "160")
	root(16, "conmon", "--api-version", "1", "-c", hexID("1"), "-b",
		"/srv/graph/overlay-containers/"+hexID("1")+"/userdata",
		"-p", "/srv/run/overlay-containers/"+hexID("1")+"/userdata/pidfile", "--exit-command", "/usr/bin/podman",
		"--exit-command-arg", "--root", "--exit-command-arg", "/srv/graph", "--exit-command-arg", "--runroot",
		"--exit-command-arg", "/srv/run")
	h.contained(160, 16, "/machine.slice/libpod-"+hexID("1")+".scope")
	storage("big/storage", hexID("2"), "configured")
	h.write("etc/containers/storage.conf", "[storage]\ndriver = \"overlay\"\ngraphroot = \"/big/storage\"\n")
	h.contained(170, 1, "/machine.slice/libpod-"+hexID("2")+".scope")

	// runc --root that stays in the foreground
	h.write("srv/runc/mine/state.json",
		`{"id":"mine","init_process_pid":180,"init_process_start":180,"cgroup_paths":{"":"/sys/fs/cgroup/mine"}}`)
	root(18, "runc", "--root", "/srv/runc", "run", "mine")
	h.contained(180, 18, "/mine")

	h.named(map[int]string{100: "containerd k0s", 110: "containerd microk8s", 120: "containerd settings",
		130: "docker snap",
		140: "docker remapped", 150: "docker remapped-elsewhere", 160: "podman podman", 170: "podman configured",
		180: "runc mine"})
	if out, errs, _ := h.run(false, (*app).pidCommand, "remapped"); out != "140\n" {
		t.Errorf("pid: %s%s", out, errs)
	}
}

// TestToldPlacesMustBeRoots: what is the engine's directory to an engine with mounts of its own may be a user's to
// bones, and an engine in a container or of a user names what it likes.
func TestToldPlacesMustBeRoots(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	h := newContainerHost(t)
	h.write("etc/passwd", "u:x:1000:1000::/home/u:/bin/sh\n")
	h.docker(hexID("a"), "stolen", "/docker/"+hexID("a"), 100, "tmp/data")
	if err := os.Chown(filepath.Join(h.root, "tmp/data"), 1000, 1000); err != nil {
		t.Fatal(err)
	}
	h.docker(hexID("b"), "theirs", "/docker/"+hexID("b"), 200, "home/u/docker")
	h.docker(hexID("c"), "inner", "/docker/"+hexID("c"), 300, "srv/inner")
	h.docker(hexID("d"), "rewritten", "/docker/"+hexID("d"), 400, "var/lib/docker/165536.165536")
	file := filepath.Join(h.root, "var/lib/docker/165536.165536/containers", hexID("d"), "config.v2.json")
	if err := os.Chown(file, 165536, 165536); err != nil {
		t.Fatal(err)
	}
	engine := func(pid, uid int, ns uint64, group string, args ...string) {
		p := proctest.Proc{PID: pid, PPID: 1, Comm: "dockerd", UID: uint32(uid), Args: append([]string{"dockerd"}, args...),
			CgroupLines: []string{"0::" + group}}
		if ns != 0 {
			p.NS = map[string]uint64{"mnt": ns}
		}
		h.tree.Add(p)
	}
	engine(10, 0, 77, "/system.slice/docker.service", "--data-root=/tmp/data")
	engine(11, 1000, 0, "/user.slice/user-1000.slice/session-1.scope", "--data-root=/home/u/docker")
	engine(12, 0, 78, "/docker/"+hexID("e"), "--data-root=/srv/inner")
	h.named(map[int]string{100: "docker ", 200: "docker ", 300: "docker ", 400: "docker "})
}

// TestLXCsRenamedGroups: where a group of its name was left behind, LXC gives a container's group a number, and its
// monitor alone knows the name.
func TestLXCsRenamedGroups(t *testing.T) {
	h := newContainerHost(t)
	monitor := func(pid int, uid uint32, group, title string) {
		h.tree.Add(proctest.Proc{PID: pid, PPID: 1, Comm: "lxc-start", UID: uid, Args: []string{title},
			CgroupLines: []string{"0::/lxc.monitor." + group}})
	}
	monitor(10, 0, "web-1", "[lxc monitor] /var/lib/lxc web")
	h.contained(100, 10, "/lxc.payload.web-1")
	monitor(11, 0, "db-2", "[lxc monitor] /var/lib/lxc db-2") // its own name
	h.contained(110, 11, "/lxc.payload.db-2")
	monitor(12, 0, "x-1", "[lxc monitor] /var/lib/lxc other") // cannot be
	h.contained(120, 12, "/lxc.payload.x-1")
	monitor(13, 1000, "y-1", "[lxc monitor] /home/u/lxc y") // another user's
	h.contained(130, 13, "/lxc.payload.y-1")
	monitor(14, 0, "c-1", "[lxc monitor] /srv/lxc c") // lxc-start -P
	h.write("srv/lxc/c/config", "")
	h.contained(140, 14, "/lxc.payload.c-1")
	h.named(map[int]string{100: "lxc web", 110: "lxc db-2", 120: "lxc x-1", 130: "lxc y-1", 140: "lxc c"})
	for _, target := range []string{"web", "web-1"} {
		if out, errs, _ := h.run(false, (*app).pidCommand, target); out != "100\n" {
			t.Errorf("pid %s: %s%s", target, out, errs)
		}
	}
}

// TestMachinedsRecords: what systemd-machined knows of a unit counts before the form of the unit's name.
func TestMachinedsRecords(t *testing.T) {
	h := newContainerHost(t)
	machine := func(name, unit, class, service, more string) {
		h.write("run/systemd/machines/"+name, "NAME="+name+"\nSCOPE="+unit+"\nCLASS="+class+"\nSERVICE="+service+"\n"+more)
	}
	machine("vm", "machine-vm.scope", "vm", "systemd-vmspawn", "LEADER=100\n")
	h.contained(100, 1, "/machine.slice/machine-vm.scope")
	machine("box", "mybox.service", "container", "systemd-nspawn", "LEADER=110\n") // nspawn --keep-unit
	h.contained(110, 1, "/system.slice/mybox.service/payload/init.scope")
	h.tree.Add(proctest.Proc{PID: 111, PPID: 1, CgroupLines: []string{"0::/system.slice/mybox.service/supervisor"}})
	machine("domain", "machine-domain.scope", "container", "libvirt-lxc", "LEADER=120\n")
	h.contained(120, 1, "/machine.slice/machine-domain.scope")
	machine("mine", "mine.service", "container", "systemd-nspawn", "UID=1000\n") // a user's claim about a unit of root's
	h.contained(130, 1, "/system.slice/mine.service")
	h.named(map[int]string{100: "", 110: "systemd-nspawn box", 111: "", 120: "libvirt-lxc domain", 130: ""})
	s, x := h.index()
	c, _ := x.Of(s.Find(110))
	if g, ok := x.Group(c, s.Find(110).Cgroups.Lines[0]); !ok || g.Raw() != "/system.slice/mybox.service" {
		t.Errorf("its group: %s, %v", g, ok)
	}
}
