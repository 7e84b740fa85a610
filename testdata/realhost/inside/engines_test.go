package inside

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// truth is what an engine itself says of a container. Zero and empty mean none.
type truth struct {
	id               string // where the subject is called by it
	name, image, pod string
	pid              int
	memory           uint64 // bytes
	cpu              uint64 // thousandths of a processor
	tasks            uint64
}

// subject is one thing that runs on the host, made in one of the ways in which people make them.
type subject struct {
	name    string // its TARGET for bones
	mode    string // how it was made
	runtime string // as bones calls it; empty: it is no container
	// nested: its records are in the container around it, where whoever is root could write anything. bones does not look
	// at them, and calls it by its id.
	nested bool
	start  func(*testing.T, *subject)
	truth  func(*testing.T, *subject) truth
	memory func(*testing.T, *subject) string // the limit as the engine or the manager has it now
	number int                               // of its own: no two have the same limits
	called string                            // see target
	asked  truth                             // see known
}

// The limits that a subject is made with. Eighths of a processor are exact in whatever form an engine calculates.
func (s *subject) bytes() uint64 { return uint64(60+s.number) << 20 }
func (s *subject) milli() uint64 { return uint64(125 + 125*s.number) }
func (s *subject) tasks() uint64 { return uint64(50 + s.number) }

func (s *subject) cpus() string { return fmt.Sprintf("%.3f", float64(s.milli())/1000) }

// flags are the limits as docker and podman take them.
func (s *subject) flags() []string {
	return []string{"--memory", fmt.Sprint(s.bytes()), "--cpus", s.cpus(), "--pids-limit", fmt.Sprint(s.tasks()),
		"--network", "none"}
}

// properties are the limits as systemd takes them.
func (s *subject) properties(flag string) []string {
	return []string{flag + fmt.Sprintf("MemoryMax=%d", s.bytes()), flag +
		fmt.Sprintf("CPUQuota=%g%%", float64(s.milli())/10),
		flag + fmt.Sprintf("TasksMax=%d", s.tasks())}
}

// sliced is the container in a slice that has lower limits than the container itself.
const sliced = "dkslice"

// subjects are the containers of the engines, and what else has limits.
func subjects() []*subject {
	list := []*subject{
		dockerSubject("dk", "docker, systemd driver", nil),
		dockerSubject(sliced, "docker --cgroup-parent", nil, "--cgroup-parent", "shop.slice"),
		dockerSubject("dkremap", "docker --userns-remap", []string{"-H", "unix:///run/docker2.sock"}),
		innerDocker(),
		podmanSubject("pmcrun", "podman, root, crun", false, "crun"),
		podmanSubject("pmrunc", "podman, root, runc", false, "runc"),
		podmanSubject("rlcrun", "podman, rootless, crun", true, "crun"),
		podmanSubject("rlrunc", "podman, rootless, runc", true, "runc"),
		podmanSubject("rlpod", "podman, rootless, in a pod", true, "crun", "--pod", "alicepod"),
		criSubject(), lxcSubject(), nspawnSubject(),
		unitSubject("svc.service", "systemd service"),
		unitSubject("scp.scope", "systemd scope"),
		userScope(),
	}
	for i, s := range list {
		s.number = i + 1
	}
	return list
}

// inspection is what both docker and podman say of a container.
type inspection struct {
	ID, Name, ImageName, Pod string
	Config                   struct{ Image string }
	State                    struct{ Pid int }
	HostConfig               struct {
		Memory, NanoCpus uint64
		PidsLimit        *uint64
	}
}

func inspect(t *testing.T, words ...string) truth {
	t.Helper()
	var list []inspection
	decode(t, run(t, words...), &list)
	if len(list) != 1 {
		t.Fatalf("%v: %d answers", words, len(list))
	}
	i := list[0]
	w := truth{id: i.ID, name: strings.TrimPrefix(i.Name, "/"), image: i.Config.Image, pid: i.State.Pid,
		memory: i.HostConfig.Memory, cpu: (i.HostConfig.NanoCpus + 1e6/2) / 1e6, pod: i.Pod}
	if i.HostConfig.PidsLimit != nil {
		w.tasks = *i.HostConfig.PidsLimit
	}
	return w
}

