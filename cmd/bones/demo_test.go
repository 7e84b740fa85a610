package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/cmd/bones/internal/object"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// demoRun runs bones with words, and whoever change makes of it.
func (m made) demoRun(t *testing.T, args string, change ...func(*exec.Cmd)) string {
	t.Helper()
	return shell(t, m.bones+" --journal "+filepath.Join(m.dir, "journal-"+ownUID)+" "+args, change...)
}

// startDemo starts a demo and returns its record. It is stopped at the end, whatever happens.
func (m made) startDemo(t *testing.T, name, args string, change ...func(*exec.Cmd)) object.Demo {
	t.Helper()
	proctest.Need(t, proctest.Cgroups)
	if os.Geteuid() == 0 {
		proctest.Need(t, proctest.Namespaces)
	}
	out := m.demoRun(t, "--json demo --name "+name+" "+args+" 2>/dev/null", change...)
	var row object.Demo
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&row); err != nil || row.PID == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pid := *row.PID
	t.Cleanup(func() {
		if len(change) > 0 {
			m.demoRun(t, "demo --stop --name "+name, change...)
		} else { // the tests of demo have bones itself do it
			a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
			a.run(context.Background(), []string{"--journal", filepath.Join(m.dir, "journal-0"), "demo", "--stop", "--name",
				name})
		}
		if alive(pid) {
			t.Errorf("the demo's process %d outlived it", pid)
			for _, g := range row.Cgroups {
				for file, value := range map[string]string{"freezer.state": "THAWED", "cgroup.freeze": "0"} {
					if f, err := os.OpenFile(filepath.Join(g.Dir, file), os.O_WRONLY, 0); err == nil {
						f.WriteString(value)
						f.Close()
					}
				}
			}
			proctest.Signal(t, pid, unix.SIGKILL)
			until(t, "its end", func() bool { return !alive(pid) })
			m.demoRun(t, "demo --stop --name "+name, change...)
			if len(groupsNamed("bones-demo-"+name)) == 0 {
				return
			}
		}
		for _, g := range row.Cgroups { // also where --stop is what is broken
			unix.Rmdir(g.Dir)
		}
	})
	return row
}

func demoName(what string) string { return fmt.Sprintf("test-%s-%d", what, os.Getpid()) }

func comm(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return strings.TrimSpace(string(b))
}

func TestDemo(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("life")
	row := m.startDemo(t, name, "--memory 96M")
	pid := *row.PID

	for _, ns := range []string{"pid", "mnt", "uts", "ipc", "net", "cgroup"} {
		host, err := os.Readlink("/proc/self/ns/" + ns)
		inside, err2 := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, ns))
		if err != nil || err2 != nil || host == inside {
			t.Errorf("the %s namespace is the host's: %s (%v, %v)", ns, inside, err, err2)
		}
	}
	until(t, "two workers", func() bool {
		var names []string
		for _, child := range childrenOf(pid) {
			names = append(names, comm(child))
		}
		return slices.Equal(names, []string{"demo-worker", "demo-worker"})
	})
	if got := comm(pid); got != "demo-service" {
		t.Errorf("the service is called %q", got)
	}
	root := fmt.Sprintf("/proc/%d/root/", pid)
	if got := readFile(t, root+"etc/hostname"); got != name+"\n" {
		t.Errorf("/etc/hostname: %q", got)
	}
	until(t, "a heartbeat", func() bool {
		b, _ := os.ReadFile(root + "tmp/heartbeat")
		return strings.Contains(string(b),
			"beat ")
	})
	if _, err := os.Stat(root + "home"); err == nil {
		t.Error("its root is the host's")
	}
	if mounts := readFile(t, fmt.Sprintf("/proc/%d/mountinfo", pid)); strings.Contains(mounts, "ext4") ||
		strings.Contains(mounts, "cgroup") {
		t.Errorf("mounts of the host are seen inside:\n%s", mounts)
	}
	// Its own root cannot write to the host's copy of the program.
	var own, copied unix.Stat_t
	if err := unix.Stat(m.bones, &own); err != nil {
		t.Fatal(err)
	}
	if err := unix.Stat(fmt.Sprintf("/proc/%d/exe", pid), &copied); err != nil || own.Ino == copied.Ino &&
		own.Dev == copied.Dev {
		t.Errorf("it runs the host's own file (%v)", err)
	}
	if fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)); err != nil || len(fds) > 6 {
		t.Errorf("it was left descriptors: %v (%v)", fds, err)
	}
	if stat := strings.Fields(readFile(t, fmt.Sprintf("/proc/%d/stat", pid))); stat[6] != "0" ||
		stat[5] != fmt.Sprint(pid) {
		t.Errorf("it has a terminal or no session of its own: %v", stat[4:8])
	}
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/cgroup", pid))) {
		if !strings.HasSuffix(line, "/bones-demo-"+name+"\n") {
			t.Errorf("not its own cgroup: %s", line)
		}
	}
	limited := false
	for _, g := range row.Cgroups {
		for _, f := range []string{"memory.limit_in_bytes", "memory.max"} {
			if b, err := os.ReadFile(filepath.Join(g.Dir, f)); err == nil {
				limited = limited || string(b) == "100663296\n"
			}
		}
	}
	if !limited {
		t.Errorf("no memory limit in %v", row.Cgroups)
	}
	if got := shell(t, fmt.Sprintf("nsenter -t %d -n cat /sys/class/net/lo/operstate /proc/net/if_inet6 | wc -l; "+
		"nsenter -t %d -n -p -u hostname", pid, pid)); !strings.Contains(got, name) {
		t.Errorf("entered: %q", got)
	}

	if got := m.demoRun(t, "demo --list"); !strings.Contains(got, name) || !strings.Contains(got, fmt.Sprint(pid)) ||
		!strings.Contains(got, "running") {
		t.Errorf("list:\n%s", got)
	}
	if got := m.demoRun(t, "demo --name "+name); !strings.Contains(got, "already") ||
		!strings.HasSuffix(got, "status 1\n") {
		t.Errorf("a second one of the name: %q", got)
	}
	if got := m.demoRun(t, "--readonly demo --stop --name "+name); !strings.HasSuffix(got, "status 4\n") || !alive(pid) {
		t.Errorf("read-only: %q", got)
	}
	if info, err := os.Stat("/run/bones/" + name + ".demo.json"); err != nil || info.Mode() != 0o600 {
		t.Errorf("the record: %v, %v", info, err)
	}
	workers := childrenOf(pid)
	if got := m.demoRun(t, "demo --stop --name "+name); got != "status 0\n" {
		t.Errorf("stop: %q", got)
	}
	for _, p := range append(workers, pid) {
		if alive(p) {
			t.Errorf("%d still runs", p)
		}
	}
	noGroups(t, "bones-demo-"+name)
	if _, err := os.Stat("/run/bones/" + name + ".demo.json"); err == nil {
		t.Error("the record is still there")
	}
	if got := m.demoRun(t, "demo --stop --name "+name); !strings.HasSuffix(got, "status 3\n") {
		t.Errorf("stopped twice: %q", got)
	}
}

