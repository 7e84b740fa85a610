package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// listed is what these tests read of `bones containers --json`.
type listed struct {
	ID, Runtime, Name, Image string
	PID                      int
	PIDs                     []int
	SharedWithHost           []string `json:"shared_with_host"`
	Memory                   struct {
		UsageBytes *uint64 `json:"usage_bytes"`
		LimitBytes *uint64 `json:"limit_bytes"`
		LimitFrom  *string `json:"limit_from"`
	}
	PIDsCurrent *uint64 `json:"pids_current"`
	Frozen      *bool
}

func (m made) listed(t *testing.T, name string) listed {
	t.Helper()
	var list []listed
	out := m.ask(t, "--json", "containers", "name:"+name)
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
		t.Fatalf("bones containers name:%s: %v\n%s", name, err, out)
	}
	return list[0]
}

// TestDocker replays the story on a real Docker engine: each answer of bones against the engine's own.
func TestDocker(t *testing.T) {
	e := startEngine(t)
	m := builtBones(t)
	name := fmt.Sprintf("memcached-%d", os.Getpid())
	e.must("run", "-d", "--name", name, "--network", "none", "-m", "200m", "memcached:test")
	id := e.must("inspect", "-f", "{{.Id}}", name)
	pid, _ := strconv.Atoi(e.must("inspect", "-f", "{{.State.Pid}}", name))
	group := "/sys/fs/cgroup/memory/docker/" + id
	v1 := true
	if _, err := os.Stat(group); err != nil {
		v1 = false
	}
	limitOf := func() string { return e.must("stats", "--no-stream", "--format", "{{.MemUsage}}", name) }
	file := "memory.limit_in_bytes"
	if !v1 {
		file = "memory.max"
	}

	t.Run("enter", func(t *testing.T) { compareEnter(t, e, m) })
	t.Run("network", func(t *testing.T) { compareNetwork(t, e, m) })
	t.Run("logs", func(t *testing.T) { compareLogs(t, e, m) })
	t.Run("containers", func(t *testing.T) {
		c := m.listed(t, name)
		if c.ID != id || c.PID != pid || c.Runtime != "docker" || c.Image != "memcached:test" || c.Name != name {
			t.Errorf("%+v, and docker says %s PID %d", c, id, pid)
		}
		if c.Memory.LimitBytes == nil || *c.Memory.LimitBytes != 200<<20 {
			t.Errorf("its limit is %v", c.Memory.LimitBytes)
		}
		if c.Frozen == nil || *c.Frozen {
			t.Error("it is not known that it is not frozen")
		}
	})
	t.Run("which and pid", func(t *testing.T) {
		if got := strings.TrimSpace(m.ask(t, "pid", name)); got != strconv.Itoa(pid) {
			t.Errorf("bones pid: %s, docker inspect %d", got, pid)
		}
		if got := strings.TrimSpace(m.ask(t, "pid", "id:"+id[:12])); got != strconv.Itoa(pid) {
			t.Errorf("bones pid id: %s, docker inspect %d", got, pid)
		}
		out := m.ask(t, "which", strconv.Itoa(pid))
		for _, want := range []string{name, id, "memcached:test", "sees itself as PID 1"} {
			if !strings.Contains(out, want) {
				t.Errorf("bones which does not say %q:\n%s", want, out)
			}
		}
		if all := m.ask(t, "which", "--all"); !strings.Contains(all, name) {
			t.Error("bones which --all does not name it")
		}
	})
	t.Run("explain", func(t *testing.T) {
		engine, e := e, m.explained(t, name)
		want := fmt.Sprintf("PID %d (memcached) is PID 1 of the docker container %s: an ordinary process with namespaces "+
			"of its own (", pid, name)
		if e.Kind != "container" || !strings.HasPrefix(e.Verdict, want) ||
			!strings.Contains(e.Verdict, "a memory limit of 200M and another root.") || e.Container == nil ||
			e.Container.ID != id {
			t.Errorf("%s: %s", e.Kind, e.Verdict)
		}
		if strings.Contains(e.Verdict, "the host's") || strings.Contains(e.Verdict, "hardly held back") {
			t.Errorf("it is said to share too much: %s", e.Verdict)
		}
		if got := e.seen("The limits that bind it", "memory"); !strings.Contains(got, "200M (209715200)") ||
			!strings.HasSuffix(got, "its own group") {
			t.Errorf("its limit: %q", got)
		}
		if got := e.seen("Its capabilities", "bounding"); !strings.HasPrefix(got, "14 of ") ||
			!strings.Contains(got, "Docker leaves") {
			t.Errorf("its capabilities: %q", got)
		}
		if got := e.seen("What it may ask of the kernel", "seccomp"); !strings.Contains(got, "a filter") {
			t.Errorf("seccomp: %q", got)
		}
		e.runByHand(t, map[string]string{"An ordinary process": "memcached", "Its control groups": "/docker/" + id,
			"The limits that bind it": "209715200",
			"Its capabilities":        "00000000a80425fb", "What it may ask of the kernel": "Seccomp:\t2",
			"Who calls it a container": "containerd-shim"})
		shim, _ := strconv.Atoi(strings.Fields(readFile(t, fmt.Sprintf("/proc/%d/stat", pid)))[3])
		if b := m.explained(t, strconv.Itoa(shim)); b.Kind != "beside" ||
			!strings.Contains(b.Verdict, "it started the first process of the container "+name) || b.Container != nil {
			t.Errorf("the shim: %s: %s", b.Kind, b.Verdict)
		}
		engine.must("run", "-d", "--name", name+"-unconfined", "--cap-add", "SYS_ADMIN", "--security-opt",
			"seccomp=unconfined", "--network", "none", "memcached:test", "sleep", "1000")
		if p := m.explained(t, name+"-unconfined"); !strings.Contains(p.Verdict, "Its root is hardly held back") ||
			!strings.HasPrefix(p.seen("What it may ask of the kernel", "seccomp"), "off") {
			t.Errorf("unconfined: %s", p.Verdict)
		}
	})
	t.Run("top", func(t *testing.T) {
		e.must("exec", "-d", name, "sleep", "1000")
		until(t, "docker top to show the sleep", func() bool {
			return strings.Contains(e.try("top", name, "-o", "pid,args"),
				"sleep 1000")
		})
		var theirs []string
		for line := range strings.Lines(e.must("top", name, "-o", "pid")) {
			if w := strings.TrimSpace(line); w != "PID" {
				theirs = append(theirs, w)
			}
		}
		var ours []string
		for line := range strings.Lines(m.ask(t, "top", name)) {
			if w := strings.Fields(line); len(w) > 0 && w[0] != "PID" {
				ours = append(ours, w[0])
			}
		}
		slices.Sort(theirs)
		slices.Sort(ours)
		if !slices.Equal(ours, theirs) || len(ours) != 2 {
			t.Errorf("bones top: %v, docker top: %v", ours, theirs)
		}
	})
	t.Run("stats", func(t *testing.T) {
		f := strings.Split(e.must("stats", "--no-stream", "--format", "{{.MemPerc}} {{.PIDs}}", name), " ")
		c := m.listed(t, name)
		if c.PIDsCurrent == nil || strconv.FormatUint(*c.PIDsCurrent, 10) != f[1] {
			t.Errorf("tasks: %v, docker stats: %s", c.PIDsCurrent, f[1])
		}
		percent, _ := strconv.ParseFloat(strings.TrimSuffix(f[0], "%"), 64)
		ours := float64(*c.Memory.UsageBytes) / (200 << 20) * 100
		if math.Abs(percent-ours) > 0.5 {
			t.Errorf("memory: %.2f %%, docker stats: %.2f %%", ours, percent)
		}
		if out := m.ask(t, "stats", "--once", "--interval", "0.1", name); !strings.Contains(out, name) ||
			!strings.Contains(out, "200M") {
			t.Errorf("bones stats:\n%s", out)
		}
	})
	t.Run("set and undo", func(t *testing.T) {
		before := limitOf()
		if !strings.HasSuffix(before, "/ 200MiB") {
			t.Fatalf("docker stats says %s", before)
		}
		byHand := m.ask(t, "set", "--dry-run", name, "memory=1G")
		m.ask(t, "set", "--yes", name, "memory=1G")
		if got := limitOf(); !strings.HasSuffix(got, "/ 1GiB") {
			t.Errorf("after bones set, docker stats says %s", got)
		}
		if got := strings.TrimSpace(m.ask(t, "cgroup", name, file)); got != "1073741824" {
			t.Errorf("bones cgroup says %s", got)
		}
		m.ask(t, "undo")
		if got := limitOf(); !strings.HasSuffix(got, "/ 200MiB") {
			t.Errorf("after bones undo, docker stats says %s, before it was %s", got, before)
		}
		if out, err := exec.Command("sh", "-c", byHand).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", byHand, err, out)
		}
		if got := limitOf(); !strings.HasSuffix(got, "/ 1GiB") {
			t.Errorf("by hand (%s) it came to %s", byHand, got)
		}
		m.ask(t, "set", "--yes", name, file+"=200M")
		if got := limitOf(); !strings.HasSuffix(got, "/ 200MiB") {
			t.Errorf("put back by the name of the file: %s", got)
		}
	})
	t.Run("without a limit before", func(t *testing.T) {
		free := name + "-free"
		e.must("run", "-d", "--name", free, "--network", "none", "memcached:test")
		usage := func() string { return e.must("stats", "--no-stream", "--format", "{{.MemUsage}}", free) }
		_, before, _ := strings.Cut(usage(), "/")
		m.ask(t, "set", "--yes", free, file+"=1G")
		if got := usage(); !strings.HasSuffix(got, "/ 1GiB") {
			t.Errorf("docker stats says %s", got)
		}
		m.ask(t, "undo")
		if got := usage(); !strings.HasSuffix(got, before) {
			t.Errorf("undone, docker stats says %s, before it was %s", got, before)
		}
	})
	t.Run("paused is frozen", func(t *testing.T) {
		e.must("pause", name)
		if c := m.listed(t, name); c.Frozen == nil || !*c.Frozen {
			t.Error("docker paused it, and bones does not say frozen")
		}
		e.must("unpause", name)
		if c := m.listed(t, name); c.Frozen == nil || *c.Frozen {
			t.Error("docker let it go on, and it is still said to be frozen")
		}
		m.ask(t, "freeze", name)
		if c := m.listed(t, name); !*c.Frozen {
			t.Error("bones freeze did not")
		}
		m.ask(t, "undo")
		if c := m.listed(t, name); *c.Frozen {
			t.Error("undone, and still frozen")
		}
	})
	t.Run("files", func(t *testing.T) {
		m.ask(t, "files", "touch", name, "/tmp/from-outside")
		if got := e.must("exec", name, "ls", "/tmp"); !strings.Contains(got, "from-outside") {
			t.Errorf("docker exec ls: %s", got)
		}
		m.ask(t, "undo")
		if got := e.must("exec", name, "ls", "/tmp"); strings.Contains(got, "from-outside") {
			t.Errorf("undone, and docker exec ls says %s", got)
		}
		e.must("exec", name, "touch", "/tmp/from-inside")
		if got := m.ask(t, "files", "ls", name, "/tmp"); !strings.Contains(got, "from-inside") {
			t.Errorf("bones files ls: %s", got)
		}
		local := filepath.Join(t.TempDir(), "local")
		if err := os.WriteFile(local, []byte("content\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		m.ask(t, "files", "put", name, local, "/tmp/put")
		if got := e.must("exec", name, "cat", "/tmp/put"); got != "content" {
			t.Errorf("docker exec cat: %q", got)
		}
		if got := m.ask(t, "files", "cat", name, "/etc/passwd"); got != e.must("exec", name, "cat", "/etc/passwd")+"\n" {
			t.Errorf("bones files cat: %q", got)
		}
		if got := m.ask(t, "files", "stat", name, "/etc/hosts"); !strings.Contains(got, "a volume") {
			t.Errorf("the file that docker mounts: %s", got)
		}
	})
	t.Run("the host's namespaces", func(t *testing.T) {
		inHost := name + "-host"
		e.must("run", "-d", "--name", inHost, "--network", "host", "--pid", "host", "memcached:test", "sleep", "1000")
		c := m.listed(t, inHost)
		if !slices.Contains(c.SharedWithHost, "net") || !slices.Contains(c.SharedWithHost, "pid") ||
			slices.Contains(c.SharedWithHost, "mnt") {
			t.Errorf("it shares %v with the host", c.SharedWithHost)
		}
		want := e.must("inspect", "-f", "{{.State.Pid}}", inHost)
		if strconv.Itoa(c.PID) != want {
			t.Errorf("PID %d, docker says %s", c.PID, want)
		}
		x := m.explained(t, inHost)
		if !strings.Contains(x.Verdict, "is in the docker container "+inHost) ||
			!strings.Contains(x.Verdict, "Its pid and net namespaces are the host's.") {
			t.Errorf("explained: %s", x.Verdict)
		}
	})
	t.Run("no such container", func(t *testing.T) {
		var exit *exec.ExitError
		if err := exec.Command(m.bones, "set", "--yes", name+"x", "memory=1G").Run(); !errors.As(err, &exit) ||
			exit.ExitCode() != exitNoTarget {
			t.Errorf("%v", err)
		}
	})
	t.Run("kill all", func(t *testing.T) {
		m.ask(t, "kill", "--all", "--yes", name)
		until(t, "docker to notice", func() bool { return e.try("inspect", "-f", "{{.State.Running}}", name) == "false" })
		if _, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid))); err == nil {
			t.Errorf("PID %d is still there", pid)
		}
	})
}
