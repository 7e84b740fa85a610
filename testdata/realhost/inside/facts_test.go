package inside

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// listed is what these tests look at of a container in JSON.
type listed struct {
	ID      *string
	Runtime string
	Name    string
	Image   string
	Pod     *struct{ Name, Namespace string }
	PID     int
	Memory  struct {
		LimitBytes *uint64 `json:"limit_bytes"`
		LimitFrom  *string `json:"limit_from"`
	}
	PIDsLimit *uint64 `json:"pids_limit"`
}

// explained is what these tests look at of an explanation in JSON.
type explained struct {
	Kind, Verdict string
	Steps         []struct {
		Title string
		Seen  []struct{ Name, Value string }
	}
}

// TestRealHost starts everything, and compares. Its parts are in this order because each leaves the machine as the
// next wants it; the machine ends with them.
func TestRealHost(t *testing.T) {
	all := subjects()
	// Whoever tries something by hand runs the tests again on a machine that has everything.
	if _, err := os.Stat(startedFile); err != nil {
		startAll(t, all)
	}
	t.Run("Facts", func(t *testing.T) { testFacts(t, all) })
	t.Run("NothingElse", func(t *testing.T) { testNothingElse(t, all) })
	t.Run("Unprivileged", func(t *testing.T) { testUnprivileged(t) })
	t.Run("Limits", func(t *testing.T) { testLimits(t, all) })
	t.Run("Persist", func(t *testing.T) { testPersist(t, all) })
	t.Run("Pod", func(t *testing.T) { testPod(t) })
}

