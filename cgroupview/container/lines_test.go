package container

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bones/cgroupview/container/ids"
	"bones/procwalk/text"
)

const (
	idA = "68fad1f9e0985989408aff30e7b83e7dada1d235ff46a22c5465ca193ddf0fac"
	idB = "1b3319ed9c1d4cca681f9c102da9b015555785b6240c4e4619f11b535cabdc07"
	pod = "eb653d22-2525-47ca-9fc4-3762497ae1d2"
)

func describeChain(c Chain) string {
	var parts []string
	for _, e := range c {
		parts = append(parts, strings.TrimSpace(describe(e)))
	}
	return strings.NewReplacer(idA, "A", idB, "B", pod, "P").Replace(strings.Join(parts, " > "))
}

func expand(s string) string { return strings.NewReplacer("%A", idA, "%B", idB, "%P", pod).Replace(s) }

func TestChains(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		// Nesting.
		{"/docker/%A/docker/%B", "container docker A > container docker B"},
		// one id is one container, however often the path names it
		{"/docker/%A/docker/%A/init.scope", "container docker A"},
		{"/docker/%A/docker/%B/docker/%A", "container docker A > container docker B"},
		{"/docker/%A/kubepods/besteffort/pod%P/%B", "container docker A > container cri B P"},
		{"/docker/%A/kubelet/kubepods/besteffort/pod%P", "container docker A > pod cri  P"},
		{"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-podeb653d22_2525_47ca_9fc4_3762497ae1d2.slice/" +
			"cri-containerd-%A.scope",
			"container containerd A P"},
		{"/lxc.payload.outer/lxc.payload.inner", "container lxc outer > container lxc inner"},
		{"/lxc/outer/ns/lxc/inner", "container lxc outer > container lxc inner"},
		{"/docker/%A/system.slice/nginx.service", "container docker A"},
		{"/lxc.payload.c/machine.slice/libpod-%B.scope", "container lxc c > container podman B"},
		{"/docker/%A/libpod-conmon-%B.scope", "container docker A > conmon podman B"},
		{"/mesos/168b386b-893f-478e-bbf1-209482231b88/mesos/268b386b-893f-478e-bbf1-209482231b88/leaf",
			"container mesos 168b386b-893f-478e-bbf1-209482231b88 > container mesos 268b386b-893f-478e-bbf1-209482231b88"},
		// Families beyond the vectors.
		{"/docker/fhzvxyuvoi9ee82bidqys60iy", "container buildkit fhzvxyuvoi9ee82bidqys60iy"},
		{"/machine.slice/machine-libpod_pod_%A.slice/libpod-%B.scope", "container podman B A"},
		{"/machine.slice/machine-libpod_pod_%A.slice", "pod podman  A"},
		{"/libpod_parent/%A/libpod-%B", "container podman B A"},
		{"/machine.slice/machine-lxc\\x2d5229\\x2dweb.scope", "container libvirt-lxc web"},
		{"/machine.slice/machine-qemu\\x2d1\\x2ddebian.scope/libvirt/emulator", "scope libvirt-qemu debian"},
		{"/libvirt/lxc/web", "container libvirt-lxc web"},
		{"/machine.slice/machine-a.scope/supervisor", "conmon systemd-nspawn a"},
		{"/machine.slice/systemd-nspawn@a.service/payload/system.slice/x.service", "container systemd-nspawn a"},
		{"/nomad.slice/share.slice/34dc0b5e-626f-2c5c-4c51-70e34b10e765.web.scope",
			"container nomad 34dc0b5e-626f-2c5c-4c51-70e34b10e765.web"},
		{"/nomad/34dc0b5e-626f-2c5c-4c51-70e34b10e765.redis", "container nomad 34dc0b5e-626f-2c5c-4c51-70e34b10e765.redis"},
		{"/nomad.slice/docker-%A.scope", "container docker A"},
		{"/ecstasks.slice/ecstasks-e95a40efbde84cbc8600660a109ec194.slice/docker-%A.scope",
			"container docker A e95a40efbde84cbc8600660a109ec194"},
		{"/garden/good/6f265890-5165-7fab-6b52-18d1", "container garden 6f265890-5165-7fab-6b52-18d1"},
		{"/slurm/uid_1000/job_12/step_0", "scope slurm job_12"},
		{"/moby/%A", "container docker A"},
		{"/default/%A", "container containerd A"},
		{"/kata_%A", "container kata A"},
		{"/system.slice:docker:%A", "container docker A"},
		{"/kubepods.slice/kubepods-podeb653d22_2525_47ca_9fc4_3762497ae1d2.slice:crio:%A", "container cri-o A P"},
		{"/user.slice/user-1000.slice/session-3.scope/lxc/web", "container lxc web"},
		// Nothing is invented.
		{"/", ""},
		{"", ""},
		{"//", ""},
		{"/docker", ""},
		{"/docker/" + idA[:63], ""},
		{"/docker/" + strings.ToUpper(idA), ""},
		{"/system.slice/docker.service", "service"},
		{"/system.slice/containerd.service", "service"},
		{"/system.slice/docker-" + idA[:12] + ".scope", "scope"},
		{"/system.slice/docker-%A.mount", ""},
		{"/8a28a84664034325be01ca46b33d1dd3", ""},
		{"/ecs/8a28a84664034325be01ca46b33d1dd3", ""},
		{"/lxc", ""},
		{"/lxc/", ""},
		{"/a/b/lxc/c", ""},
		{"/lxc.payload.", ""},
		{"/kubepods/besteffort", ""},
		{"/kubepods/besteffort/podnothing", ""},
		{"/pod%P/x", ""},
		{"/firecracker", ""},
		{"/home/firecracker/x", ""},
		{"/runc-x", ""},
		{"/system.slice/machine-x.scope", "scope"},
		{"/34dc0b5e-626f-2c5c-4c51-70e34b10e765.web", ""},
		{"/bad/6f265890-5165-7fab-6b52-18d1", ""},
		// What a container makes within its own group stays within it.
		{"/machine.slice/machine-a.scope/payload/supervisor", "container systemd-nspawn a"},
		{"/docker/%A/x.mount", "container docker A"},
	} {
		if got := describeChain(FromLines(lines(t, "0::"+expand(c.path)))); got != c.want {
			t.Errorf("%s\n got  %q\n want %q", c.path, got, c.want)
		}
	}
}