// dockerSubject is a container of a docker daemon; where says which.
func dockerSubject(name, mode string, where []string, more ...string) *subject {
	docker := func(args ...string) []string { return append(append([]string{"docker"}, where...), args...) }
	return &subject{name: name, mode: mode, runtime: "docker",
		start: func(t *testing.T, s *subject) {
			args := append(append([]string{"run", "-d", "--name", name}, s.flags()...), more...)
			run(t, docker(append(args, image)...)...)
		},
		truth: func(t *testing.T, s *subject) truth {
			w := inspect(t, docker("inspect", name)...)
			if len(more) > 0 { // the slice has a limit too, and a lower one
				slice := unit(t, "shop.slice")
				w.memory, w.cpu, w.tasks = min(w.memory, slice.memory), min(w.cpu, slice.cpu), min(w.tasks, slice.tasks)
			}
			return w
		},
		memory: func(t *testing.T, s *subject) string {
			return run(t, docker("stats", "--no-stream", "--format", "{{.MemUsage}}", name)...)
		},
	}
}

// outer is the container that has an engine in it.
const outer = "dind"

// innerDocker is a container in Docker in Docker. What it says of PIDs is as its own pid namespace has them.
func innerDocker() *subject {
	docker := func(args ...string) []string { return append([]string{"docker", "exec", outer, "docker"}, args...) }
	return &subject{name: "dkinner", mode: "docker in docker", runtime: "docker", nested: true,
		start: func(t *testing.T, s *subject) {
			run(t, "docker", "run", "-d", "--name", outer, "--privileged", "--network", "none", "-v", "/usr:/usr:ro", "-v",
				"/job:/job:ro", hostImage, "sh", "/job/dind.sh")
			until(t, "docker in docker", func() bool { return try(t, docker("version")...).status == 0 })
			run(t, docker("load", "-i", "/job/box.tar")...)
			run(t, docker(append(append([]string{"run", "-d", "--name", s.name}, s.flags()...), image)...)...)
		},
		truth: func(t *testing.T, s *subject) truth {
			w := inspect(t, docker("inspect", s.name)...)
			w.pid = outside(t, w.pid, inspect(t, "docker", "inspect", outer).pid)
			w.name, w.image = "", "" // bones does not believe these
			return w
		},
		memory: func(t *testing.T, s *subject) string {
			return run(t, docker("stats", "--no-stream", "--format", "{{.MemUsage}}", s.name)...)
		},
	}
}

// outside finds the PID on the host of what is number pid in the pid namespace of another process.
func outside(t *testing.T, pid, in int) int {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(b), "\nNSpid:")
		line, _, _ := strings.Cut(rest, "\n")
		f := strings.Fields(line)
		if len(f) < 2 || f[1] != strconv.Itoa(pid) {
			continue
		}
		// Of the same pid namespace, as an ancestor's number is: the parents lead to the process that is known.
		for at := f[0]; at != "0" && at != "1"; {
			if at == strconv.Itoa(in) {
				n, _ := strconv.Atoi(f[0])
				return n
			}
			stat, err := os.ReadFile("/proc/" + at + "/status")
			if err != nil {
				break
			}
			_, rest, _ := strings.Cut(string(stat), "\nPPid:")
			at, _, _ = strings.Cut(strings.TrimSpace(rest), "\n")
		}
	}
	t.Fatalf("no process has the PID %d in the pid namespace of %d", pid, in)
	return 0
}