// TestRecorder installs the unit of `bones deploy systemd` as its first lines say, and looks at what it records.
func TestRecorder(t *testing.T) {
	const unit = "bones-record.service"
	file := "/etc/systemd/system/" + unit
	printed := bones(t, "deploy", "systemd", "--binary", bonesPath, "--interval", "500ms")
	if err := os.WriteFile(file, []byte(printed+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	run(t, "systemctl", "daemon-reload")
	verified(t, unit, 4)
	run(t, "systemctl", "start", unit) // of Type=notify: it ends when bones says that it is ready
	t.Cleanup(func() { try(t, "systemctl", "stop", unit) })
	same(t, "state", run(t, "systemctl", "show", "-p", "ActiveState,SubState,Result", "--value", unit),
		"success\nactive\nrunning")
	const recording = "/var/lib/bones/recording"
	processes := func() int {
		var list []struct{ PID int }
		if s := try(t, bonesPath, "ps", "--json", "--from", recording); s.status == 0 {
			decode(t, s.out, &list)
		}
		return len(list)
	}
	if n := processes(); n < 10 {
		t.Errorf("it is ready, and %d processes are recorded", n)
	}
	first := run(t, bonesPath, "ps", "--from", recording, "1")
	if !strings.Contains(first, "systemd") {
		t.Errorf("PID 1 is recorded as %s", first)
	}
	until(t, "what it says in the journal", func() bool {
		return strings.Contains(try(t, "journalctl", "-q", "-o", "cat", "-u", unit).out, "bones records ")
	})
	if said := run(t, "journalctl", "-q", "-o", "cat", "-u", unit); strings.Contains(said, "not seen here") {
		t.Errorf("the unit keeps bones from what it is there for: %s", said)
	}
	run(t, "systemctl", "stop", unit)
	same(t, "state after its end", run(t, "systemctl", "show", "-p", "ActiveState,SubState,Result", "--value", unit),
		"success\ninactive\ndead")
	if info, err := os.Stat(recording); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the recording: %v, %v", info, err)
	}
	// The terminal UI over it, in a terminal of its own.
	run(t, "tmux", "-L", "replay", "new-session", "-d", "-x", "120", "-y", "30", bonesPath+" replay --ascii --no-mouse")
	t.Cleanup(func() { try(t, "tmux", "-L", "replay", "kill-server") })
	until(t, "the replay", func() bool {
		screen := try(t, "tmux", "-L", "replay", "capture-pane", "-p").out
		return strings.Contains(screen, " live") && strings.Contains(screen, "systemd")
	})
	t.Logf("the recorder took %.1f s", time.Since(begun).Seconds())
}

// startedFile is there when everything was started.
const startedFile = "/job/started"

// startAll starts the engines and all subjects; those of different engines at the same time.
func startAll(t *testing.T, all []*subject) {
	t.Helper()
	begun := time.Now()
	for name, content := range map[string]string{
		"dind.sh": "#!/bin/sh\n# A group with processes can have no groups with limits below it: the first moves out of " +
			"the way.\n" +
			"mkdir /sys/fs/cgroup/init && echo 1 >/sys/fs/cgroup/init/cgroup.procs &&\n" +
			"sed 's/[^ ]* */+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control || exit\n" +
			// dockerd gives up where its own containerd takes more than 15 s to start.
			"containerd >/tmp/containerd.log 2>&1 &\n" +
			"while :; do\n" +
			"  dockerd --containerd /run/containerd/containerd.sock --storage-driver vfs --bridge none --iptables=false " +
			"--ip6tables=false >>/tmp/log 2>&1\n" +
			"  sleep 1\ndone\n",
		"docker2.json": `{"bridge": "none", "iptables": false, "ip6tables": false, "userns-remap": "default",
			"hosts": ["unix:///run/docker2.sock"], "data-root": "/srv/docker2", "exec-root": "/run/docker2",
			"pidfile": "/run/docker2.pid", "containerd": "/run/containerd/containerd.sock"}`,
	} {
		if err := os.WriteFile("/job/"+name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	box := boxLayer(t)
	writeImage(t, "/job/box.tar", image, sleeps, box)
	writeImage(t, "/job/host.tar", hostImage, sleeps, hostLayer(t))
	if err := os.WriteFile("/job/layer.tar", box, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "systemctl", "start", "--no-block", "docker", "containerd")
	run(t, "systemd-run", "--unit", "docker2", "dockerd", "--config-file", "/job/docker2.json")
	run(t, "loginctl", "enable-linger", "alice")
	// The slice that --cgroup-parent names has limits below those of the container in it.
	run(t, "systemctl", "set-property", "--runtime", "shop.slice", "MemoryMax=50M", "CPUQuota=20%", "TasksMax=45")

	step := func(what string, from time.Time) { t.Logf("%-28s %5.1f s", what, time.Since(from).Seconds()) }
	var lanes [5]func()
	starts := func(prefix string) {
		for _, s := range all {
			if strings.HasPrefix(s.mode, prefix) {
				from := time.Now()
				s.start(t, s)
				step(s.mode, from)
			}
		}
	}
	lanes[0] = func() {
		until(t, "docker", func() bool { return try(t, "docker", "version").status == 0 })
		run(t, "docker", "load", "-i", "/job/box.tar")
		run(t, "docker", "load", "-i", "/job/host.tar")
		socket := "unix:///run/docker2.sock"
		until(t, "the second docker", func() bool { return try(t, "docker", "-H", socket, "version").status == 0 })
		run(t, "docker", "-H", socket, "load", "-i", "/job/box.tar")
		step("docker, and its images", begun)
		starts("docker")
	}
	lanes[1] = func() {
		run(t, "podman", "load", "-q", "-i", "/job/box.tar")
		step("podman's image", begun)
		starts("podman, root,")
	}
	lanes[2] = func() {
		until(t, "alice's manager", func() bool {
			return try(t, alice("systemctl", "--user", "show-environment")...).status == 0
		})
		run(t, alice("podman", "load", "-q", "-i", "/job/box.tar")...)
		step("rootless podman's image", begun)
		starts("podman, rootless")
		starts("user scope")
	}
	lanes[3] = func() {
		until(t, "containerd", func() bool { return try(t, "ctr", "version").status == 0 })
		run(t, "ctr", "-n", "k8s.io", "images", "import", "/job/box.tar")
		starts("pod over CRI")
	}
	lanes[4] = func() {
		starts("LXC")
		starts("systemd")
	}
	var wait sync.WaitGroup
	for _, lane := range lanes {
		wait.Go(lane)
	}
	wait.Wait()
	step("all that is started", begun)
	if t.Failed() {
		t.FailNow()
	}
	if err := os.WriteFile(startedFile, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// containers are the rows of `bones containers`.
func containers(t *testing.T) []listed {
	t.Helper()
	var list []listed
	decode(t, bones(t, "--json", "containers"), &list)
	return list
}

// row is the row of a subject.
func (s *subject) row(t *testing.T, list []listed) *listed {
	target := s.target(t)
	at := slices.IndexFunc(list, func(l listed) bool {
		return s.nested && l.ID != nil && "id:"+*l.ID == target || !s.nested && l.Name == s.name
	})
	if at < 0 {
		return nil
	}
	return &list[at]
}

// known is what the engine said of a subject when it was asked first. Asking an engine is slow; limits change later,
// who it is does not.
func (s *subject) known(t *testing.T) truth {
	if s.asked == (truth{}) {
		s.asked = s.truth(t, s)
	}
	return s.asked
}

// target is how bones is told of a subject: by its name if it is a container, else by its process.
func (s *subject) target(t *testing.T) string {
	switch {
	case s.called != "":
	case s.nested:
		s.called = "id:" + s.known(t).id
	case s.runtime != "":
		s.called = "name:" + s.name
	default:
		s.called = strconv.Itoa(s.known(t).pid)
	}
	return s.called
}

// testFacts compares what bones says of every subject with what its engine says.
func testFacts(t *testing.T, all []*subject) {
	list := containers(t)
	for _, s := range all {
		t.Run(s.mode, func(t *testing.T) {
			t.Parallel()
			want := s.known(t)
			if want.pid == 0 || want.memory == 0 || want.cpu == 0 || want.tasks == 0 {
				t.Fatalf("its engine says %+v: the test is wrong", want)
			}
			if s.runtime == "" {
				limits := explain(t, s.target(t))
				if slices.ContainsFunc(list, func(l listed) bool { return l.PID == want.pid }) {
					t.Error("it is no container, and has a row among them")
				}
				same(t, "memory limit", limits.memory, want.memory)
				same(t, "CPU quota", limits.cpu, want.cpu)
				same(t, "tasks limit", limits.tasks, want.tasks)
				return
			}
			got := s.row(t, list)
			if got == nil {
				for _, l := range list {
					if l.PID == want.pid {
						t.Errorf("the container with its PID is %s %q", l.Runtime, l.Name)
					}
				}
				t.Fatal("no container is called so")
			}
			limits := explain(t, s.target(t))
			same(t, "name", got.Name, want.name)
			same(t, "runtime", got.Runtime, s.runtime)
			same(t, "image", got.Image, want.image)
			pod := ""
			if got.Pod != nil {
				pod = strings.TrimPrefix(got.Pod.Namespace+"/"+got.Pod.Name, "/")
			}
			same(t, "pod", pod, want.pod)
			same(t, "PID", got.PID, want.pid)
			same(t, "PID by pid", bones(t, "pid", s.target(t)), strconv.Itoa(want.pid))
			same(t, "memory limit", number(got.Memory.LimitBytes), want.memory)
			same(t, "memory limit in explain", limits.memory, want.memory)
			same(t, "CPU quota", limits.cpu, want.cpu)
			same(t, "tasks limit", number(got.PIDsLimit), want.tasks)
			same(t, "tasks limit in explain", limits.tasks, want.tasks)
		})
	}
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: bones says %v, its engine %v", what, got, want)
	}
}

// number is a limit; 0 is none.
func number(p *uint64) uint64 {
	if p == nil {
		return 0
	}
	return *p
}

// explain reads the limits in what `bones explain` says.
func explain(t *testing.T, target string) (limits truth) {
	t.Helper()
	var e explained
	decode(t, bones(t, "--json", "explain", target), &e)
	for _, step := range e.Steps {
		for _, l := range step.Seen {
			word, _, _ := strings.Cut(l.Value, " ")
			word = strings.TrimSuffix(word, ",")
			switch l.Name {
			case "CPU": // 0.5 processors' time, set by ...
				n, _ := strconv.ParseFloat(word, 64)
				limits.cpu = uint64(math.Round(n * 1000))
			case "tasks":
				limits.tasks, _ = strconv.ParseUint(word, 10, 64)
			case "memory": // 60M (62914560), set by ...
				_, inBytes, _ := strings.Cut(l.Value, "(")
				inBytes, _, _ = strings.Cut(inBytes, ")")
				limits.memory, _ = strconv.ParseUint(inBytes, 10, 64)
			}
		}
	}
	return limits
}

// testNothingElse looks for rows that are no containers: this host has services with private mounts, udev, an engine's
// pause process and other visitors, and none of them is one.
func testNothingElse(t *testing.T, all []*subject) {
	rows := containers(t)
	seen := map[int]bool{}
	for _, s := range all {
		if s.runtime == "" {
			continue
		}
		if got := s.row(t, rows); got != nil {
			seen[got.PID] = true
		}
	}
	for _, l := range rows {
		if seen[l.PID] || l.Name == outer || l.Pod != nil { // what holds a pod's namespaces is a container for its engine
			continue
		}
		args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", l.PID))
		groups, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", l.PID))
		t.Errorf("a row that is no container: %s %q, PID %d (%q in %q)", l.Runtime, l.Name, l.PID, args, groups)
	}
}