func TestLinesThatDisagree(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"only one hierarchy knows": {
			[]string{"4:pids:/docker/%A", "3:cpu:/", "1:name=systemd:/system.slice/docker.service", "0::/init.scope"},
			"container docker A"},
		"one is nested": {
			[]string{"4:pids:/docker/%A", "3:cpu:/docker/%A/docker/%B"}, "container docker A > container docker B"},
		"one tells the pod, the other the engine": {
			[]string{"4:pids:/kubepods/burstable/pod%P/%A", "3:cpu:/system.slice/cri-containerd-%A.scope"},
			"container containerd A P"},
		"an id alone, and its engine elsewhere": {
			[]string{"4:pids:/%A", "3:cpu:/docker/%A"}, "container docker A"},
		"a monitor": {
			[]string{"1:name=systemd:/machine.slice/machine-a.scope/supervisor", "3:cpu:/machine.slice/machine-a.scope"},
			"conmon systemd-nspawn a"},
		"a monitor of something else": {
			[]string{"3:cpu:/libpod-conmon-%B.scope", "4:pids:/docker/%A"}, "container docker A"},
		"a mount unit": {
			[]string{"3:cpu:/system.slice/run-%B-rootfs.mount", "4:pids:/system.slice/ssh.service"}, "service"},
		"none": {[]string{"3:cpu:/", "0::/"}, ""},
	} {
		ls := make([]string, len(c.lines))
		for i, l := range c.lines {
			ls[i] = expand(l)
		}
		for range 10 {
			rand.Shuffle(len(ls), func(i, j int) { ls[i], ls[j] = ls[j], ls[i] })
			if got := describeChain(FromLines(lines(t, ls...))); got != c.want {
				t.Errorf("%s: got %q, want %q (order %q)", name, got, c.want, ls)
			}
		}
	}
}