// podmanSubject is a container of Podman: root's, or the ordinary user's.
func podmanSubject(name, mode string, rootless bool, runtime string, more ...string) *subject {
	podman := func(args ...string) []string {
		words := append([]string{"podman", "--runtime", runtime}, args...)
		if rootless {
			return alice(words...)
		}
		return words
	}
	return &subject{name: name, mode: mode, runtime: "podman",
		start: func(t *testing.T, s *subject) {
			flags := s.flags()
			if len(more) > 0 {
				run(t, podman("pod", "create", "--name", more[1], "--network", "none", "--infra-image", image,
					"--infra-command", "/bin/sleep 100000")...)
				flags = flags[:len(flags)-2] // the pod has the network
			}
			args := append(append([]string{"run", "-d", "--name", name}, flags...), more...)
			run(t, podman(append(args, image)...)...)
		},
		truth: func(t *testing.T, s *subject) truth {
			w := inspect(t, podman("inspect", name)...)
			if w.pod != "" {
				w.pod = run(t, podman("pod", "inspect", "--format", "{{.Name}}", w.pod)...)
			}
			return w
		},
		memory: func(t *testing.T, s *subject) string {
			// Its statistics show what the container was made with, whatever the group has.
			return run(t, podman("exec", name, "cat", "/sys/fs/cgroup/memory.max")...)
		},
	}
}

// podUID is what a kubelet would have given the pod.
const podUID = "2b7c2a4e-9d58-4a0e-8d6e-1c6a0a0e7a11"

// criSubject is a container of a pod, made as a kubelet makes it.
func criSubject() *subject {
	type answer struct {
		Name, Image, Pod, Namespace, UID string
		PID                              int
		Memory, Quota                    uint64
	}
	return &subject{name: "web", mode: "pod over CRI", runtime: "containerd",
		start: func(t *testing.T, s *subject) {
			slice := "kubepods-burstable-pod" + strings.ReplaceAll(podUID, "-", "_") + ".slice"
			run(t, "/job/cri", "run", "shop-7d4b9c-x2x9z", "shop", podUID, slice, image, s.name,
				fmt.Sprint(s.bytes()), fmt.Sprint(s.milli()*100), fmt.Sprint(s.tasks()))
		},
		truth: func(t *testing.T, s *subject) truth {
			var a answer
			decode(t, run(t, "/job/cri", "inspect", s.name), &a)
			// What CRI does not tell is asked of the runtime below it.
			tasks, _ := strconv.ParseUint(run(t, "cat", fmt.Sprintf("/proc/%d/root/sys/fs/cgroup/pids.max", a.PID)), 10, 64)
			return truth{name: a.Name, image: a.Image, pod: a.Namespace + "/" + a.Pod, pid: a.PID, memory: a.Memory,
				cpu: a.Quota / 100, tasks: tasks}
		},
	}
}

// lxcSubject is a container of LXC.
func lxcSubject() *subject {
	cgroup := func(t *testing.T, s *subject, file string) string { return run(t, "lxc-cgroup", "-n", s.name, file) }
	return &subject{name: "lx", mode: "LXC", runtime: "lxc",
		start: func(t *testing.T, s *subject) {
			dir := filepath.Join("/var/lib/lxc", s.name)
			unpackBox(t, filepath.Join(dir, "rootfs"))
			config := fmt.Sprintf("lxc.uts.name = %s\nlxc.rootfs.path = dir:%s/rootfs\nlxc.net.0.type = empty\n"+
				"lxc.init.cmd = /bin/sleep 100000\nlxc.mount.auto = proc:rw\nlxc.cgroup2.memory.max = %d\n"+
				"lxc.cgroup2.cpu.max = %d 100000\nlxc.cgroup2.pids.max = %d\n", s.name, dir, s.bytes(), s.milli()*100, s.tasks())
			if err := os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o644); err != nil {
				t.Fatal(err)
			}
			run(t, "lxc-start", "-n", s.name, "-d")
		},
		truth: func(t *testing.T, s *subject) truth {
			w := truth{name: s.name}
			w.pid, _ = strconv.Atoi(run(t, "lxc-info", "-n", s.name, "-p", "-H"))
			w.memory, _ = strconv.ParseUint(cgroup(t, s, "memory.max"), 10, 64)
			w.tasks, _ = strconv.ParseUint(cgroup(t, s, "pids.max"), 10, 64)
			quota, _, _ := strings.Cut(cgroup(t, s, "cpu.max"), " ")
			w.cpu, _ = strconv.ParseUint(quota, 10, 64)
			w.cpu /= 100
			return w
		},
		memory: func(t *testing.T, s *subject) string { return cgroup(t, s, "memory.max") },
	}
}

