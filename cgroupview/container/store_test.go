package container

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk/text"
)

const dockerRecord = `{"StreamConfig":{},"State":{"Running":true,"Paused":false,"Restarting":false,"OOMKilled":false,"RemovalInProgress":false,
"Dead":false,"Pid":4242,"ExitCode":0,"Error":"","StartedAt":"2026-11-23T19:51:04.1Z","FinishedAt":"0001-01-01T00:00:00Z","Health":null},
"ID":"%A","Created":"2026-11-23T19:51:03.9Z","Managed":false,"Path":"docker-entrypoint.sh","Args":["memcached"],
"Config":{"Hostname":"68fad1f9e098","User":"memcache","Env":["PATH=/usr/bin"],"Cmd":["memcached"],"Image":"memcached:1.6",
"Labels":{"tier":"cache","app":"shop"}},"Image":"sha256:26554baaea90e6044a98d4cb42ad3e6a2f72356f641ca9e248dfce49b401c9fa",
"Name":"/my-cache","Driver":"overlay2","OS":"linux","MountLabel":"","RestartCount":0}`

const runcRecord = `{"id":"%A","init_process_pid":4242,"init_process_start":777,"created":"2026-11-23T19:51:04Z",
"config":{"rootfs":"/var/lib/docker/overlay2/x/merged","labels":["bundle=/run/x"],"cgroups":{"path":"/docker/%A"}},"rootless":false,
"cgroup_paths":{"cpu":"/sys/fs/cgroup/cpu/docker/%A","pids":"/sys/fs/cgroup/pids/docker/%A"},"namespace_paths":{"NEWPID":"/proc/4242/ns/pid"}}`

func TestDocker(t *testing.T) {
	h := newHost(t)
	h.write(expand("var/lib/docker/containers/%A/config.v2.json"), dockerRecord)
	h.write(expand("run/docker/runtime-runc/moby/%A/state.json"), runcRecord)
	s := h.store(Config{})
	for _, path := range []string{"/docker/%A", "/system.slice/docker-%A.scope", "/%A", "/kubepods/pod%P/%A"} {
		info := s.Lookup(chainOf(t, path), processes(map[int]uint64{4242: 777}))
		if !info.Found || info.Runtime != Docker || info.Name != text.New("my-cache") ||
			info.Image != text.New("memcached:1.6") ||
			info.InitPID != 4242 || info.InitStart != 777 || len(info.Errors) > 0 {
			t.Fatalf("%s: %+v", path, info)
		}
		if want := []Label{{text.New("app"), text.New("shop")},
			{text.New("tier"), text.New("cache")}}; fmt.Sprint(info.Labels) != fmt.Sprint(want) {
			t.Errorf("labels %v, want %v", info.Labels, want)
		}
		wantEvidence(t, info, "/var/lib/docker/containers/%A/config.v2.json: its name is my-cache",
			"it started when recorded (777")
	}
	if info := s.Lookup(chainOf(t, "/docker/%A"), processes(nil)); info.InitPID != 0 || !info.Found {
		t.Errorf("an init that has ended: %+v", info)
	}
	info := s.Lookup(chainOf(t, "/docker/%A"), processes(map[int]uint64{4242: 900}))
	wantEvidence(t, info, "started at 777 ticks after boot; the process with that PID now started at 900")
	if info.InitPID != 0 {
		t.Error("a PID that is used again was taken for the init")
	}
	if info := s.Lookup(chainOf(t, "/docker/%B"), processes(nil)); info.Found || len(info.Errors) > 0 {
		t.Errorf("a container without a record: %+v", info)
	}
}

