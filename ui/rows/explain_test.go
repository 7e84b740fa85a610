package rows

import (
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/idmap"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"
	"bones/ui/rows/rowstest"
)

// explainWorld is rowstest.World with namespaces whose numbers are those of a real host, and PID 970 in a container.
func explainWorld() *procwalk.Snapshot {
	s := rowstest.World(0)
	for i := range s.Processes {
		p := &s.Processes[i]
		own := p.NS.Inode[procwalk.PID] == 4026532201
		p.NS.Inode = [procwalk.NSTypes]uint64{procwalk.Cgroup: 4026531835, procwalk.IPC: 4026531839,
			procwalk.Mnt: 4026531841, procwalk.Net: 4026531840,
			procwalk.PID: 4026531836, procwalk.Time: 4026531834, procwalk.User: 4026531837, procwalk.UTS: 4026531838}
		p.Status.CapBnd = 1<<41 - 1
		if own {
			p.Status.CapBnd, p.Status.Seccomp, p.Status.SeccompFilters = 0xa80425fb, 2, 1
			for t, inode := range map[procwalk.NSType]uint64{procwalk.PID: 4026532201, procwalk.Mnt: 4026532202,
				procwalk.Net: 4026532203, procwalk.IPC: 4026532204, procwalk.UTS: 4026532205} {
				p.NS.Inode[t] = inode
			}
		}
	}
	return s
}

// explainFacts are those of one process of the world, as they are for one that is in no container.
func explainFacts(s *procwalk.Snapshot, pid int) *ExplainFacts {
	host := mountinfo.Mount{Device: "8:1", Root: text.New("/"), Point: text.New("/"), FSType: text.New("ext4"),
		Source: text.New("/dev/sda1")}
	p := s.Find(pid)
	d := &detail.Detail{ID: p.ID(), Status: p.Status, Cmdline: p.Cmdline, Cgroups: p.Cgroups}
	d.Root.Value.Target = text.New("/")
	d.Mounts.Value.Count = 20
	d.Mounts.Value.Root.Value = host
	d.UIDMap.Value = idmap.Map{{Inside: 0, Outside: 0, Count: 1<<32 - 1}}
	root := &cgroupview.Group{Hierarchy: &cgroupview.Hierarchy{Version: 2, Controllers: []string{"memory"},
		Mount: "/sys/fs/cgroup", Root: "/"}, Path: text.New("/"), Dir: text.New("/sys/fs/cgroup")}
	return &ExplainFacts{ProcRoot: "/proc", Snap: s, Process: p, Detail: d,
		HostRoot: detail.Field[mountinfo.Mount]{Value: host},
		Groups:   cgroupview.Groups{List: []*cgroupview.Group{root}},
		Limits:   []ExplainLimit{{What: "memory", Limit: cgroupview.Limit{Unlimited: true}}}}
}

// explainContainer are the facts of the container's first process.
func explainContainer(s *procwalk.Snapshot) *ExplainFacts {
	f := explainFacts(s, 970)
	path := f.Process.Cgroups.Lines[0].Path.Raw()
	g := &cgroupview.Group{Hierarchy: f.Groups.List[0].Hierarchy, Path: text.New(path),
		Dir: text.New("/sys/fs/cgroup" + path)}
	f.Groups.List[0] = g
	f.Limits = []ExplainLimit{{What: "memory", Limit: cgroupview.Limit{Value: 200 << 20, From: g},
		File: text.New(g.Dir.Raw() + "/memory.max"), Own: true},
		{What: "tasks", Limit: cgroupview.Limit{Unlimited: true}, File: text.New(g.Dir.Raw() + "/pids.max")},
		{What: "CPU", Limit: cgroupview.Limit{Value: 1500, From: g}, File: text.New(g.Dir.Raw() + "/cpu.max"), Own: true}}
	f.Chain = container.FromLines([]container.CgroupLine{{Path: text.New(path)}})
	f.Container = &ExplainContainer{Name: text.New("web"), Runtime: "docker", PIDs: []int{970, 990},
		Evidence: []string{"the group's name"}}
	f.Detail.Mounts.Value.Root.Value = mountinfo.Mount{Device: "0:55", Root: text.New("/"), FSType: text.New("overlay"),
		Source: text.New("overlay")}
	return f
}

