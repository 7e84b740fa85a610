package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/which"
	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

const (
	dockerA = "68fad1f9e0985989408aff30e7b83e7dada1d235ff46a22c5465ca193ddf0fac"
	dockerB = "68fae319ed9c1d4cca681f9c102da9b015555785b6240c4e4619f11b535cabd0"
)

// containerHost is a host in a directory: the processes of a fake /proc, and beside it the files of engines.
type containerHost struct {
	t    testing.TB
	root string
	tree *proctest.Tree
}

func newContainerHost(t testing.TB) *containerHost {
	h := &containerHost{t, t.TempDir(), proctest.New(t)}
	if err := os.Symlink(h.tree.Root, filepath.Join(h.root, "proc")); err != nil {
		t.Fatal(err)
	}
	h.tree.Add(proctest.Proc{PID: 1, Comm: "systemd", CgroupLines: []string{"0::/init.scope"}})
	return h
}

func (h *containerHost) write(name, content string) {
	h.t.Helper()
	path := filepath.Join(h.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// docker writes a container's record, and its init and another process of it.
func (h *containerHost) docker(id, name, path string, pid int, at string) {
	quoted, err := json.Marshal("/" + name)
	if err != nil {
		h.t.Fatal(err)
	}
	h.write(at+"/containers/"+id+"/config.v2.json", fmt.Sprintf(
		`{"ID":%q,"Name":%s,"State":{"Running":true,"Pid":%d},"Config":{"Image":"memcached:1.6","Labels":{"tier":"cache","\u202e\u009b\u007fx":"y"}}}`, id, quoted, pid))
	own := map[string]uint64{"pid": uint64(pid), "mnt": uint64(pid) + 1}
	h.tree.Add(proctest.Proc{PID: pid, PPID: 1, Comm: "memcached", CgroupLines: []string{"4:pids:" + path, "0::/"},
		NSpid: []int{pid, 1}, NS: own})
	h.tree.Add(proctest.Proc{PID: pid + 5, PPID: pid, Comm: "sh", CgroupLines: []string{"4:pids:" + path + "/inner",
		"0::/"}, NSpid: []int{pid + 5, 7}, NS: own})
}

// run runs one command on this host.
func (h *containerHost) run(json bool, command func(*app) *cobra.Command, args ...string) (stdout, stderr string,
	status int) {
	return runOn(&app{procRoot: filepath.Join(h.root, "proc"), cgroupRoot: "/sys/fs/cgroup", json: json}, command,
		args...)
}

func runOn(a *app, command func(*app) *cobra.Command, args ...string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	a.out, a.err = &out, &errs
	c := command(a)
	c.SetArgs(append([]string{}, args...)) // nil would be those of the test program
	c.SetOut(&out)
	c.SetErr(&errs)
	c.SilenceErrors, c.SilenceUsage = true, true
	if err := c.ExecuteContext(context.Background()); err != nil {
		status = exitUsage
		var s *statusError
		if errors.As(err, &s) {
			status = s.Status
			err = s.Err
		}
		if err != nil {
			fmt.Fprintln(&errs, err)
		}
	}
	return out.String(), errs.String(), status
}

func (h *containerHost) index() (*procwalk.Snapshot, *inventory.Inventory) {
	h.t.Helper()
	a := &app{procRoot: filepath.Join(h.root, "proc"), cgroupRoot: "/sys/fs/cgroup"}
	s, x, err := a.snapshotContainers(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	return s, x
}

// whichAnswer is what the JSON of `bones which` is read back into.
type whichAnswer struct {
	PID       int
	Inside    int `json:"pid_inside"`
	Kind      string
	Container struct {
		ID, Runtime, Name, Image string
		PID                      int
		Pod                      *struct{ Name string }
		Labels                   map[string]string
		Evidence                 []string
	}
	Chain  []map[string]any
	Errors map[string]string
}

func TestWhich(t *testing.T) {
	h := newContainerHost(t)
	h.docker(dockerA, "cache\x1b[2J", "/docker/"+dockerA, 100, "var/lib/docker")
	h.tree.Add(proctest.Proc{PID: 300, PPID: 1, Comm: "sshd", CgroupLines: []string{"0::/system.slice/ssh.service"}})
	out, errs, status := h.run(false, whichOf, "105", "300")
	if status != 0 || errs != "" {
		t.Fatal(status, errs)
	}
	for _, want := range []string{
		"105 (sh) sees itself as PID 7\n  docker " + dockerA + ` cache\x1b[2J, image memcached:1.6` + "\n",
		"names the group /docker/" + dockerA,
		"config.v2.json: init is PID 100",
		"  - PID 100 backs it: the init that the engine recorded",
		"300 (sshd) sees itself as PID 300\n  service ssh.service\n  in no container\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("not said: %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Errorf("a raw escape in %q", out)
	}

	out, _, status = h.run(true, whichOf, "105")
	var list []whichAnswer
	if err := json.Unmarshal([]byte(out), &list); err != nil || status != 0 || len(list) != 1 {
		t.Fatal(err, out)
	}
	o := list[0]
	if strings.ContainsFunc(strings.ReplaceAll(out, "\n", ""), text.Deceptive) ||
		o.Container.Labels["\u202e\u009b\u007fx"] != "y" {
		t.Errorf("a label's key steers the terminal, or is lost: %q", out)
	}
	c := o.Container
	if o.PID != 105 || o.Inside != 7 || o.Kind != "container" || c.ID != dockerA || c.Runtime != "docker" ||
		c.Name != "cache\x1b[2J" ||
		c.Image != "memcached:1.6" || c.PID != 100 || c.Pod != nil || c.Labels["tier"] != "cache" || len(c.Evidence) < 3 ||
		len(o.Chain) != 1 || len(o.Errors) != 0 {
		t.Errorf("%s", out)
	}

	for _, c := range []struct {
		args   []string
		status int
	}{{nil, 2}, {[]string{"--all", "1"}, 2}, {[]string{"x"}, 2}, {[]string{"77"}, 3}, {[]string{"77", "1"}, 3}} {
		if _, errs, status := h.run(false, whichOf, c.args...); status != c.status || errs == "" {
			t.Errorf("which %q: status %d, want %d; %q", c.args, status, c.status, errs)
		}
	}
}

func TestWhichAll(t *testing.T) {
	h := newContainerHost(t)
	h.docker(dockerA, "cache", "/docker/"+dockerA, 100, "var/lib/docker")
	inner := "/docker/" + dockerA + "/docker/" + dockerB
	h.tree.Add(proctest.Proc{PID: 200, PPID: 105, Comm: "inner", CgroupLines: []string{"4:pids:" + inner},
		NSpid: []int{200, 60, 1},
		NS:    map[string]uint64{"pid": 9}})
	other := t.TempDir()
	h.tree.Add(proctest.Proc{PID: 400, PPID: 1, Comm: "lonely", NSpid: []int{400, 1}, NS: map[string]uint64{"pid": 8,
		"mnt": 80}, RootDir: other})
	h.tree.Add(proctest.Proc{PID: 401, PPID: 400, Comm: "child", NSpid: []int{401, 2}, NS: map[string]uint64{"pid": 8,
		"mnt": 81}, RootDir: other})
	h.tree.Add(proctest.Proc{PID: 402, PPID: 1, Comm: "private", CgroupLines: []string{"0::/system.slice/x.service"},
		NS: map[string]uint64{"mnt": 82}})
	h.tree.Add(proctest.Proc{PID: 403, PPID: 2, Comm: "kdevtmpfs", Kernel: true, NS: map[string]uint64{"mnt": 83}})
	out, _, status := h.run(false, whichOf, "--all")
	if status != 0 {
		t.Fatal(status)
	}
	var got []string
	for line := range strings.Lines(out) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"PID INSIDE KIND RUNTIME CONTAINER COMMAND",
		"1 1 scope - - systemd",
		"100 1 container docker cache memcached",
		"105 7 container docker cache sh",
		"200 1 container docker > docker cache > " + dockerB[:12] + " inner",
		"400 1 sandbox - sandbox:400 lonely",
		"401 2 sandbox - sandbox:400 child",
		"402 402 service - - private",
		"403 403 none - - kdevtmpfs",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	s, x := h.index()
	e, ok := x.Of(s.Find(100))
	if !ok || !slices.Equal(e.PIDs, []int{100, 105, 200}) || e.PID != 100 {
		t.Errorf("the outer container has the PIDs %v, backed by %d", e.PIDs, e.PID)
	}
	for i, want := range []string{"/docker/" + dockerA, ""} {
		if g, ok := x.Group(e, s.Find(105).Cgroups.Lines[i]); g.Raw() != want || ok != (want != "") {
			t.Errorf("the group of the outer container: %v, %v", g, ok)
		}
	}
	if e, ok := x.Of(s.Find(200)); !ok || e.ID.Raw() != dockerB || len(e.Chain) != 2 || e.PID != 200 {
		t.Errorf("the inner container: %+v", e)
	}
	if e, ok := x.Of(s.Find(402)); ok {
		t.Errorf("a service is in %+v", e)
	}
	for pid, want := range map[int]string{100: "cache docker [cache " + dockerA + "] docker",
		401: "sandbox:400  [sandbox:400] null", 402: "  [] null"} {
		p := s.Find(pid)
		runtime := "null"
		if o := object.NewProcessContainer(x, p); o != nil {
			runtime = o.Runtime.Raw()
		}
		if got := fmt.Sprint(x.Label(p), " ", x.Runtime(p), " ", x.Names(p), " ", runtime); got != want {
			t.Errorf("PID %d: %q, want %q", pid, got, want)
		}
	}
	if c := x.Chain(s.Find(402)).Innermost(); c.Unit.Raw() != "x.service" {
		t.Errorf("a service: %+v", c)
	}
}

// A user who may make groups gives one of them the name of somebody else's container.
func TestStolenName(t *testing.T) {
	h := newContainerHost(t)
	h.docker(dockerA, "bank", "/docker/"+dockerA, 100, "var/lib/docker")
	h.docker(dockerB, "evil", "/docker/"+dockerB, 200, "var/lib/docker")
	h.tree.Add(proctest.Proc{PID: 90, PPID: 1, UID: 1000, NSpid: []int{90, 1}, CgroupLines: []string{
		"4:pids:/user.slice/user-1000.slice/user@1000.service/docker-" + dockerA + ".scope"}})
	h.tree.Add(proctest.Proc{PID: 290, PPID: 200, NSpid: []int{290, 1},
		CgroupLines: []string{"4:pids:/docker/" + dockerB + "/docker/" + dockerA}})
	s, x := h.index()
	e, _ := x.Of(s.Find(100))
	if e.Name.Raw() != "bank" || e.PID != 100 || !slices.Equal(e.PIDs, []int{100, 105}) {
		t.Errorf("the real one: %+v", e)
	}
	for _, pid := range []int{90, 290} {
		if e, ok := x.Of(s.Find(pid)); !ok || e.Name.Len() > 0 || e.PID != pid || e.Info.Found {
			t.Errorf("PID %d: %+v", pid, e)
		}
	}
	if out, errs, status := h.run(false, (*app).pidCommand, "bank"); out != "100\n" {
		t.Error(status, out, errs)
	}
}

// The data root of an engine is where its command line or its settings say.
func TestDockerWithItsOwnDataRoot(t *testing.T) {
	h := newContainerHost(t)
	h.docker(dockerA, "one", "/docker/"+dockerA, 100, "srv/one")
	h.docker(dockerB, "two", "/docker/"+dockerB, 200, "srv/two")
	h.write("etc/two.json", `{"data-root": "/srv/two"}`)
	h.tree.Add(proctest.Proc{PID: 50, PPID: 1, Comm: "dockerd", Args: []string{"dockerd", "--data-root", "/srv/one"}})
	h.tree.Add(proctest.Proc{PID: 51, PPID: 1, Comm: "dockerd", Args: []string{"dockerd", "--config-file=/etc/two.json"}})
	// One in a container means a directory in there, and a user's says what it likes.
	h.docker(strings.Repeat("7", 64), "three", "/docker/"+strings.Repeat("7", 64), 300, "srv/three")
	h.tree.Add(proctest.Proc{PID: 52, PPID: 1, Comm: "dockerd", Args: []string{"dockerd", "--data-root=/srv/three"},
		NS: map[string]uint64{"mnt": 4}})
	h.tree.Add(proctest.Proc{PID: 53, PPID: 1, Comm: "dockerd", Args: []string{"dockerd", "--data-root=/srv/three"},
		UID: 1000})
	s, x := h.index()
	for pid, want := range map[int]string{100: "one", 200: "two", 300: ""} {
		if e, ok := x.Of(s.Find(pid)); !ok || e.Name.Raw() != want {
			t.Errorf("PID %d: %+v, want the name %q", pid, e, want)
		}
	}
}

// What runc and crun make is found from their records, by the group and by the pid namespace of the init.
func TestContainersThatOnlyTheDiskKnows(t *testing.T) {
	h := newContainerHost(t)
	h.write("run/runc/runcA/state.json",
		`{"id":"runcA","init_process_pid":100,"init_process_start":100,"cgroup_paths":{"":"/sys/fs/cgroup/system.slice/runcA"}}`)
	h.tree.Add(proctest.Proc{PID: 100, PPID: 1, NSpid: []int{100, 1}, CgroupLines: []string{"0::/system.slice/runcA"},
		NS: map[string]uint64{"pid": 5}})
	h.tree.Add(proctest.Proc{PID: 101, PPID: 1, NSpid: []int{101, 9}, CgroupLines: []string{"0::/system.slice/runcA/x"},
		NS: map[string]uint64{"pid": 5}})
	h.tree.Add(proctest.Proc{PID: 102, PPID: 1, CgroupLines: []string{"0::/system.slice/runcAB"}})
	// A record whose init has been followed by another process.
	h.write("run/runc/old/state.json",
		`{"id":"old","init_process_pid":102,"init_process_start":7,"cgroup_paths":{"":"/sys/fs/cgroup/system.slice/runcAB"}}`)
	// Rootless, without a group of its own.
	scope := "0::/user.slice/user-1000.slice/user@1000.service/user.slice/podman-761.scope"
	h.write("etc/passwd", "u:x:1000:1000::/home/u:/bin/sh\n")
	h.tree.Add(proctest.Proc{PID: 200, PPID: 1, UID: 1000, Comm: "conmon", CgroupLines: []string{scope}})
	h.tree.Add(proctest.Proc{PID: 201, PPID: 200, UID: 101000, NSpid: []int{201, 1}, CgroupLines: []string{scope},
		NS: map[string]uint64{"pid": 6, "user": 66}})
	h.tree.Add(proctest.Proc{PID: 202, PPID: 201, UID: 101000, NSpid: []int{202, 2}, CgroupLines: []string{scope},
		NS: map[string]uint64{"pid": 6, "user": 66}})
	status := `{"pid":%d,"process-start-time":%d,"cgroup-path":""}`
	if os.Getuid() == 0 {
		h.write("run/user/1000/crun/"+dockerB+"/status", fmt.Sprintf(status, 201, 201))
		h.write("run/user/1000/crun/stolen/status", fmt.Sprintf(status, 100, 100)) // what is not the user's
	}
	s, x := h.index()
	for pid, want := range map[int]string{100: "runcA", 101: "runcA", 102: "", 200: "", 201: dockerB, 202: dockerB} {
		if pid > 200 && os.Getuid() != 0 {
			continue
		}
		got := ""
		if e, ok := x.Of(s.Find(pid)); ok {
			got = e.ID.Raw()
		}
		if got != want {
			t.Errorf("PID %d is in %q, want %q", pid, got, want)
		}
	}
	e, _ := x.Of(s.Find(101))
	if g, ok := x.Group(e, s.Find(101).Cgroups.Lines[0]); !ok || g.Raw() != "/system.slice/runcA" {
		t.Errorf("its group: %v, %v", g, ok)
	}
	if e, ok := x.Of(s.Find(101)); !ok || e.PID != 100 || e.Name.Raw() != "runcA" {
		t.Errorf("%+v", e)
	}
}

// TestResolverKeepsAndForgets runs one resolver over snapshots of a changing host.
func TestResolverKeepsAndForgets(t *testing.T) {
	h := newContainerHost(t)
	h.docker(dockerA, "cache", "/docker/"+dockerA, 100, "var/lib/docker")
	procRoot := filepath.Join(h.root, "proc")
	r := inventory.NewResolver(procRoot, "/sys/fs/cgroup")
	w, err := procwalk.NewWalker(procRoot)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	resolve := func() *inventory.Inventory {
		t.Helper()
		s, err := w.Snapshot(context.Background(), procwalk.Request{Want: inventory.Want})
		if err != nil {
			t.Fatal(err)
		}
		x, err := r.Resolve(s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	name := func() string { return resolve().List[0].Name.Raw() }
	if got := name(); got != "cache" {
		t.Fatal(got)
	}
	h.write("var/lib/docker/containers/"+dockerA+"/config.v2.json",
		fmt.Sprintf(`{"ID":%q,"Name":"/other","State":{"Running":true,"Pid":100}}`, dockerA))
	for i := 0; name() != "other"; i++ {
		if i > 16 {
			t.Fatal("a new name was not seen")
		}
	}
	h.tree.Remove(100)
	h.tree.Remove(105)
	if x := resolve(); len(x.List) != 0 {
		t.Errorf("%d containers", len(x.List))
	}
}

// TestLiveWhich puts a process into a group named as Docker names them.
func TestLiveWhich(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	base := "/sys/fs/cgroup/pids"
	if _, err := os.Stat(base); err != nil {
		base = "/sys/fs/cgroup"
	}
	top, err := os.MkdirTemp(base, "bones-test-")
	if err != nil {
		t.Fatal(err)
	}
	group := filepath.Join(top, "docker", dockerA)
	t.Cleanup(func() {
		for _, dir := range []string{group, filepath.Dir(group), top} {
			deadline := proctest.Deadline()
			err := os.Remove(dir)
			for err != nil && !errors.Is(err, os.ErrNotExist) && time.Now().Before(deadline) {
				time.Sleep(5 * time.Millisecond) // the kernel lets go of the dead shortly after they were waited for
				err = os.Remove(dir)
			}
		}
	})
	if err := os.MkdirAll(group, 0o755); err != nil {
		t.Fatal(err)
	}
	proctest.Need(t, proctest.Namespaces)
	child := exec.Command("sleep", "1000")
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWPID}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { child.Process.Kill(); child.Wait() })
	pid := strconv.Itoa(child.Process.Pid)
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(pid), 0); err != nil {
		t.Fatal(err)
	}
	host := &app{procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup"}
	out, errs, status := runOn(host, whichOf, pid)
	if status != 0 || !strings.Contains(out, "sees itself as PID 1\n  docker "+dockerA+"\n") ||
		!strings.Contains(out, "PID "+pid+" backs it") {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
	if out, errs, status := runOn(host, (*app).pidCommand, dockerA[:20]); status != 0 || out != pid+"\n" {
		t.Errorf("bones pid: status %d, %q, %s", status, out, errs)
	}
	_, rest, _ := strings.Cut(group, base)
	if out, errs, status := runOn(host, (*app).pidCommand, "cgroup:"+rest); status != 0 || out != pid+"\n" {
		t.Errorf("bones pid cgroup: status %d, %q, %s", status, out, errs)
	}
}

// TestLiveWhichAll answers for every process of this host, and invents nothing about this test itself.
func TestLiveWhichAll(t *testing.T) {
	a := &app{procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup", json: true}
	out, errs, status := runOn(a, whichOf, "--all")
	if status != 0 {
		t.Fatal(status, errs)
	}
	var list []whichAnswer
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, o := range list {
		seen[o.PID] = true
	}
	if !seen[os.Getpid()] {
		t.Error("this process is not among them")
	}
}

func whichOf(a *app) *cobra.Command { return which.Command(program{a}) }
