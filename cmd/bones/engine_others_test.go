package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// mustRun runs a program of an engine, which must end well. It writes into files: what it leaves running keeps them
// open, and nobody waits for the end of a file as for that of a pipe.
func mustRun(t *testing.T, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	var said [2]*os.File
	for i := range said {
		f, err := os.CreateTemp(t.TempDir(), "said")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		said[i] = f
	}
	c.Stdout, c.Stderr = said[0], said[1]
	timer := time.AfterFunc(proctest.Patience, func() { c.Process.Kill() })
	defer timer.Stop()
	err := c.Run()
	out, errs := readFile(t, said[0].Name()), readFile(t, said[1].Name())
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, errs)
	}
	return strings.TrimSpace(out)
}

func needPrograms(t *testing.T, programs ...string) {
	t.Helper()
	needRoot(t)
	proctest.NeedPrograms(t, programs...)
}

// leavesNoGroups removes the groups of this name that were not there before: engines leave theirs behind.
func leavesNoGroups(t *testing.T, name string) {
	before := groupsNamed(name)
	t.Cleanup(func() {
		groups := groupsNamed(name)
		slices.Reverse(groups)
		for _, g := range groups {
			if !slices.Contains(before, g) {
				os.Remove(g)
			}
		}
	})
}

// leavesNoMount takes away what an engine mounts at a place and leaves there.
func leavesNoMount(t *testing.T, place string) {
	mounts := func() int {
		b, _ := os.ReadFile("/proc/self/mountinfo")
		return strings.Count(string(b), " "+place+" ")
	}
	before := mounts()
	t.Cleanup(func() {
		for range mounts() - before {
			unix.Unmount(place, unix.MNT_DETACH)
		}
	})
}

// changesPIDs sets a limit of a running container of any engine, sees it in the file, and undoes it.
func (m made) changesPIDs(t *testing.T, name string) {
	t.Helper()
	before := m.ask(t, "cgroup", name, "pids.max")
	m.ask(t, "set", "--yes", name, "pids=77")
	if got := strings.TrimSpace(m.ask(t, "cgroup", name, "pids.max")); got != "77" {
		t.Errorf("pids.max is %s", got)
	}
	m.ask(t, "undo")
	if got := m.ask(t, "cgroup", name, "pids.max"); got != before {
		t.Errorf("undone, pids.max is %s and was %s", got, before)
	}
	m.ask(t, "freeze", name)
	if c := m.listed(t, name); c.Frozen == nil || !*c.Frozen {
		t.Error("not frozen")
	}
	m.ask(t, "thaw", name)
}

func TestPodman(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Mounts, proctest.Namespaces, proctest.Cgroups, proctest.Users)
	needPrograms(t, "podman", "runc", "busybox", "memcached")
	m := builtBones(t)
	leavesNoGroups(t, "libpod_parent")
	leavesNoMount(t, "/var/lib/containers/storage/overlay")
	root := filepath.Join(t.TempDir(), "root")
	makeRoot(t, root)
	name := fmt.Sprintf("bt-%d", os.Getpid())
	podman := func(args ...string) string {
		t.Helper()
		// crun refuses hybrid hosts. The limits of processes are given because raising them takes a privilege that
		// root may lack in a container.
		return mustRun(t, "podman", append([]string{"--cgroup-manager=cgroupfs", "--runtime", "runc"}, args...)...)
	}
	conmon := 0
	t.Cleanup(func() {
		exec.Command("podman", "rm", "-f", "-t", "0", name).Run()
		// When its container has ended, conmon turns into another podman that cleans up, and mounts its storage for that.
		until(t, "conmon to end", func() bool { return conmon == 0 || !alive(conmon) })
	})
	podman("run", "-d", "--name", name, "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit",
		"nproc=1000:1000", "--rootfs", root, "sleep", "1000")
	c := m.listed(t, name)
	if want := podman("inspect", "-f", "{{.Id}} {{.State.Pid}}", name); fmt.Sprint(c.ID, " ", c.PID) != want ||
		c.Runtime != "podman" {
		t.Errorf("%+v, podman says %s", c, want)
	}
	m.changesPIDs(t, name)
	m.ask(t, "files", "touch", name, "/tmp/from-outside")
	if got := podman("exec", name, "ls", "/tmp"); !strings.Contains(got, "from-outside") {
		t.Errorf("podman exec ls: %s", got)
	}
	e := m.explained(t, name)
	if !strings.Contains(e.Verdict, "is PID 1 of the podman container "+name) {
		t.Errorf("explained: %s", e.Verdict)
	}
	e.runByHand(t, map[string]string{"Who calls it a container": "conmon"})
	conmon, _ = strconv.Atoi(strings.Fields(readFile(t, fmt.Sprintf("/proc/%d/stat", c.PID)))[3])
	if b := m.explained(t, strconv.Itoa(conmon)); b.Kind != "beside" || !strings.Contains(b.Verdict, "beside one") ||
		b.Container != nil {
		t.Errorf("its conmon: %s: %s", b.Kind, b.Verdict)
	}
	podman("pause", name)
	if c := m.listed(t, name); !*c.Frozen {
		t.Error("podman paused it, and bones does not say frozen")
	}
	podman("unpause", name)
}