// step returns one step as text.
func (e *Explanation) step(title string) string {
	var b strings.Builder
	for _, s := range e.Steps {
		if s.Title != title {
			continue
		}
		for _, l := range s.Seen {
			b.WriteString(l.Label + ": " + l.Value + "\n")
		}
		b.WriteString(s.Means + "\n" + s.ByHand + "\n" + s.Without + "\n" + s.Note + "\n")
	}
	return b.String()
}

// whole checks what every explanation keeps to: steps that are complete, and text that is safe.
func whole(t *testing.T, e *Explanation) {
	t.Helper()
	safe := func(s string) {
		if strings.ReplaceAll(text.Sanitise(s), `\\`, `\`) != s {
			t.Errorf("not safe to show: %q", s)
		}
	}
	if e.Verdict == "" || e.Kind == "" || len(e.Steps) == 0 {
		t.Errorf("no verdict or no steps: %+v", e)
	}
	safe(e.Verdict)
	for _, s := range e.Steps {
		if s.Title == "" || len(s.Seen) == 0 || s.Means == "" || s.ByHand == "" || s.Without == "" {
			t.Errorf("not complete: %+v", s)
		}
		for _, words := range []string{s.Title, s.Means, s.ByHand, s.Without, s.Note} {
			safe(words)
		}
		for _, l := range s.Seen {
			safe(l.Label)
			safe(l.Value)
		}
	}
	for key, why := range e.Errors {
		safe(key)
		safe(why)
		if why == "" {
			t.Errorf("%s: no reason", key)
		}
	}
}

func TestExplain(t *testing.T) {
	refused := &fs.PathError{Op: "readlink", Path: "x", Err: fs.ErrPermission}
	const users, ns, groups, limits, root, caps, calls = "Its users", "Its namespaces", "Its control groups",
		"The limits that bind it", "Its root directory", "Its capabilities", "What it may ask of the kernel"
	for _, c := range []struct {
		name    string
		make    func(s *procwalk.Snapshot) *ExplainFacts
		kind    string
		verdict string
		steps   map[string][]string // what they say
		errors  []string
	}{
		{"container", explainContainer, "container",
			"PID 970 (memcached) is PID 1 of the docker container web: an ordinary process with namespaces of its own (ipc, " +
				"mnt, net, pid, uts), a memory limit of 200M and another root.",
			map[string][]string{
				"An ordinary process": {"PID: 970 here, 1 to itself", "child of: 950 containerd-shim",
					"ps -o pid,ppid,user,stat,args -p 970 && grep NSpid /proc/970/status", "when its PID 1 ends"},
				ns: {"pid: 4026532201  its own: process IDs", "user: 4026531837  the host's: UID 0 in it is UID 0 here",
					"In ipc, mnt, net, pid and uts this one sees something else",
					"ls -l /proc/1/ns /proc/970/ns",
					"the user namespace isolates user and group IDs; the cgroup namespace isolates the cgroup root",
					"Without them it would see and reach what the host's processes do: its processes, its mounts,"},
				users: {"runs as: UID 101", "every ID maps to itself", "UID 0 in it is UID 0 of the host",
					"cat /proc/970/uid_map /proc/970/gid_map"},
				groups: {"group: /docker/0123456789ab", "(v2)",
					"directory: /sys/fs/cgroup/docker/0123456789ab", "docker made it",
					"/proc/PID/cgroup only names the groups; the limits are files in the cgroup file system"},
				limits: {"memory: 200M (209715200), set by /docker/0123456789ab", "its own group",
					"tasks: none", "CPU: 1.5 processors' time", "grep -H . /sys/fs/cgroup/docker/0123456789ab", "/memory.max /sys",
					"Without the memory limit"},
				root: {"overlay of overlay (device 0:55)", "the host's: ext4 of /dev/sda1",
					"layers of an image", "readlink /proc/970/root && awk '$5 == \"/\"' /proc/970/mountinfo"},
				caps: {"effective: none", "bounding: 14 of 41: CHOWN", "(the 14 that Docker leaves)",
					"grep Cap /proc/970/status"},
				calls:                      {"seccomp: a filter of system calls\n", "no_new_privs: no"},
				"Who calls it a container": {"known from: the group's name", "PID 970: a child of 950 containerd-shim"},
			}, nil},
		{"another process of it", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainContainer(s)
			f.Process = s.Find(990)
			f.Detail.Status = f.Process.Status
			f.Container.Outer = []text.Text{text.New("outermost"), text.New("outer")}
			return f
		}, "container", "PID 990 (sh) is PID 7 of the docker container web, within the container outer, within the " +
			"container outermost: an ordinary process", nil, nil},
		{"PID 1", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainFacts(s, 1)
			f.Started = []text.Text{text.New("orphan")}
			return f
		}, "init", "PID 1 (systemd) is not in a container: it is the first process of this host; the host's namespaces " +
			"are by definition its own.",
			map[string][]string{ns: {"by definition", "ls -l /proc/1/ns"}, "An ordinary process": {"the kernel panics"},
				limits: {"memory: none, up to the root", "grep MemTotal /proc/meminfo"}, root: {"the whole host"}}, nil},
		{"service", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainFacts(s, 500)
			f.Chain = container.FromLines([]container.CgroupLine{{Path: text.New("/system.slice/ssh.service")}})
			f.Process.Cgroups.Lines[0].Path = text.New("/system.slice/ssh.service")
			return f
		}, "service", "PID 500 (sshd) is not in a container: it is a plain service (ssh.service) and shares all " +
			"namespaces with PID 1. It has a control group, as every process has: that alone makes no container.",
			map[string][]string{ns: {"It is in the host's own namespaces", "It is without any of its own"},
				groups: {"systemd: ssh.service", "a group alone makes no container"}, root: {"Its / is the host's."}}, nil},
		{"service with PrivateTmp", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainFacts(s, 500)
			f.Chain = container.FromLines([]container.CgroupLine{{Path: text.New("/system.slice/ssh.service")}})
			f.Process.NS.Inode[procwalk.Mnt] = 4026532999
			return f
		}, "service", "Its mnt namespace is not the host's, as systemd gives to services", nil, nil},
		{"kernel thread", func(s *procwalk.Snapshot) *ExplainFacts { return explainFacts(s, 14) }, "kernel",
			"PID 14 (kworker/0:1-events) is not in a container: it is a thread of the kernel itself",
			map[string][]string{"A thread of the kernel": {"no program"}, groups: {"root groups"}}, nil},
		{"sandbox", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainFacts(s, 706)
			f.Process.NS.Inode[procwalk.Net] = 4026532888
			f.Container = &ExplainContainer{Name: text.New("sandbox:706"), Sandbox: true, PIDs: []int{706, 801}}
			return f
		}, "sandbox", "PID 706 (bash) is in no container that an engine knows, and yet not like the other processes of " +
			"the host: its net namespace is not the host's.",
			map[string][]string{ns: {"net: 4026532888  its own: network devices"}}, nil},
		{"joined", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainContainer(s)
			for _, pid := range []int{970, 990, 1201} { // as with docker run --network container:NAME
				s.Find(pid).NS.Inode[procwalk.Net] = 4026532777
			}
			return f
		}, "container", "", map[string][]string{ns: {"net: 4026532777  not the host's, but shared with PID 1201 日本語プロセス: " +
			"network devices"}}, nil},
		{"--net host --pid host", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainContainer(s)
			for _, pid := range []int{970, 990} {
				s.Find(pid).NS.Inode[procwalk.Net], s.Find(pid).NS.Inode[procwalk.PID] = 4026531840, 4026531836
				s.Find(pid).Status.NSpid = []int{pid}
			}
			return f
		}, "container", "PID 970 (memcached) is in the docker container web: an ordinary process with namespaces of its " +
			"own (ipc, mnt, uts), a memory limit of 200M and another root. Its pid and net namespaces are the host's.",
			map[string][]string{ns: {"pid: 4026531836  the host's: it sees all processes of the host",
				"net: 4026531840  the host's: it listens on the host's own addresses", "--net host"}}, nil},
		{"--privileged", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainContainer(s)
			f.Process.Status.CapBnd, f.Process.Status.CapEff, f.Process.Status.Seccomp = 1<<41-1, 1<<41-1, 0
			return f
		}, "container", "Its root is hardly held back: it may have SYS_ADMIN, no system call is filtered, and UID 0 in " +
			"it is UID 0 of the host.",
			map[string][]string{caps: {"effective: 41 of 41: all", "docker run --privileged", "It is without such a cut"},
				calls: {"seccomp: off", "It is without a filter"}}, nil},
		{"user namespace", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainContainer(s)
			f.Process.NS.Inode[procwalk.User] = 4026532666
			f.Process.Status.CapBnd, f.Process.Status.Seccomp = 1<<41-1, 0
			f.Detail.UIDMap.Value = idmap.Map{{Inside: 0, Outside: 100000, Count: 65536}}
			f.Users = func(uint32) string { return "" }
			return f
		}, "container", "(ipc, mnt, net, pid, user, uts), a memory limit of 200M and another root.",
			map[string][]string{users: {"0 to 65535 inside are 100000 to 165535 outside", "root inside is UID 100000 outside",
				"Without it root inside would be root of the host"}, caps: {"within its user namespace alone"}}, nil},
		{"a tighter limit around", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainContainer(s)
			f.Limits[0].Own, f.Limits[0].Limit.From = false, &cgroupview.Group{Path: text.New("/docker")}
			return f
		}, "container", "", map[string][]string{limits: {"set by /docker, around its own group",
			"to raise its own would change nothing"}}, nil},
		{"no limit", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainContainer(s)
			f.Limits[0].Limit = cgroupview.Limit{Unlimited: true}
			f.Limits = f.Limits[:2]
			return f
		}, "container", "and another root.", map[string][]string{limits: {"as it is, it may take all that the machine " +
			"has (8.0G)", "A container is not limited by being one"}}, nil},
		{"not permitted", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainContainer(s)
			f.Process.NS = &procwalk.Namespaces{}
			for i := range f.Process.NS.Err {
				f.Process.NS.Err[i] = refused
			}
			f.Detail.Root.Err, f.Detail.Mounts.Value.Root.Err = refused, refused
			return f
		}, "container", "PID 970 (memcached) is PID 1 of the docker container web: an ordinary process with a memory " +
			"limit of 200M. Its namespaces may not be looked at: that takes CAP_SYS_PTRACE, or the same user.",
			map[string][]string{ns: {"all types: not permitted (it takes the same user, or CAP_SYS_PTRACE"},
				root: {"root: not permitted", "cannot be told"}, limits: {"200M"}, caps: {"14 of 41"}}, []string{"ns.pid", "root",
				"root_mount"}},
		{"not permitted with the capability", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainFacts(s, 1)
			f.Process.NS = &procwalk.Namespaces{}
			for i := range f.Process.NS.Err {
				f.Process.NS.Err[i] = refused
			}
			f.CanTrace = true
			return f
		}, "init", "Its namespaces may not be looked at, although bones has CAP_SYS_PTRACE.",
			map[string][]string{ns: {"although bones has CAP_SYS_PTRACE", "ls -l /proc/2/ns /proc/1/ns"}}, []string{"ns.mnt"}},
		{"nobody closer may be looked into", func(s *procwalk.Snapshot) *ExplainFacts {
			for i := range s.Processes {
				if p := &s.Processes[i]; p.PID != 706 && p.PID != 801 {
					p.NS = &procwalk.Namespaces{}
					for t := range p.NS.Err {
						p.NS.Err[t] = refused
					}
				}
			}
			s.Find(706).NS.Inode[procwalk.UTS] = 4026532333
			f := explainFacts(s, 706)
			return f
		}, "process", "PID 706 (bash) is not in a container: it is an ordinary process of this host. Its uts namespace " +
			"is not the host's",
			map[string][]string{ns: {"pid: 4026531836  the host's, which has this fixed number", "uts: 4026532333  its own",
				"mnt: 4026531841  whether it is the host's cannot be told: PID 1 may not be looked into (CAP_SYS_PTRACE)",
				"ls -l /proc/706/ns"}, root: {"cannot be told"}}, []string{"ns.mnt", "ns.net"}},
		{"inside of a pid namespace", func(s *procwalk.Snapshot) *ExplainFacts {
			s.Host.InPIDNS = true
			for i := range s.Processes {
				s.Processes[i].NS.Inode[procwalk.PID], s.Processes[i].NS.Inode[procwalk.UTS] = 4026532555, 4026532556
			}
			return explainFacts(s, 1)
		}, "inside", "PID 1 (systemd) is the first process of this pid namespace, which is not the host's: bones itself " +
			"is inside of a container or sandbox, and this is its PID 1. Its pid and uts namespaces are not the host's: " +
			"those have fixed numbers.",
			map[string][]string{ns: {"as PID 1 here, but not the host's",
				"mnt: 4026531841  as PID 1 here; whether it is the host's cannot be told",
				"user: 4026531837  as PID 1 here, and the host's own"}}, nil},
		{"beside: the engine's monitor", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainFacts(s, 950)
			f.Chain = container.Chain{{Kind: container.Conmon, Runtime: container.Podman, ID: text.New("abc")}}
			return f
		}, "beside", "is not in a container but beside one: it is the engine's own process that looks after the podman " +
			"container abc.", nil, nil},
		{"beside: who started it", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainFacts(s, 950)
			f.Started = []text.Text{text.New("web")}
			return f
		}, "beside", "PID 950 (containerd-shim) is not in a container but beside one: it started the first process of " +
			"the container web and stayed outside.",
			map[string][]string{"Who calls it a container": {"started: web", "ps -o pid,ppid,args -p 950 -p 1"}}, nil},
		{"pod", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainFacts(s, 950)
			f.Chain = container.Chain{{Kind: container.Pod, Runtime: container.CRI, PodUID: text.New("u-1")}}
			return f
		}, "pod", "is in the group of the pod u-1 and in none of its containers.", nil, nil},
		{"hostile", func(s *procwalk.Snapshot) *ExplainFacts {
			const evil = "\x1b[2J\u202ee'v$(id)il\n"
			f := explainContainer(s)
			f.Process.Comm, f.Container.Name, f.Container.Runtime = text.New(evil), text.New(evil), ""
			f.Container.Outer = []text.Text{text.New(evil)}
			f.Process.Cgroups.Lines[0] = procwalk.CgroupLine{Hierarchy: 3, Controllers: text.New(evil),
				Path: text.New("/" + evil)}
			f.Groups.List[0].Dir, f.Groups.List[0].Path = text.New("/sys/fs/cgroup/"+evil), text.New("/"+evil)
			f.Limits[0].File = text.New("/sys/fs/cgroup/" + evil)
			f.Detail.Mounts.Value.Root.Value.Source, f.Detail.Root.Value.Target, f.Detail.Label.Value = text.New(evil),
				text.New(evil), text.New(evil)
			f.Detail.Cmdline = &procwalk.Cmdline{Raw: text.New(strings.Repeat(evil, 100))}
			f.Chain = container.Chain{{Kind: container.Container, ID: text.New(evil), Unit: text.New(evil),
				Group: text.New(evil)}}
			f.Groups.Errors = []cgroupview.LineError{{Line: container.CgroupLine{Controllers: text.New(evil)},
				Err: &fs.PathError{Op: "open", Path: evil, Err: fs.ErrNotExist}}}
			f.Users = func(uint32) string { return evil }
			return f
		}, "container", `PID 970 (\x1b[2J\u202ee'v$(id)il\n) is PID 1 of the container \x1b[2J`, map[string][]string{groups: {`$(printf '`}}, nil},
		{"its readers hang", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainContainer(s)
			f.Detail.Cmdline = &procwalk.Cmdline{Err: procwalk.ErrStuck}
			return f
		}, "container", "", map[string][]string{"An ordinary process": {"grep -E '^(Name|PPid|Uid|NSpid):' " +
			"/proc/970/status", "ps, top and pgrep hang"}, "Who calls it a container": {"grep PPid /proc/970/status"}}, nil},
		{"inside, and given orphans", func(s *procwalk.Snapshot) *ExplainFacts {
			s.Host.InPIDNS = true
			f := explainFacts(s, 1)
			f.Started = []text.Text{text.New("orphan")}
			return f
		}, "inside", "PID 1 (systemd) is the first process of this pid namespace", nil, nil},
		{"a zombie", func(s *procwalk.Snapshot) *ExplainFacts {
			f := explainFacts(s, 804)
			f.Process.NS = &procwalk.Namespaces{}
			for i := range f.Process.NS.Err {
				f.Process.NS.Err[i] = procwalk.ErrNone
			}
			f.Detail.Err = procwalk.ErrGone
			return f
		}, "process", "PID 804 (sh) is not in a container", map[string][]string{"An ordinary process": {"state: zombie"}},
			[]string{"root", "uid_map"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := Explain(c.make(explainWorld()))
			whole(t, e)
			if e.Kind != c.kind || !strings.Contains(e.Verdict, c.verdict) {
				t.Errorf("%s: %s\nwant %s: %s", e.Kind, e.Verdict, c.kind, c.verdict)
			}
			for title, words := range c.steps {
				for _, w := range words {
					if got := e.step(title); !strings.Contains(got, w) {
						t.Errorf("the step %q does not say %q:\n%s", title, w, got)
					}
				}
			}
			for _, key := range c.errors {
				if e.Errors[key] == "" {
					t.Errorf("no error for %s: %v", key, e.Errors)
				}
			}
			if c.errors == nil && c.name != "hostile" && len(e.Errors) > 0 {
				t.Errorf("errors: %v", e.Errors)
			}
			if c.kind == "init" && e.step("Who calls it a container") != "" {
				t.Error("PID 1 is told to have started what was only given to it")
			}
		})
	}
}

// TestExplainAnything explains processes of which any part may be missing.
func TestExplainAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		s := rowstest.Random(r, 12)
		for i := range s.Processes {
			p := &s.Processes[i]
			f := &ExplainFacts{ProcRoot: "/elsewhere/proc", Snap: s, Process: p,
				HostRoot: detail.Field[mountinfo.Mount]{Err: procwalk.ErrNone}, GroupsErr: cgroupview.ErrNoHierarchies}
			if r.IntN(2) == 0 {
				f.Container = &ExplainContainer{Name: text.New(rowstest.RandomText(r, 20)), Sandbox: r.IntN(2) == 0,
					PIDs: []int{p.PID, 1 << 20}}
			}
			s.Host.InPIDNS = r.IntN(2) == 0
			e := Explain(f)
			whole(t, e)
			for _, step := range e.Steps {
				if strings.Contains(step.ByHand, " /proc/") {
					t.Errorf("it looks into another /proc: %s", step.ByHand)
				}
			}
		}
	}
}
