package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/cgrouptest"
	"bones/cmd/bones/internal/object"
	"bones/procwalk/proctest"
)

// service makes the group of a service of systemd's, as far as that has a group of tasks, with one process in it.
func service(t *testing.T) (name, dir string, pid int) {
	t.Helper()
	h, err := cgroupview.Open(cgroupview.Config{Proc: "/proc", Root: "/sys/fs/cgroup"})
	if err != nil {
		proctest.Missing(t, "no control groups: %v", err)
	}
	root, err := h.Group(h.Hierarchies()[0], h.Hierarchies()[0].Root)
	for _, in := range h.Hierarchies() {
		if slices.Contains(in.Controllers, "pids") {
			root, err = h.Group(in, in.Root)
		}
	}
	if err != nil {
		proctest.Missing(t, "no root of a hierarchy: %v", err)
	}
	slice := filepath.Join(root.Dir.Raw(), "system.slice")
	if err := os.Mkdir(slice, 0o755); err == nil {
		t.Cleanup(func() { os.Remove(slice) }) // unless another test uses it meanwhile
	}
	name = ownName("bones-test")
	dir = filepath.Join(slice, name+".service")
	if err := os.Mkdir(dir, 0o755); err != nil {
		proctest.Missing(t, "no control group can be made here: %v", err)
	}
	t.Cleanup(func() { cgrouptest.Remove(t, dir) })
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(c.Process.Pid)), 0o644); err != nil {
		proctest.Missing(t, "no process can be put into a control group here: %v", err)
	}
	return name, dir, c.Process.Pid
}