func TestRunc(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Mounts, proctest.Namespaces, proctest.Cgroups, proctest.Users)
	needPrograms(t, "runc", "busybox", "memcached")
	m := builtBones(t)
	bundle := t.TempDir()
	makeRoot(t, filepath.Join(bundle, "rootfs"))
	mustRun(t, "runc", "spec", "--bundle", bundle)
	b, err := os.ReadFile(filepath.Join(bundle, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	config := strings.NewReplacer(`"terminal": true`, `"terminal": false`, `"sh"`, `"sleep", "1000"`).Replace(string(b))
	if err := os.WriteFile(filepath.Join(bundle, "config.json"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("rt-%d", os.Getpid())
	t.Cleanup(func() {
		exec.Command("runc", "delete", "-f", name).Run()
		for _, g := range groupsNamed(name) {
			os.Remove(g)
		}
	})
	mustRun(t, "runc", "run", "-d", "--bundle", bundle, name)
	var state struct{ Pid int }
	if err := json.Unmarshal([]byte(mustRun(t, "runc", "state", name)), &state); err != nil {
		t.Fatal(err)
	}
	var list []listed
	if err := json.Unmarshal([]byte(m.ask(t, "--json", "containers", "name:"+name)), &list); err != nil ||
		len(list) != 1 {
		t.Fatal(err, list)
	}
	if list[0].PID != state.Pid || list[0].Runtime != "runc" {
		t.Errorf("%+v, runc says PID %d", list[0], state.Pid)
	}
	m.ask(t, "set", "--yes", name, "pids=77")
	if got := strings.TrimSpace(m.ask(t, "cgroup", name, "pids.max")); got != "77" {
		t.Errorf("pids.max is %s", got)
	}
	// runc has another limit written down, and writes it when the container is updated.
	if said := m.ask(t, "health", "name:"+name); !strings.Contains(said, "limit-taken-back") ||
		!strings.Contains(said, "pids.max of ") || !strings.Contains(said, "is 77; runc has ") {
		t.Errorf("a limit written by hand: %s", said)
	}
	mustRun(t, "runc", "update", "--pids-limit", "78", name)
	if said := m.ask(t, "health", "name:"+name); strings.Contains(said, "pids.max of ") {
		t.Errorf("runc has written it: %s", said)
	}
	m.ask(t, "kill", "--all", "--yes", name)
	until(t, "runc to notice", func() bool {
		out, _ := exec.Command("runc", "state", name).Output()
		return strings.Contains(string(out), `"stopped"`)
	})
}

func TestLXC(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Mounts, proctest.Namespaces, proctest.Cgroups, proctest.Users)
	needPrograms(t, "lxc-start", "lxc-info", "lxc-stop", "busybox", "memcached")
	m := builtBones(t)
	dir := t.TempDir()
	name := fmt.Sprintf("lt-%d", os.Getpid())
	root := filepath.Join(dir, name, "rootfs")
	makeRoot(t, root)
	config := fmt.Sprintf("lxc.uts.name = %s\nlxc.rootfs.path = dir:%s\nlxc.net.0.type = empty\nlxc.init.cmd = "+
		"/bin/sleep 1000\nlxc.mount.auto = proc:rw\n", name, root)
	if err := os.WriteFile(filepath.Join(dir, name, "config"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, g := range []string{"lxc.payload." + name, "lxc.monitor." + name} {
		leavesNoGroups(t, g)
	}
	t.Cleanup(func() { exec.Command("lxc-stop", "-P", dir, "-n", name, "-k").Run() })
	mustRun(t, "lxc-start", "-P", dir, "-n", name, "-d")
	pid := mustRun(t, "lxc-info", "-P", dir, "-n", name, "-p", "-H")
	var list []listed
	if err := json.Unmarshal([]byte(m.ask(t, "--json", "containers", "name:"+name)), &list); err != nil ||
		len(list) != 1 {
		t.Fatal(err, list)
	}
	if strconv.Itoa(list[0].PID) != pid || list[0].Runtime != "lxc" {
		t.Errorf("%+v, lxc-info says PID %s", list[0], pid)
	}
	m.ask(t, "files", "touch", name, "/tmp/from-outside")
	if _, err := os.Stat(filepath.Join(root, "tmp/from-outside")); err != nil {
		t.Error(err)
	}
	m.ask(t, "set", "--yes", name, "memory=100M")
	if got := strings.TrimSpace(m.ask(t, "cgroup", name, "pids.current")); got != "1" {
		t.Errorf("pids.current is %s", got)
	}
	m.ask(t, "undo")
}

// TestDemoLimits: the same with no engine at all.
func TestDemoLimits(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("limits")
	m.startDemo(t, name, "")
	m.changesPIDs(t, name)
	m.ask(t, "set", "--yes", name, "memory=100M", "cpus=0.5")
	if out := m.ask(t, "containers", name); !strings.Contains(out, "100M") {
		t.Errorf("%s", out)
	}
	m.ask(t, "files", "mkdir", name, "/tmp/made")
	if out := m.ask(t, "files", "ls", name, "/tmp"); !strings.Contains(out, "made") {
		t.Errorf("%s", out)
	}
	if out := m.ask(t, "history"); strings.Count(out, "done") < 3 || !strings.Contains(out, "undone") {
		t.Errorf("%s", out)
	}
}