// unpackBox makes a root file system of the box.
func unpackBox(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, "tar", "-xf", "/job/layer.tar", "-C", dir)
}

// nspawnSubject is a container of systemd-nspawn; its limits are its scope's.
func nspawnSubject() *subject {
	const machine = "ns"
	return &subject{name: machine, mode: "systemd-nspawn", runtime: "systemd-nspawn",
		start: func(t *testing.T, s *subject) {
			unpackBox(t, "/srv/ns")
			words := append([]string{"systemd-run", "--unit", "run-ns", "systemd-nspawn", "-q", "-M", machine, "-D", "/srv/ns",
				"--resolv-conf=off", "--timezone=off", "--console=pipe"}, s.properties("--property=")...)
			run(t, append(words, "/bin/sleep", "100000")...)
			until(t, "systemd-nspawn", func() bool { return try(t, "machinectl", "show", machine).status == 0 })
		},
		truth: func(t *testing.T, s *subject) truth {
			w := unit(t, scopeOfMachine(t, machine))
			w.name = machine
			w.pid, _ = strconv.Atoi(run(t, "machinectl", "show", machine, "-p", "Leader", "--value"))
			return w
		},
		memory: func(t *testing.T, s *subject) string {
			return run(t, "systemctl", "show", scopeOfMachine(t, machine), "-p", "MemoryMax", "--value")
		},
	}
}

func scopeOfMachine(t *testing.T, machine string) string {
	t.Helper()
	return run(t, "machinectl", "show", machine, "-p", "Unit", "--value")
}

// unit is what systemd says of a unit.
func unit(t *testing.T, name string, how ...string) truth {
	t.Helper()
	words := append(append([]string{"systemctl"}, how...), "show", name, "-p",
		"MainPID,MemoryMax,CPUQuotaPerSecUSec,TasksMax,ControlGroup")
	if len(how) > 0 {
		words = alice(words...)
	}
	var w truth
	for line := range strings.Lines(run(t, words...)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		n, _ := strconv.ParseUint(value, 10, 64)
		switch key {
		case "MainPID":
			w.pid = int(n)
		case "MemoryMax":
			w.memory = n
		case "TasksMax":
			w.tasks = n
		case "CPUQuotaPerSecUSec": // 500ms, 1.750s
			d, _ := time.ParseDuration(strings.ReplaceAll(value, " ", ""))
			w.cpu = uint64(d.Milliseconds())
		case "ControlGroup":
			if w.pid == 0 {
				f, err := os.ReadFile("/sys/fs/cgroup" + value + "/cgroup.procs")
				if first, _, _ := strings.Cut(string(f), "\n"); err == nil {
					w.pid, _ = strconv.Atoi(first)
				}
			}
		}
	}
	return w
}

// unitSubject is a unit of the system's manager.
func unitSubject(name, mode string) *subject {
	return &subject{name: name, mode: mode,
		start: func(t *testing.T, s *subject) {
			words := append([]string{"systemd-run", "--unit", name}, s.properties("-p")...)
			if strings.HasSuffix(name, ".scope") {
				words = append(words, "--scope", "sh", "-c", "sleep 100000 >/dev/null 2>&1 &")
			} else {
				words = append(words, "sleep", "100000")
			}
			run(t, words...)
		},
		truth: func(t *testing.T, s *subject) truth { return unit(t, name) },
		memory: func(t *testing.T, s *subject) string {
			return run(t, "systemctl", "show", name, "-p", "MemoryMax", "--value")
		},
	}
}

// userScope is a unit of the ordinary user's own manager.
func userScope() *subject {
	return &subject{name: "usc.scope", mode: "user scope",
		start: func(t *testing.T, s *subject) {
			words := append([]string{"systemd-run", "--user", "--scope", "--unit", s.name}, s.properties("-p")...)
			run(t, alice(append(words, "sh", "-c", "sleep 100000 >/dev/null 2>&1 &")...)...)
		},
		truth: func(t *testing.T, s *subject) truth { return unit(t, s.name, "--user") },
		memory: func(t *testing.T, s *subject) string {
			return run(t, alice("systemctl", "--user", "show", s.name, "-p", "MemoryMax", "--value")...)
		},
	}
}