func TestUnitAndGroup(t *testing.T) {
	for _, c := range []struct{ path, unit, group string }{
		{"/system.slice/docker-%A.scope/inner/group", "docker-%A.scope", "/system.slice/docker-%A.scope"},
		{"/docker/%A/inner", "", "/docker/%A"},
		{"/machine.slice/machine-my\\x2dmach.scope/payload", "machine-my\\x2dmach.scope",
			"/machine.slice/machine-my\\x2dmach.scope"},
		{"/system.slice/garden.service/garden/6f265890-5165-7fab-6b52-18d1", "garden.service",
			"/system.slice/garden.service/garden/6f265890-5165-7fab-6b52-18d1"},
		{"/system.slice/ssh.service/sub", "ssh.service", "/system.slice/ssh.service"},
		{"/../docker-%A.scope", "docker-%A.scope", "/../docker-%A.scope"},
		{"/system.slice/_cpu.service", "cpu.service", "/system.slice/_cpu.service"},
	} {
		e := FromLines(lines(t, "0::"+expand(c.path))).Innermost()
		if got := e.Unit.Raw(); got != expand(c.unit) {
			t.Errorf("%s: unit %q, want %q", c.path, got, expand(c.unit))
		}
		if got := e.Group.Raw(); got != expand(c.group) {
			t.Errorf("%s: group %q, want %q", c.path, got, expand(c.group))
		}
	}
	e := FromLines(lines(t, expand("3:cpu:/docker/%A"))).Innermost()
	if g, ok := e.GroupIn(parseLine(t, expand("4:pids:/parent/docker/%A/init (deleted)"))); !ok ||
		g.Raw() != expand("/parent/docker/%A") {
		t.Errorf("the group in another hierarchy: %v, %v", g, ok)
	}
	if _, ok := e.GroupIn(parseLine(t, "4:pids:/")); ok {
		t.Error("a group was found where there is none")
	}
}

func TestKeys(t *testing.T) {
	key := func(path string) string { return FromLines(lines(t, "0::"+expand(path))).Key() }
	for _, same := range [][2]string{
		{"/docker/%A", "/system.slice/docker-%A.scope/x"},
		{"/kubepods/pod%P/%A", "/%A"},
		{"/docker/%A", "/docker/%A/libpod-conmon-%B.scope"}, // the monitor runs in the container around its own
		{"/lxc/web", "/lxc.payload.web"},
	} {
		if key(same[0]) != key(same[1]) || key(same[0]) == "" {
			t.Errorf("%s and %s: keys %q and %q", same[0], same[1], key(same[0]), key(same[1]))
		}
	}
	for _, differ := range [][2]string{
		{"/docker/%A", "/docker/%B"},
		{"/docker/%A", "/docker/%A/docker/%B"},
		{"/lxc/web", "/docker/%A/lxc/web"},
		{"/docker/%A/lxc/web", "/docker/%B/lxc/web"},
		// What takes the name of another container.
		{"/docker/%A", "/docker/%B/docker-%A.scope"},
		{"/docker/%A", "/user.slice/user-1000.slice/user@1000.service/docker-%A.scope"},
		{"/user.slice/user-1001.slice/docker-%A.scope", "/user.slice/user-1000.slice/docker-%A.scope"},
		{"/lxc/web", "/machine.slice/machine-web.scope"},
	} {
		if key(differ[0]) == key(differ[1]) {
			t.Errorf("%s and %s have one key %q", differ[0], differ[1], key(differ[0]))
		}
	}
	for _, none := range []string{"/", "/system.slice/ssh.service", "/libpod-conmon-%A.scope", "/kubepods/pod%P"} {
		if k := key(none); k != "" {
			t.Errorf("%s has the key %q", none, k)
		}
	}
}