func TestDockerElsewhere(t *testing.T) {
	h := newHost(t)
	h.write(expand("srv/docker/containers/%A/config.v2.json"), dockerRecord)
	h.write(expand("srv/exec/runtime-runc/moby/%A/state.json"), runcRecord)
	s := h.store(Config{Docker: []DockerDirs{{Data: "/srv/docker", Exec: "/srv/exec"}}})
	if info := s.Lookup(chainOf(t, "/docker/%A"), processes(map[int]uint64{4242: 777})); info.Name.Raw() != "my-cache" ||
		info.InitStart != 777 {
		t.Errorf("%+v", info)
	}
	// A data root that is a link, also an absolute one: it is resolved below the root of the store.
	h2 := newHost(t)
	h2.write(expand("data/docker/containers/%A/config.v2.json"), dockerRecord)
	if err := os.MkdirAll(h2.path("var/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/data/docker", h2.path("var/lib/docker")); err != nil {
		t.Fatal(err)
	}
	if info := h2.store(Config{}).Lookup(chainOf(t, "/docker/%A"), processes(nil)); info.Name.Raw() != "my-cache" {
		t.Errorf("%+v", info)
	}
}

func TestARecordThatChanges(t *testing.T) {
	h := newHost(t)
	name := expand("var/lib/docker/containers/%A/config.v2.json")
	h.write(name, dockerRecord)
	s := h.store(Config{})
	lookup := func() string { return s.Lookup(chainOf(t, "/docker/%A"), processes(nil)).Name.Raw() }
	if got := lookup(); got != "my-cache" {
		t.Fatal(got)
	}
	// Engines replace the file.
	h.write(name+".new", strings.Replace(dockerRecord, "/my-cache", "/renamed", 1))
	if err := os.Rename(h.path(name+".new"), h.path(name)); err != nil {
		t.Fatal(err)
	}
	if got := lookup(); got != "renamed" {
		t.Errorf("after a rename the name is %q", got)
	}
	os.Remove(h.path(name))
	if got := lookup(); got != "" {
		t.Errorf("after its removal the name is %q", got)
	}
}

func TestKubernetesOnDocker(t *testing.T) {
	h := newHost(t)
	h.write(expand("var/lib/docker/containers/%A/config.v2.json"), `{"ID":"%A","Name":"/k8s_web_shop-1_prod_%P_0","State":{"Running":true,"Pid":7},
"Config":{"Image":"nginx@sha256:1","Labels":{"io.kubernetes.pod.name":"shop-1","io.kubernetes.pod.namespace":"prod",
"io.kubernetes.pod.uid":"%P","io.kubernetes.container.name":"web"}}}`)
	info := h.store(Config{}).Lookup(chainOf(t, "/kubepods/burstable/pod%P/%A"), processes(map[int]uint64{7: 1}))
	if info.Name.Raw() != "web" || info.Pod != (PodInfo{text.New(pod), text.New("shop-1"), text.New("prod")}) ||
		info.InitPID != 7 || info.InitStart != 0 {
		t.Errorf("%+v", info)
	}
}

const criSpec = `{"ociVersion":"1.1.0","process":{"args":["nginx"]},"annotations":{"io.kubernetes.cri.container-name":"web",
"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.image-name":"docker.io/library/nginx:1.27",
"io.kubernetes.cri.sandbox-id":"%B","io.kubernetes.cri.sandbox-name":"shop-1","io.kubernetes.cri.sandbox-namespace":"prod",
"io.kubernetes.cri.sandbox-uid":"%P"},"linux":{"cgroupsPath":"kubepods-besteffort-pod.slice:cri-containerd:%A"}}`

func TestContainerd(t *testing.T) {
	h := newHost(t)
	task := expand("run/containerd/io.containerd.runtime.v2.task/k8s.io/%A/")
	h.write(task+"config.json", criSpec)
	h.write(task+"init.pid", "4242")
	h.write(expand("run/containerd/runc/k8s.io/%A/state.json"), runcRecord)
	s := h.store(Config{})
	for _, path := range []string{"/kubepods/besteffort/pod%P/%A", "/system.slice/cri-containerd-%A.scope", "/%A"} {
		info := s.Lookup(chainOf(t, path), processes(map[int]uint64{4242: 777}))
		if info.Runtime != Containerd || info.Name.Raw() != "web" || info.Image.Raw() != "docker.io/library/nginx:1.27" ||
			info.Pod != (PodInfo{text.New(pod), text.New("shop-1"), text.New("prod")}) || info.InitPID != 4242 ||
			info.InitStart != 777 {
			t.Errorf("%s: %+v", path, info)
		}
		wantEvidence(t, info, "containerd runs it in its namespace k8s.io", "the pod shop-1 in the namespace prod")
	}
	// The container that holds the pod's namespaces.
	task = expand("run/containerd/io.containerd.runtime.v2.task/k8s.io/%B/")
	h.write(task+"config.json", strings.Replace(criSpec, `type":"container"`, `type":"sandbox"`, 1))
	if info := s.Lookup(chainOf(t, "/kubepods/besteffort/pod%P/%B"), processes(nil)); info.Name.Raw() != "POD" ||
		info.Pod.Name.Raw() != "shop-1" {
		t.Errorf("%+v", info)
	}
	// nerdctl, and ctr, whose user chooses the id.
	h.write("run/containerd/io.containerd.runtime.v2.task/default/"+strings.Repeat("7", 64)+"/config.json",
		`{"annotations":{"nerdctl/name":"nginx-1"}}`)
	if info := s.Lookup(chainOf(t, "/default/"+strings.Repeat("7", 64)), processes(nil)); info.Name.Raw() != "nginx-1" {
		t.Errorf("%+v", info)
	}
	h.write("run/containerd/io.containerd.runtime.v2.task/k8s.io/mine/config.json", `{}`)
	h.write("run/containerd/io.containerd.runtime.v2.task/k8s.io/mine/init.pid", "12\n")
	if info := s.Lookup(chainOf(t, "/k8s.io/mine"), processes(map[int]uint64{12: 3})); info.Name.Raw() != "mine" ||
		info.InitPID != 12 {
		t.Errorf("%+v", info)
	}
}

const storageList = `[{"id":"%B","names":["other"],"image":"26554b","layer":"x","metadata":"{}","created":"2026-11-23T19:51:03Z"},
{"id":"%A","names":["web"],"image":"26554baaea90","layer":"8dc1","metadata":"{\"image-name\":\"docker.io/library/nginx:latest\",\"image-id\":\"26554b\",\"name\":\"web\",\"created-at\":1700000000}",
"created":"2026-11-23T19:51:03.6Z","flags":{"MountLabel":"","ProcessLabel":""}}]`

const crunRecord = `{"pid":4242,"process-start-time":777,"cgroup-path":"/machine.slice/libpod-%A.scope","scope":"libpod-%A.scope",
"intelrdt":null,"rootfs":"/var/lib/containers/storage/overlay/x/merged","systemd-cgroup":true,"bundle":"/var/lib/containers/storage/overlay-containers/%A/userdata",
"created":"2026-11-23T19:51:04.1Z","detached":false,"external_descriptors":"[\"/dev/null\",\"pipe:[1]\",\"pipe:[2]\"]"}`

func TestPodman(t *testing.T) {
	h := newHost(t)
	h.write("var/lib/containers/storage/overlay-containers/containers.json", storageList)
	h.write(expand("run/containers/storage/overlay-containers/%A/userdata/config.json"),
		`{"annotations":{"org.opencontainers.image.title":"nginx"}}`)
	h.write(expand("run/crun/%A/status"), crunRecord)
	s := h.store(Config{})
	for _, path := range []string{"/machine.slice/libpod-%A.scope", "/libpod_parent/libpod-%A", "/%A"} {
		info := s.Lookup(chainOf(t, path), processes(map[int]uint64{4242: 777}))
		if info.Runtime != Podman || info.Name.Raw() != "web" || info.Image.Raw() != "docker.io/library/nginx:latest" ||
			info.InitPID != 4242 || info.InitStart != 777 || len(info.Labels) != 1 || len(info.Errors) > 0 {
			t.Errorf("%s: %+v", path, info)
		}
	}
	os.RemoveAll(h.path("run/crun"))
	h.write(expand("run/containers/storage/overlay-containers/%A/userdata/pidfile"), "4242")
	if info := s.Lookup(chainOf(t, "/machine.slice/libpod-%A.scope"),
		processes(map[int]uint64{4242: 777})); info.InitPID != 4242 || info.InitStart != 0 {
		t.Errorf("with the file of the PID alone: %+v", info)
	}
}

func TestCRIO(t *testing.T) {
	h := newHost(t)
	h.write("var/lib/containers/storage/overlay-containers/containers.json", `[{"id":"%A","names":["k8s_web_shop-1_prod_%P_0"],
"metadata":"{\"pod-name\":\"k8s_POD_shop-1_prod_%P_0\",\"pod-id\":\"%B\",\"image-name\":\"quay.io/nginx:1\",\"name\":\"web\"}"}]`)
	h.write(expand("run/containers/storage/overlay-containers/%A/userdata/config.json"), `{"annotations":{"io.kubernetes.pod.name":"shop-1",
"io.kubernetes.pod.namespace":"prod","io.kubernetes.pod.uid":"%P","io.kubernetes.container.name":"web"}}`)
	h.write(expand("run/runc/%A/state.json"), runcRecord)
	s := h.store(Config{})
	for _, path := range []string{"/kubepods/pod%P/crio-%A", "/kubepods/pod%P/%A"} {
		info := s.Lookup(chainOf(t, path), processes(map[int]uint64{4242: 777}))
		if info.Runtime != CRIO || info.Name.Raw() != "web" || info.Pod.Name.Raw() != "shop-1" || info.InitStart != 777 {
			t.Errorf("%s: %+v", path, info)
		}
	}
}

func TestRootless(t *testing.T) {
	h := newHost(t)
	uid := uint32(os.Getuid())
	home := "home/somebody"
	h.write(home+"/.local/share/containers/storage/vfs-containers/containers.json", storageList)
	h.write(expand(fmt.Sprintf("run/user/%d/crun/%%A/status", uid)), crunRecord)
	h.write(expand(home+"/.local/share/docker/containers/%B/config.v2.json"), strings.ReplaceAll(dockerRecord, "%A",
		"%B"))
	s := h.store(Config{Users: []User{{uid, "/" + home}}})
	slice := fmt.Sprintf("/user.slice/user-%d.slice/user@%d.service/user.slice/", uid, uid)
	info := s.Lookup(chainOf(t, slice+"libpod-%A.scope"), processes(map[int]uint64{4242: 777}))
	if info.Name.Raw() != "web" || info.InitStart != 777 || len(info.Errors) > 0 {
		t.Errorf("podman: %+v", info)
	}
	if info := s.Lookup(chainOf(t, slice+"docker-%B.scope"), processes(nil)); info.Name.Raw() != "my-cache" {
		t.Errorf("docker: %+v", info)
	}
	// The records of a user say nothing about what runs elsewhere: anybody could give names to others' containers.
	for _, path := range []string{"/machine.slice/libpod-%A.scope", "/user.slice/user-4711.slice/libpod-%A.scope",
		"/docker/%B"} {
		if info := s.Lookup(chainOf(t, path), processes(nil)); info.Found {
			t.Errorf("%s was named by a user's record: %+v", path, info)
		}
	}
}

func TestWhatAUserPlants(t *testing.T) {
	uid := uint32(os.Getuid())
	list := "home/u/.local/share/containers/storage/overlay-containers/containers.json"
	slice := fmt.Sprintf("/user.slice/user-%d.slice/libpod-%%A.scope", uid)
	for name, plant := range map[string]func(h *host, path string) error{
		"a link to a file of the host": func(h *host, path string) error {
			h.write("etc/shadow", storageList)
			return os.Symlink("/etc/shadow", path)
		},
		"a relative link": func(h *host, path string) error {
			h.write("home/u/elsewhere", storageList)
			return os.Symlink("../../../../../elsewhere", path)
		},
		"a FIFO": func(h *host, path string) error { return syscall.Mkfifo(path, 0o644) },
		"a file with another name": func(h *host, path string) error {
			h.write("home/u/elsewhere", storageList)
			return os.Link(h.path("home/u/elsewhere"), path)
		},
		"a directory": func(h *host, path string) error { return os.Mkdir(path, 0o755) },
		"too large": func(h *host, path string) error {
			f, err := os.Create(path)
			if err != nil {
				return err
			}
			defer f.Close()
			return f.Truncate(100 << 20)
		},
		"of somebody else": func(h *host, path string) error {
			h.write(list, storageList)
			if os.Getuid() != 0 {
				return os.Remove(path)
			}
			return os.Chown(path, 4711, 4711)
		},
	} {
		h := newHost(t)
		if err := os.MkdirAll(filepath.Dir(h.path(list)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := plant(h, h.path(list)); err != nil {
			t.Fatal(err)
		}
		info := h.store(Config{Users: []User{{uid, "/home/u"}}}).Lookup(chainOf(t, slice), processes(nil))
		if info.Found {
			t.Errorf("%s was believed: %+v", name, info)
		}
		if os.Getuid() == 0 && len(info.Errors) != 1 {
			t.Errorf("%s: %d errors %v", name, len(info.Errors), info.Errors)
		}
	}
}

func TestHostileRecords(t *testing.T) {
	name := expand("var/lib/docker/containers/%A/config.v2.json")
	for what, content := range map[string]string{
		"empty":         "",
		"cut off":       dockerRecord[:300],
		"two values":    dockerRecord + "{}",
		"another form":  `{"ID":"%A","Name":["x"]}`,
		"an array":      `[]`,
		"null in it":    "{\x00}",
		"deep":          strings.Repeat("[", 1<<20),
		"a huge number": `{"ID":"%A","State":{"Running":true,"Pid":99999999999999999999}}`,
	} {
		h := newHost(t)
		h.write(name, content)
		info := h.store(Config{}).Lookup(chainOf(t, "/docker/%A"), processes(nil))
		if info.Found || len(info.Errors) != 1 || !strings.Contains(info.Errors[0].Error(), "config.v2.json: ") {
			t.Errorf("%s: %+v", what, info)
		}
	}

	h := newHost(t)
	h.write(name, `{"ID":"%A","Name":"/evil\n\u001b[2J\u202e","State":{"Running":true,"Pid":-5},"Config":{"Image":"a\u001b]52;c;x\u0007","Labels":{"k\u001b":"v\r"}}}`)
	info := h.store(Config{}).Lookup(chainOf(t, "/docker/%A"), processes(nil))
	if info.Name.Raw() != "evil\n\x1b[2J\u202e" || info.Name.String() != `evil\n\x1b[2J\u202e` || info.InitPID != 0 {
		t.Errorf("%+v", info)
	}
	wantEvidence(t, info, `its name is evil\n\x1b[2J\u202e`)

	// A record of another container under this one's name.
	h.write(name, strings.ReplaceAll(dockerRecord, "%A", "%B"))
	if info := h.store(Config{}).Lookup(chainOf(t, "/docker/%A"), processes(nil)); info.Found {
		t.Error("the record of another container was believed")
	}

	h = newHost(t)
	if err := os.MkdirAll(filepath.Dir(h.path(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.path(name), bytes.Repeat([]byte(" "), maxFile+1), 0o644); err != nil {
		t.Fatal(err)
	}
	info = h.store(Config{}).Lookup(chainOf(t, "/docker/%A"), processes(nil))
	if info.Found || len(info.Errors) != 1 || !errors.Is(info.Errors[0], errTooLarge) {
		t.Errorf("%+v", info)
	}
}

func TestNotPermitted(t *testing.T) {
	if os.Getuid() != 0 {
		h := newHost(t)
		h.write("var/lib/docker/x", "")
		os.Chmod(h.path("var/lib/docker"), 0)
		defer os.Chmod(h.path("var/lib/docker"), 0o755)
		info := h.store(Config{}).Lookup(chainOf(t, "/docker/%A"), processes(nil))
		if len(info.Errors) != 1 || !errors.Is(info.Errors[0], fs.ErrPermission) {
			t.Errorf("%+v", info)
		}
		return
	}
	// For root nothing is forbidden: the error alone is tested.
	l := &lookup{}
	l.failed(fmt.Errorf("x: %w", syscall.EACCES))
	l.failed(fmt.Errorf("x: %w", syscall.ENOENT))
	if len(l.info.Errors) != 1 || !errors.Is(l.info.Errors[0], fs.ErrPermission) {
		t.Errorf("%v", l.info.Errors)
	}
}

func TestNestedContainersAreNotLookedUpByName(t *testing.T) {
	h := newHost(t)
	h.write("var/lib/lxc/web/config", "")
	s := h.store(Config{})
	if info := s.Lookup(chainOf(t, "/lxc.payload.web"), processes(nil)); !info.Found || info.Runtime != LXC ||
		info.Name.Raw() != "web" {
		t.Errorf("%+v", info)
	}
	if info := s.Lookup(chainOf(t, "/docker/%A/lxc.payload.web"), processes(nil)); info.Found {
		t.Errorf("a container in a container took the record of one of the host: %+v", info)
	}
}

// What takes the name of another container is not to be believed without that container's init in it.
func TestDoubtful(t *testing.T) {
	h := newHost(t)
	h.write(expand("var/lib/docker/containers/%A/config.v2.json"), dockerRecord)
	s := h.store(Config{})
	for path, want := range map[string]bool{
		"/docker/%A":           false,
		"/docker/%B/docker/%A": true,
		"/user.slice/user-1000.slice/user@1000.service/docker-%A.scope": true,
		"/user.slice/user-0.slice/docker-%A.scope":                      false,
	} {
		chain := chainOf(t, path)
		info := s.Lookup(chain, processes(map[int]uint64{4242: 777}))
		if !info.Found || info.Doubtful != want {
			t.Errorf("%s: %+v", path, info)
		}
		if left := info.Disbelieved(chain.Innermost()); left.Found || left.Name.Len() > 0 || left.InitPID != 0 ||
			len(left.Evidence) != 2 {
			t.Errorf("%s: what is left: %+v", path, left)
		}
	}
}

func TestMachines(t *testing.T) {
	h := newHost(t)
	h.write("run/systemd/machines/my-mach",
		"# This is private data. Do not parse.\nNAME=my-mach\nSCOPE=machine-my\\x2dmach.scope\nSERVICE=systemd-nspawn\n"+
			"ROOT=/var/lib/machines/my-mach\nID=0123\nLEADER=4242\nCLASS=container\n")
	info := h.store(Config{}).Lookup(chainOf(t, "/machine.slice/machine-my\\x2dmach.scope/payload"),
		processes(map[int]uint64{4242: 777}))
	if !info.Found || info.InitPID != 4242 || info.Name.Raw() != "my-mach" {
		t.Errorf("%+v", info)
	}
	wantEvidence(t, info, "systemd-machined knows it as a container of systemd-nspawn, with the root "+
		"/var/lib/machines/my-mach")
	for dir, want := range map[string]Runtime{"var/lib/incus/containers": Incus,
		"var/snap/lxd/common/lxd/containers": LXD} {
		h := newHost(t)
		if err := os.MkdirAll(h.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/var/lib/incus/storage-pools/p/containers/c1", h.path(dir+"/c1")); err != nil {
			t.Fatal(err)
		}
		if info := h.store(Config{}).Lookup(chainOf(t, "/lxc.payload.c1"), processes(nil)); info.Runtime != want {
			t.Errorf("%s: %+v", dir, info)
		}
	}
}

func FuzzRecords(f *testing.F) {
	for _, s := range []string{dockerRecord, runcRecord, crunRecord, storageList, criSpec, "NAME=x\nLEADER=1\n", "42\n",
		"[{}]", "null"} {
		f.Add([]byte(expand(s)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := decode[dockerConfig](b); (c == nil) != (err != nil) {
			t.Error("neither a record nor an error")
		}
		decode[runcState](b)
		decode[crunStatus](b)
		decode[ociSpec](b)
		parseStorage(b)
		parseEnv(b)
		if pid, err := parsePID(b); err == nil && pid < 1 {
			t.Errorf("%q is the PID %d", b, pid)
		}
	})
}

// Podman keeps the names of its pods in a database, as JSON that begins with the id.
func TestPodmansPodNames(t *testing.T) {
	a, b := strings.Repeat("a", 64), strings.Repeat("b", 64)
	pods, err := podNames([]byte("SQLite\x00\xff{\"id\":\"" + a +
		"\",\"name\":\"shop\",\"namespace\":\"\"}\x00{\"id\":\"" +
		a[:60] + "{\"id\":\"" + b + "\",\"name\":\"my-pod\"}{\"id\":\"" + b + "\",\"name\":\"cut"))
	if err != nil || len(pods) != 2 || pods[a] != "shop" || pods[b] != "my-pod" {
		t.Errorf("%v, %v", pods, err)
	}
}

// TestLabelsOfAnImageAreNoPod: whoever builds an image chooses labels, and Podman takes over annotations of one.
// Neither makes its container one of a pod, nor gives it the name of another.
func TestLabelsOfAnImageAreNoPod(t *testing.T) {
	const labels = `{"io.kubernetes.pod.name":"shop-1","io.kubernetes.pod.namespace":"prod","io.kubernetes.pod.uid":"%P",
"io.kubernetes.container.name":"web"}`
	for _, name := range []string{"evil", "k8s_evil", "k8s_web_shop-1_prod", "k8s_web_shop-10_prod_%P_0",
		"web_shop-1_prod_%P_0"} {
		h := newHost(t)
		h.write(expand("var/lib/docker/containers/%A/config.v2.json"), `{"ID":"%A","Name":"/`+name+`",
"State":{"Running":true,"Pid":7},"Config":{"Image":"evil","Labels":`+labels+`}}`)
		h.write("var/lib/containers/storage/overlay-containers/containers.json", `[{"id":"%B","names":["`+name+`"],"metadata":"{}"}]`)
		h.write(expand("run/containers/storage/overlay-containers/%B/userdata/config.json"), `{"annotations":`+labels+`}`)
		for _, path := range []string{"/docker/%A", "/machine.slice/libpod-%B.scope"} {
			info := h.store(Config{}).Lookup(chainOf(t, path), processes(map[int]uint64{7: 1}))
			if info.Name.Raw() != expand(name) || info.Pod != (PodInfo{}) || !info.Found {
				t.Errorf("%s: %+v", path, info)
			}
			wantEvidence(t, info, "does not believe them")
		}
	}
}