// TestDemoKilled: what a demo that was killed left is removed by --stop, and a new one can start.
func TestDemoKilled(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("killed")
	pid := *m.startDemo(t, name, "").PID
	proctest.Signal(t, pid, unix.SIGKILL)
	until(t, "its end", func() bool { return !alive(pid) })
	if got := m.demoRun(t, "demo --list"); !strings.Contains(got, "ended") {
		t.Errorf("list:\n%s", got)
	}
	if got := m.demoRun(t, "demo --name "+name); !strings.Contains(got, "--stop") ||
		!strings.HasSuffix(got, "status 1\n") {
		t.Errorf("start over its leftovers: %q", got)
	}
	if got := m.demoRun(t, "demo --stop --name "+name); !strings.Contains(got, "not running any more") ||
		!strings.HasSuffix(got, "status 0\n") {
		t.Errorf("stop: %q", got)
	}
	noGroups(t, "bones-demo-"+name)
	if again := *m.startDemo(t, name, "").PID; !alive(again) {
		t.Error("a new one does not run")
	}
	m.demoRun(t, "demo --stop --name "+name)
	noGroups(t, "bones-demo-"+name)
}

// TestDemoFrozen: a frozen demo can be stopped.
func TestDemoFrozen(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("frozen")
	row := m.startDemo(t, name, "")
	frozen := false
	for _, g := range row.Cgroups {
		for file, value := range map[string]string{"freezer.state": "FROZEN", "cgroup.freeze": "1"} {
			if f, err := os.OpenFile(filepath.Join(g.Dir, file), os.O_WRONLY, 0); err == nil {
				_, err = f.WriteString(value)
				frozen = frozen || err == nil
				f.Close()
			}
		}
	}
	if !frozen {
		t.Fatalf("no freezer in %v", row.Cgroups)
	}
	if got := m.demoRun(t, "demo --stop --name "+name); got != "status 0\n" {
		t.Errorf("stop: %q", got)
	}
	noGroups(t, "bones-demo-"+name)
}

// TestDemoStopsNobodyElse: a record whose PID belongs to another process by now.
func TestDemoStopsNobodyElse(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("other")
	pid := *m.startDemo(t, name, "").PID
	file := "/run/bones/" + name + ".demo.json"
	record := readFile(t, file)
	other := exec.Command("sleep", "1000")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Process.Kill(); other.Wait() })
	proctest.Signal(t, pid, unix.SIGKILL)
	until(t, "its end", func() bool { return !alive(pid) })
	changed := strings.Replace(record, fmt.Sprintf(`"pid":%d`, pid), fmt.Sprintf(`"pid":%d`, other.Process.Pid), 1)
	if changed == record {
		t.Fatal("the record does not hold the PID")
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := m.demoRun(t, "demo --stop --name "+name); !strings.HasSuffix(got, "status 0\n") {
		t.Errorf("stop: %q", got)
	}
	if !alive(other.Process.Pid) {
		t.Error("a process was stopped that only has the demo's PID")
	}
	noGroups(t, "bones-demo-"+name)
}