// TestServices: a service is a row, with its slice, and a TARGET wherever a container is one; in a snapshot it is
// there too, and of what it used nothing is made up.
func TestServices(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name, dir, pid := service(t)
	var list []struct{ Kind, Name string }
	if err := json.Unmarshal([]byte(m.ask(t, "containers", "--services", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for _, c := range list {
		kinds[c.Name] = c.Kind
	}
	if kinds[name+".service"] != "service" || kinds["system.slice"] != "slice" {
		t.Errorf("the kinds are %v", kinds)
	}
	if table := m.ask(t, "containers", "--services"); !strings.Contains(table, "/system.slice/"+name+".service") {
		t.Errorf("the table is\n%s", table)
	}
	for _, word := range []string{"service:" + name, "service:" + name + ".service",
		"service:/system.slice/" + name + ".service"} {
		if got := m.ask(t, "pid", word); strings.TrimSpace(got) != strconv.Itoa(pid) {
			t.Errorf("the PID of %s is %q, want %d", word, got, pid)
		}
	}
	for _, args := range [][]string{{"ps"}, {"top"}, {"ns"}, {"explain"}, {"cgroup"}, {"stats", "--once"},
		{"health", "--json"}, {"containers"}} {
		if got := m.ask(t, append(args, "service:"+name)...); len(strings.TrimSpace(got)) == 0 {
			t.Errorf("bones %v of the service says nothing", args)
		}
	}
	// Without systemd version 2 gives the controller to no group below the slice.
	if _, err := os.Stat(filepath.Join(dir, "pids.max")); err != nil {
		t.Logf("its limit is not set: %v", err)
	} else if got := m.ask(t, "set", "--dry-run", "service:"+name, "pids=77"); !strings.Contains(got, "77") ||
		!strings.Contains(got, name+".service/pids.max") {
		t.Errorf("its limit is set by %q", got)
	}
	err := exec.Command(m.bones, "pid", "service:no-such-service").Run()
	if exitStatus(err) != exitNoTarget {
		t.Errorf("of a service that is not there: %v", err)
	}
	if err := exec.Command(m.bones, "containers", "--services", name).Run(); exitStatus(err) != exitUsage {
		t.Errorf("--services with a TARGET: %v", err)
	}

	file := filepath.Join(m.dir, "snapshot")
	m.ask(t, "snapshot", file)
	if past := m.ask(t, "containers", "--services", "--from", file); !strings.Contains(past, name+".service") {
		t.Errorf("in a snapshot there is\n%s", past)
	}
	var rows []struct {
		Kind, Name string
		PID        int
		Namespaces []struct{ Type, Isolation string }
	}
	for _, from := range []string{"", file} {
		args := []string{"ns", "--matrix", "--json"}
		if from != "" {
			args = append(args, "--from", from)
		}
		if err := json.Unmarshal([]byte(m.ask(t, args...)), &rows); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, r := range rows {
			if r.Name != name+".service" {
				continue
			}
			found = true
			if r.Kind != "service" || r.PID != pid || len(r.Namespaces) != 8 {
				t.Errorf("from %q its row is %+v", from, r)
			}
			for _, c := range r.Namespaces {
				if c.Isolation != "host" {
					t.Errorf("from %q its %s namespace is %s", from, c.Type, c.Isolation)
				}
			}
		}
		if !found || rows[0].Kind != "host" {
			t.Errorf("from %q the matrix has no row of it: %+v", from, rows)
		}
	}
	if table := m.ask(t, "ns", "--matrix", "--type", "net"); !strings.Contains(table, "WHO") ||
		strings.Contains(table, "mnt") {
		t.Errorf("with one type the matrix is\n%s", table)
	}
}

// TestMachine: a process that is a virtual machine is told from what only has its name.
func TestMachine(t *testing.T) {
	proctest.NeedPrograms(t, "qemu-system-x86_64")
	needNoContainer(t)
	m := builtBones(t)
	c := exec.Command("qemu-system-x86_64", "-accel", "tcg", "-S", "-display", "none", "-nodefaults", "-m", "64",
		"-smp", "2", "-name", "cmd-probe,debug-threads=on")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	pid := strconv.Itoa(c.Process.Pid)
	var which []struct {
		Kind    string
		Machine *struct {
			Name, Monitor string
			VCPUs         *int
			Memory        *uint64 `json:"memory_bytes"`
			KVM           bool
		}
	}
	proctest.Until(t, "the machine has two processors", func() bool {
		if err := json.Unmarshal([]byte(m.ask(t, "which", pid, "--json")), &which); err != nil {
			t.Fatal(err)
		}
		return which[0].Machine != nil && which[0].Machine.VCPUs != nil && *which[0].Machine.VCPUs == 2
	})
	g := which[0].Machine
	if which[0].Kind != "vm" || g.Name != "cmd-probe" || g.Monitor != "QEMU" || *g.Memory != 64<<20 || g.KVM {
		t.Errorf("it is %+v", g)
	}
	// Before it has made its threads, the machine's command line tells how many there are, and then those that there are.
	var text string
	proctest.Until(t, "both of its threads", func() bool {
		text = m.ask(t, "explain", pid)
		return strings.Contains(strings.Join(strings.Fields(text), " "), "2 vCPUs") && strings.Contains(text, "has threads")
	})
	for _, want := range []string{"is a virtual machine: cmd-probe (QEMU, 2 vCPUs, 64M of guest memory", "0. The kernel",
		"uname -r", "that this host cannot see"} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("explain does not say %q:\n%s", want, text)
		}
	}
	if all := m.ask(t, "which", "--all"); !strings.Contains(all, "vm:cmd-probe") {
		t.Errorf("among all there is no machine:\n%s", all)
	}
	listed := m.ask(t, "containers", "--machines")
	if row := regexp.MustCompile(`(?m)^cmd-probe +QEMU +` + pid + ` +2 +64M +none `); !row.MatchString(listed) {
		t.Errorf("among the machines it is not:\n%s", listed)
	}
	var machines []struct {
		Kind    string
		PID     int
		NS      map[string]uint64
		Machine *struct {
			MemoryBytes uint64 `json:"memory_bytes"`
		}
	}
	if err := json.Unmarshal([]byte(m.ask(t, "containers", "--machines", "--json")), &machines); err != nil {
		t.Fatal(err)
	}
	i := 0
	for i < len(machines) && machines[i].PID != c.Process.Pid {
		i++
	}
	if i == len(machines) || machines[i].Kind != "vm" || machines[i].Machine == nil ||
		machines[i].Machine.MemoryBytes != 64<<20 ||
		len(machines[i].NS) == 0 {
		t.Errorf("in JSON the machines are %+v", machines)
	}
	if plain := m.ask(t, "containers", "--json"); strings.Contains(plain, "cmd-probe") {
		t.Errorf("a machine is among the containers:\n%s", plain)
	}
	for _, args := range [][]string{{"--machines", "web"}, {"--machines", "--services"}, {"--machines", "-q"},
		{"--machines", "--all"}} {
		p, _, errOut := testApp(t)
		if status := p.run(t.Context(), append([]string{"containers"}, args...)); status != exitUsage {
			t.Errorf("%q: status %d: %s", args, status, errOut)
		}
	}
	if self := m.ask(t, "explain", strconv.Itoa(os.Getpid())); !strings.Contains(self, "the same kernel as the host") {
		t.Errorf("the walk begins otherwise:\n%s", self)
	}
}

// TestHostSaysWhoseMachine compares with systemd-detect-virt, where that is installed.
func TestHostSaysWhoseMachine(t *testing.T) {
	m := builtBones(t)
	var h object.HostReport
	if err := json.Unmarshal([]byte(m.ask(t, "host", "--json")), &h); err != nil {
		t.Fatal(err)
	}
	if h.Machine == nil || h.Machine.Virtual && len(h.Machine.Evidence) == 0 {
		t.Fatalf("the machine is %+v", h.Machine)
	}
	if human := m.ask(t, "host"); !strings.Contains(human, "machine ") ||
		!strings.Contains(human, h.Machine.Hypervisor) {
		t.Errorf("it says\n%s", human)
	}
	out, err := exec.Command("systemd-detect-virt", "--vm").Output()
	if word := strings.TrimSpace(string(out)); word != "" && word != h.Machine.Systemd {
		t.Errorf("it is %s, systemd-detect-virt says %s (%v)", h.Machine.Systemd, word, err)
	}
}
