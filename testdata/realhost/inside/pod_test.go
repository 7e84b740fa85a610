package inside

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bonesImage is what `make image` makes: nothing but the binary.
const bonesImage = "bones:latest"

// pods is the network of the pods, and of the node with them.
const pods = `{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "ptp",
	"ipam": {"type": "host-local", "ranges": [[{"subnet": "10.88.7.0/24"}]]}}]}`

// pod is one of the DaemonSet of `bones deploy kubernetes`, as the node's runtime has it, and the container in it that
// bones is run in.
type pod struct{ name, container string }

// start makes the pod of a manifest. Its UID ends in a digit that the caller chooses.
func (p pod) start(t *testing.T, manifest string, number int) {
	t.Helper()
	file := "/job/" + p.name + ".yml"
	if err := os.WriteFile(file, []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	uid := fmt.Sprintf("5c0f6a52-3a43-4f5e-9d0b-0f3c1d2e4a5%d", number)
	slice := "kubepods-burstable-pod" + strings.ReplaceAll(uid, "-", "_") + ".slice"
	t.Cleanup(func() { run(t, "/job/cri", "remove", p.name) })
	run(t, "/job/cri", "daemonset", file, p.name, uid, slice)
}

// try runs bones in the container, as `kubectl bones NODE` does, and takes any end.
func (p pod) try(t *testing.T, args ...string) said {
	t.Helper()
	return try(t, append([]string{"/job/cri", "exec", p.name, p.container, "/bones", "--host-root", "/host"},
		args...)...)
}

// bones runs it there, and it must end well and say nothing but its answer.
func (p pod) bones(t *testing.T, args ...string) string {
	t.Helper()
	s := p.try(t, args...)
	if s.status != 0 || s.err != "" {
		t.Errorf("bones %v in the pod %s: status %d, said %s", args, p, s.status, s.err)
	}
	return strings.TrimSpace(s.out)
}

// testPod runs bones in a pod that the node's own runtime makes as the DaemonSet describes it, and compares what it
// says with what it says on the node.
func testPod(t *testing.T) {
	if err := os.WriteFile("/etc/cni/net.d/10-pods.conflist", []byte(pods), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("/opt/cni", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/usr/lib/cni", "/opt/cni/bin"); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	program, err := os.ReadFile(bonesPath)
	if err != nil {
		t.Fatal(err)
	}
	var l layer
	l.file(t, "bones", 0o755, program)
	writeImage(t, "/job/bones.tar", bonesImage, imageConfig{Entrypoint: []string{"/bones"}, Env: []string{"PATH=/"}},
		l.end(t))
	run(t, "ctr", "-n", "k8s.io", "images", "import", "/job/bones.tar")
	manifest := bones(t, "deploy", "kubernetes", "--image", bonesImage)
	// The runtime sees the configuration of the network when the kernel tells it that the file is there.
	until(t, "the runtime's network", func() bool {
		return strings.Contains(run(t, "/job/cri", "status"), "NetworkReady=true")
	})
	t.Cleanup(func() { run(t, "rm", "-r", "/var/lib/bones/recording") }) // the node's directory outlives the pod
	whole := pod{"bones-whole", "metrics"}
	whole.start(t, manifest, 1)
	t.Run("same", func(t *testing.T) { testPodSays(t, whole) })
	t.Run("metrics and recording", func(t *testing.T) { testPodServes(t, whole) })
	t.Run("less", func(t *testing.T) { testLessPod(t, manifest) })
}

// testPodSays compares one answer after the other.
func testPodSays(t *testing.T, p pod) {
	type row struct {
		listed
		Groups []struct{ Path string }
	}
	read := func(out string) map[string]row {
		var list []row
		decode(t, out, &list)
		all := map[string]row{}
		for _, r := range list {
			all[fmt.Sprint(r.PID)] = r
		}
		return all
	}
	here, there := read(bones(t, "--json", "containers")), read(p.bones(t, "--json", "containers"))
	same(t, "containers in the pod", fmt.Sprint(slices.Sorted(maps.Keys(there))),
		fmt.Sprint(slices.Sorted(maps.Keys(here))))
	for pid, h := range here {
		got := there[pid]
		same(t, "container "+h.Name+" in the pod", summary(got.listed), summary(h.listed))
		same(t, "groups of "+h.Name+" in the pod", fmt.Sprint(got.Groups), fmt.Sprint(h.Groups))
	}
	for _, name := range []string{"dk", "metrics"} {
		same(t, "pid of "+name, p.bones(t, "pid", "name:"+name), bones(t, "pid", "name:"+name))
	}
	pid := bones(t, "pid", "name:web")
	same(t, "which", p.bones(t, "which", pid), bones(t, "which", pid))
	for _, args := range [][]string{{"cgroup", "name:web"}, {"ns", pid}} {
		// Numbers of what is used differ from one moment to the next; names and limits do not.
		a, b := words(p.bones(t, args...)), words(bones(t, args...))
		if strings.ReplaceAll(a, "/host/", "/") != b {
			t.Errorf("bones %v in the pod:\n%s\non the host:\n%s", args, a, b)
		}
	}
	same(t, "ps of a process", p.bones(t, "ps", "-o", "pid,ppid,cgroup,args", pid),
		bones(t, "ps", "-o", "pid,ppid,cgroup,args", pid))
	if out := p.bones(t, "stats", "--once", "--json", "name:web"); !strings.Contains(out, `"limit_bytes"`) ||
		strings.Contains(out, `"limit_bytes": null`) {
		t.Errorf("stats in the pod: %s", out)
	}
	if out := p.bones(t, "health"); !strings.HasPrefix(out, "host realhost:") {
		t.Errorf("health in the pod begins with %.60q", out)
	}
	if out := p.bones(t, "ns"); !strings.Contains(out, "web") || !strings.Contains(out, "/lib/systemd/systemd") {
		t.Errorf("namespaces in the pod: %s", out)
	}
	// What it takes more for says what that is.
	says(t, p, "privileged or is given the device", "events")       // /dev/kmsg
	says(t, p, "--no-cgroup", "enter", "name:web", "--", "/bin/ls") // its own group is all that it could write to
	says(t, p, "CAP_SYS_ADMIN", "enter", "--no-cgroup", "name:web", "--", "/bin/ls")
	// Processes of its own user, root, it may signal. This one is another's, who has a user namespace.
	says(t, p, "CAP_KILL", "kill", "--yes", "name:rlcrun")
	says(t, p, "read-only", "set", "--yes", "name:web", "memory=70M")
	same(t, "pid of web, to which nothing was done", bones(t, "pid", "name:web"), pid)
}

// summary is what does not change from one moment to the next.
func summary(l listed) string {
	id, pod := "", ""
	if l.ID != nil {
		id = *l.ID
	}
	if l.Pod != nil {
		pod = l.Pod.Namespace + "/" + l.Pod.Name
	}
	from := ""
	if l.Memory.LimitFrom != nil {
		from = strings.TrimPrefix(*l.Memory.LimitFrom, "/host")
	}
	return fmt.Sprint(l.Runtime, l.Name, l.Image, pod, id, number(l.Memory.LimitBytes), from, number(l.PIDsLimit))
}

// words leaves out what has a digit in front: what is used, how long, how many.
func words(out string) string {
	var kept []string
	for _, w := range strings.Fields(out) {
		if w[0] < '0' || w[0] > '9' {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// testPodServes asks the pod for its metrics, over the network of the pods, and reads what it records, on the host.
func testPodServes(t *testing.T, p pod) {
	page := ""
	until(t, "the metrics of the pod", func() bool {
		s := try(t, "busybox", "wget", "-q", "-O", "-", "http://"+run(t, "/job/cri", "address", p.name)+":9777/metrics")
		page = s.out
		return s.status == 0
	})
	for _, want := range []string{`bones_container_memory_limit_bytes{container="web"`,
		`bones_container_memory_limit_bytes{container="metrics"`, `bones_container_processes{container="dk"`,
		`pod="shop-7d4b9c-x2x9z"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the metrics of the pod have no %s", want)
		}
	}
	const recording = "/var/lib/bones/recording"
	until(t, "what the pod records", func() bool {
		s := try(t, bonesPath, "containers", "--from", recording)
		return s.status == 0 && strings.Contains(s.out, "shop-7d4b9c-x2x9z")
	})
	files, _ := filepath.Glob(recording + "/*.bones")
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the recording of the pod: %s: %v, %v", f, info, err)
		}
	}
}

// testLessPod runs bones in containers of one pod that lack something each, and looks that it says so.
func testLessPod(t *testing.T, manifest string) {
	first := strings.Index(manifest, "        - name: metrics\n")
	second := strings.Index(manifest, "        - name: record\n")
	end := strings.Index(manifest, "      volumes:\n")
	if first < 0 || second < first || end < second {
		t.Fatalf("the manifest is another:\n%s", manifest)
	}
	without := func(in, from, to string) string {
		if strings.Count(in, from) != 1 {
			t.Fatalf("%q is not once in:\n%s", from, in)
		}
		return strings.Replace(in, from, to, 1)
	}
	// The containers of a pod share its address, so that each listens at another port.
	whole := manifest[first:second]
	noMount := without(without(without(whole, "name: metrics\n          image", "name: no-mount\n          image"),
		":9777", ":9778"), "mountPath: /host\n", "mountPath: /elsewhere\n")
	noCapability := without(without(without(whole, "name: metrics\n          image",
		"name: no-capability\n          image"), ":9777", ":9779"), `add: ["SYS_PTRACE", "DAC_READ_SEARCH"]`, "add: []")
	noPIDs := without(manifest[:first], "hostPID: true", "hostPID: false")
	p := pod{"bones-less", "metrics"}
	p.start(t, noPIDs+whole+noMount+noCapability+manifest[end:], 2)

	until(t, "what the container without the mount says", func() bool {
		said, _ := os.ReadFile("/tmp/" + p.name + "/no-mount.log")
		return strings.Contains(string(said), "has to be mounted on /host")
	})
	// The node's /proc is mounted, so that its processes can be read all the same, but no signal can be sent.
	same(t, "pid without hostPID", p.bones(t, "pid", "name:web"), bones(t, "pid", "name:web"))
	says(t, p, "hostPID", "kill", "--yes", "name:web")
	says(t, pod{p.name, "no-capability"}, "CAP_SYS_PTRACE", "ns")
}

// says runs bones in a pod and looks that it names what is missing, in few lines.
func says(t *testing.T, p pod, missing string, args ...string) {
	t.Helper()
	s := p.try(t, args...)
	if !strings.Contains(s.err, missing) || strings.Count(s.err, "\n") > 3 || strings.Contains(s.err, "panic") {
		t.Errorf("%s: bones %v: status %d, and it does not name %s:\n%s\n%.2000s", p, args, s.status, missing, s.err, s.out)
	}
}