// TestDemoUnprivileged: with a user namespace, and without a cgroup where that takes root.
func TestDemoUnprivileged(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	m := builtBones(t)
	runtimeDir := filepath.Join(m.dir, "run")
	if err := os.Mkdir(runtimeDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(runtimeDir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	as := func(c *exec.Cmd) {
		unprivileged(c)
		c.Env = append(c.Env, "XDG_RUNTIME_DIR="+runtimeDir)
	}
	name := demoName("user")
	pid := *m.startDemo(t, name, "", as).PID
	if got := strings.Join(strings.Fields(readFile(t, fmt.Sprintf("/proc/%d/uid_map", pid))), " "); got != "0 65534 1" {
		t.Errorf("uid_map: %q", got)
	}
	var st unix.Stat_t
	if err := unix.Stat(fmt.Sprintf("/proc/%d", pid), &st); err != nil || st.Uid != 65534 {
		t.Errorf("owner %d (%v)", st.Uid, err)
	}
	if got := m.demoRun(t, "demo --list", as); !strings.Contains(got, "running") {
		t.Errorf("list:\n%s", got)
	}
	if got := m.demoRun(t, "demo --stop --name "+name, as); got != "status 0\n" {
		t.Errorf("stop: %q", got)
	}
	if alive(pid) {
		t.Error("it still runs")
	}
	if left, _ := os.ReadDir(runtimeDir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if got := m.demoRun(t, "demo", unprivileged); !strings.Contains(got, "XDG_RUNTIME_DIR") ||
		!strings.HasSuffix(got, "status 1\n") {
		t.Errorf("without a place for the record: %q", got)
	}
	// Where no user namespace can be made it is one line, and nothing is left.
	got := shell(t, m.line("-r -- sh -c 'echo 0 > /proc/sys/user/max_user_namespaces && "+m.bones+
		" --journal "+m.dir+"/j demo --name "+name+"-none'"), as)
	if !strings.Contains(got, "bones: ") || strings.HasSuffix(got, "status 0\n") {
		t.Errorf("without user namespaces: %q", got)
	}
	if left, _ := os.ReadDir(runtimeDir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestDemoRefuses(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	for args, status := range map[string]int{
		"--name ../x": 2, "--name ''": 2, "--name a/b": 2, "--name -x": 2, "--memory 1": 2, "--stop --list": 2,
		"--stop --name nosuchdemo": 3, "--stop --name ../../etc/passwd": 1, "extra": 2,
	} {
		if got := m.demoRun(t, "demo "+args); !strings.HasSuffix(got, fmt.Sprintf("status %d\n", status)) ||
			strings.Count(got, "\n") != 2 {
			t.Errorf("demo %s: %q, want status %d and one line", args, got, status)
		}
	}
	proctest.Need(t, proctest.Cgroups)
	if got := m.demoRun(t, "demo --dry-run --name dry"); !strings.Contains(got, "mkdir ") ||
		!strings.Contains(got, "unshare ") {
		t.Errorf("dry run: %q", got)
	}
	// Root of a container has no CAP_SYS_ADMIN, as a rule.
	if got := shell(t, "setpriv --bounding-set -sys_admin "+m.bones+" demo --dry-run --name dry"); !strings.Contains(got,
		" --map-root-user ") {
		t.Errorf("without CAP_SYS_ADMIN: %q", got)
	}
	noGroups(t, "bones-demo-dry")
}

// firstInside is the line of /proc/PID/status of PID 1 of a PID namespace that is not the host's.
var firstInside = regexp.MustCompile(`(?m)^NSpid:\t\d+\t(\d+\t)*1$`)

// TestDemoByHand runs the printed line: the same container, in the foreground.
func TestDemoByHand(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Cgroups) // by which the service is found
	m := builtBones(t)
	name := demoName("hand")
	line := shellLine(t, m.bones+" demo --dry-run --name "+name)
	c := exec.Command("sh", "-c", line)
	c.Env = []string{"PATH=" + m.dir + ":" + os.Getenv("PATH")}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	// found is the service, 0 before it is there. A process that is about to be one of its workers still has its name;
	// it alone is PID 1 of its PID namespace.
	found := func() int {
		for _, dir := range groupsNamed("bones-demo-" + name) {
			for _, word := range strings.Fields(readFile(t, filepath.Join(dir, "cgroup.procs"))) {
				status, _ := os.ReadFile("/proc/" + word + "/status")
				if pid, err := strconv.Atoi(word); err == nil && comm(pid) == "demo-service" && firstInside.Match(status) {
					return pid
				}
			}
		}
		return 0
	}
	t.Cleanup(func() {
		if service := found(); service != 0 {
			proctest.Signal(t, service, unix.SIGKILL)
		}
		c.Wait() // the line removes its cgroup
		noGroups(t, "bones-demo-"+name)
	})
	service := 0
	until(t, "the service", func() bool {
		service = found()
		return service != 0
	})
	if got := readFile(t, fmt.Sprintf("/proc/%d/root/etc/hostname", service)); got != name+"\n" {
		t.Errorf("/etc/hostname: %q", got)
	}
}