func TestSandbox(t *testing.T) {
	for _, c := range []struct {
		path      string
		contained bool
		want      string
	}{
		{"/", true, "sandbox"},
		{"/", false, ""},
		{"/user.slice/user-1000.slice/session-3.scope", true, "session > sandbox"},
		{"/system.slice/x.service", false, "service"},
		{"/system.slice/x.service", true, "service > sandbox"},
		{"/docker/%A", true, "container docker A"},
		{"/docker/%A/kubepods/pod%P", true, "container docker A > pod cri  P"},
	} {
		if got := describeChain(FromLines(lines(t, "0::"+expand(c.path))).WithSandbox(c.contained)); got != c.want {
			t.Errorf("%s: %q, want %q", c.path, got, c.want)
		}
	}
}

func FuzzFromLines(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.line.Path.Raw(), "/docker/"+idA)
	}
	f.Add(strings.Repeat("/docker/"+idA, 50), strings.Repeat("/", 5000))
	f.Fuzz(func(t *testing.T, a, b string) {
		ls := []CgroupLine{{Path: text.New(a)}, {Hierarchy: 3, Controllers: text.New("cpu"), Path: text.New(b)}}
		got := FromLines(ls)
		if !slices.Equal(got, FromLines(ls)) {
			t.Fatal("the same lines gave another answer")
		}
		slices.Reverse(ls)
		if other := FromLines(ls); !slices.Equal(got, other) {
			t.Fatalf("the order of the lines matters: %v, %v", got, other)
		}
		if len(got) > strings.Count(a, "/")+strings.Count(b, "/")+2 {
			t.Fatalf("%d entries out of two paths with fewer groups", len(got))
		}
		for _, e := range got {
			if id := e.ID.Raw(); !strings.Contains(a, id) && !strings.Contains(b, id) &&
				!strings.Contains(ids.UnescapeUnit(a), id) && !strings.Contains(ids.UnescapeUnit(b), id) {
				t.Fatalf("the id %q is in neither path", id)
			}
			if g := e.Group.Raw(); !strings.HasPrefix(a, g) && !strings.HasPrefix(b, g) {
				t.Fatalf("the group %q is on neither path", g)
			}
			if e.Kind == None || e.Kind == Container && e.ID.Len() == 0 {
				t.Fatalf("an entry that says nothing: %+v", e)
			}
		}
	})
}

func BenchmarkFromLines(b *testing.B) {
	var ls []CgroupLine
	for i, c := range []string{"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids",
		"name=systemd"} {
		ls = append(ls, CgroupLine{Hierarchy: 9 - i, Controllers: text.New(c), Path: text.New("/docker/" + idA)})
	}
	ls = append(ls, CgroupLine{Path: text.New("/")})
	b.ReportAllocs()
	for b.Loop() {
		FromLines(ls)
	}
}

// A container that has another one of its own name inside keeps to its own group.
func TestGroupInOfTheSameName(t *testing.T) {
	for path, want := range map[string]string{
		"/lxc.payload.web/lxc.payload.web/x": "/lxc.payload.web/lxc.payload.web",
		"/lxc.payload.web/lxc.payload.web":   "/lxc.payload.web/lxc.payload.web",
		"/docker/%A/docker/%B":               "/docker/%A/docker/%B",
	} {
		line := parseLine(t, expand("4:pids:"+path))
		chain := FromLines([]CgroupLine{line})
		if g, ok := chain.GroupIn(line); !ok || g.Raw() != expand(want) {
			t.Errorf("%s: %v, %v", path, g, ok)
		}
		if g, ok := chain[:1].GroupIn(line); !ok || strings.Count(g.Raw(), "/") != strings.Count(strings.TrimSuffix(path,
			"/x"), "/")/2 {
			t.Errorf("the outer one of %s: %v, %v", path, g, ok)
		}
	}
}
