package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// visited is a host with the container cache, and with processes that are in some of its namespaces or in namespaces
// of their own, each as a program makes them.
func visited(t *testing.T) *containerHost {
	h := newContainerHost(t)
	h.docker(dockerA, "cache", "/docker/"+dockerA, 100, "var/lib/docker") // pid 100, mnt 101
	service := []string{"0::/system.slice/x.service"}
	session := []string{"0::/user.slice/user-1000.slice/session-3.scope"}
	other := t.TempDir()
	for _, p := range []proctest.Proc{
		{PID: 500, PPID: 1, Comm: "nsenter-m", CgroupLines: session, NS: map[string]uint64{"mnt": 101}, RootDir: other},
		{PID: 501, PPID: 1, Comm: "nsenter-p", CgroupLines: session,
			NS: map[string]uint64{"pid": 100, "pid_for_children": 100}, NSpid: []int{501, 9}},
		{PID: 502, PPID: 1, Comm: "netns-exec", CgroupLines: session, NS: map[string]uint64{"net": 70, "mnt": 71}},
		{PID: 503, PPID: 1, Comm: "private-tmp", CgroupLines: service, NS: map[string]uint64{"mnt": 72}},
		{PID: 504, PPID: 1, Comm: "udevd", NS: map[string]uint64{"mnt": 73, "uts": 74}},
		// PrivateUsers= and ProtectSystem=: the host's files, mounted again
		{PID: 505, PPID: 1, Comm: "private-users", CgroupLines: service, NS: map[string]uint64{"user": 75, "mnt": 76}},
		{PID: 506, PPID: 1, Comm: "unshare-p", CgroupLines: session, NS: map[string]uint64{"pid": 77, "mnt": 78},
			NSpid: []int{506, 1}},
		{PID: 507, PPID: 1, Comm: "bwrap", CgroupLines: session, NS: map[string]uint64{"user": 79, "mnt": 80},
			RootDir: other},
		{PID: 508, PPID: 1, Comm: "renderer", CgroupLines: session, NS: map[string]uint64{"pid": 81, "net": 82},
			NSpid: []int{508, 1}, RootDir: other},
		{PID: 509, PPID: 1, Comm: "chroot", CgroupLines: session, RootDir: other},
	} {
		h.tree.Add(p)
	}
	return h
}

// TestVisitorsAreNoContainers: of all these only what has a pid or user namespace and a root of its own, and is
// nobody's, is a sandbox.
func TestVisitorsAreNoContainers(t *testing.T) {
	h := visited(t)
	s, x := h.index()
	want := map[int]string{100: "cache", 105: "cache", 501: "cache", 507: "sandbox:507", 508: "sandbox:508"}
	for i := range s.Processes {
		p := &s.Processes[i]
		if got := x.Label(p).Raw(); got != want[p.PID] {
			t.Errorf("PID %d (%s) is in %q, want %q", p.PID, p.Comm, got, want[p.PID])
		}
		if guest := p.PID == 501; x.Guest(p) != guest {
			t.Errorf("PID %d (%s): a guest: %v", p.PID, p.Comm, !guest)
		}
	}
	if len(x.List) != 3 {
		t.Errorf("%d containers and sandboxes, want 3", len(x.List))
	}
	for _, c := range x.List {
		if c.Name.Raw() == "cache" && (c.PID != 100 || len(c.PIDs) != 3) {
			t.Errorf("cache: backed by PID %d, with the processes %v", c.PID, c.PIDs)
		}
	}
}

// TestVisitorsLeaveNamespacesTheirOwners: ns and explain say the same of namespaces that somebody visits.
func TestVisitorsLeaveNamespacesTheirOwners(t *testing.T) {
	h := visited(t)
	ns := func(target string) string {
		t.Helper()
		out, errs, status := nsOutput(t, app{procRoot: h.root + "/proc"}, target)
		if status != 0 {
			t.Fatal(out, errs)
		}
		return strings.Join(strings.Fields(out), " ")
	}
	for _, target := range []string{"cache", "100", "105"} {
		out := ns(target)
		for _, line := range []string{"mnt 101 own visited by 500 nsenter-m", "pid 100 own visited by 501 nsenter-p"} {
			if !strings.Contains(out, line) {
				t.Errorf("ns %s does not say %q: %s", target, line, out)
			}
		}
	}
	if out := ns("500"); !strings.Contains(out, "mnt 101 neighbour 100 memcached (cache), 105 sh (cache)") {
		t.Errorf("ns of the visitor: %s", out)
	}
	out, _, _ := h.run(false, (*app).explainCommand, "100")
	if !strings.Contains(strings.Join(strings.Fields(out), " "), "with namespaces of its own (mnt, pid)") {
		t.Errorf("explain of the container: %s", out)
	}
	out, _, _ = h.run(false, (*app).explainCommand, "500")
	if out := strings.Join(strings.Fields(out), " "); !strings.Contains(out, "is not in a container") ||
		!strings.Contains(out, "It visits the mnt namespace of the container cache") {
		t.Errorf("explain of the visitor: %s", out)
	}
}

// TestGuestsKeepTheirOwnGroups: what is done to a process that is in a container's pid namespace alone is done to its
// own groups, never to the container's.
func TestGuestsKeepTheirOwnGroups(t *testing.T) {
	h := visited(t)
	out, _, _ := h.run(false, (*app).explainCommand, "501")
	if out = strings.Join(strings.Fields(out), " "); !strings.Contains(out, "visits the docker container cache") ||
		!strings.Contains(out, "its limits do not bind it") {
		t.Errorf("explain: %s", out)
	}
	var answers []whichAnswer
	out, _, _ = h.run(true, (*app).whichCommand, "501")
	if err := json.Unmarshal([]byte(out), &answers); err != nil || len(answers) != 1 ||
		answers[0].Container.ID != dockerA || !strings.Contains(out, `"guest": true`) {
		t.Errorf("which: %v, %s", err, out)
	}
	s, x := h.index()
	c, _ := x.Of(s.Find(501))
	for _, l := range s.Find(501).Cgroups.Lines {
		if g, ok := x.Group(c, l); ok {
			t.Errorf("the group %s of a guest is taken for the container's", g)
		}
	}
}

// TestPodSharesNamespaces: what the containers of a pod share is not their own, in ns and in explain alike, and two
// containers of one name are two.
func TestPodSharesNamespaces(t *testing.T) {
	h := newContainerHost(t)
	pod := func(uid string, first int, shared uint64) {
		at := "0::/kubepods/pod" + uid + "/"
		for i, c := range []string{"a", "b"} {
			pid := first + 10*i
			id := strings.Repeat(c+uid[:1], 32)
			h.tree.Add(proctest.Proc{PID: pid, PPID: 1, Comm: "app-" + c, CgroupLines: []string{at + id},
				NS:    map[string]uint64{"pid": uint64(pid), "mnt": uint64(pid) + 1, "net": shared, "ipc": shared + 1},
				NSpid: []int{pid, 1}})
			dir := "run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id
			h.write(dir+"/config.json", `{"annotations":{"io.kubernetes.cri.container-type":"container",
"io.kubernetes.cri.container-name":"app","io.kubernetes.cri.sandbox-name":"pod-`+uid[:1]+`",
"io.kubernetes.cri.sandbox-namespace":"prod"}}`)
		}
	}
	pod("10d8a5e6-0000-4000-8000-000000000001", 200, 900)
	pod("20d8a5e6-0000-4000-8000-000000000002", 300, 910)
	out, _, status := nsOutput(t, app{procRoot: h.root + "/proc"}, "200")
	if out = strings.Join(strings.Fields(out), " "); status != 0 || !strings.Contains(out, "mnt 201 own -") ||
		!strings.Contains(out, "net 900 neighbour 210 app-b (app)") {
		t.Errorf("ns: %s", out)
	}
	out, _, _ = h.run(false, (*app).explainCommand, "200")
	if out := strings.Join(strings.Fields(out), " "); !strings.Contains(out, "with namespaces of its own (mnt, pid)") ||
		!strings.Contains(out, "Its ipc and net namespaces are shared with the container app") {
		t.Errorf("explain: %s", out)
	}
}

// TestPauseProcessIsNamed: rootless Podman keeps one process to hold its user's namespaces. It is no container, and is
// told by its scope, or where there is no systemd by what the user's Podman wrote down, for that user's process only.
func TestPauseProcessIsNamed(t *testing.T) {
	proctest.Need(t, proctest.Users) // who own files
	needRoot(t)
	h := newContainerHost(t)
	h.write("etc/passwd", "u:x:1000:1000::/home/u:/bin/sh\nv:x:1001:1001::/home/v:/bin/sh\n")
	h.tree.Add(proctest.Proc{PID: 600, PPID: 1, Comm: "podman", UID: 1000, NS: map[string]uint64{"user": 90, "mnt": 91},
		CgroupLines: []string{"0::/user.slice/user-1000.slice/user@1000.service/user.slice/podman-pause-2527105f.scope"}})
	h.tree.Add(proctest.Proc{PID: 601, PPID: 1, Comm: "catatonit", UID: 1001,
		NS: map[string]uint64{"user": 92, "mnt": 93}})
	h.tree.Add(proctest.Proc{PID: 602, PPID: 1, Comm: "mine", UID: 0, NS: map[string]uint64{"user": 94}})
	pidFile := func(uid int, pid string) {
		dir := filepath.Join(h.root, "run/user", strconv.Itoa(uid))
		h.write(filepath.Join("run/user", strconv.Itoa(uid), "libpod/tmp/pause.pid"), pid)
		for _, name := range []string{"", "libpod", "libpod/tmp", "libpod/tmp/pause.pid"} {
			if err := os.Chown(filepath.Join(dir, name), uid, uid); err != nil {
				t.Fatal(err)
			}
		}
	}
	pidFile(1001, "601")
	pidFile(1000, "602") // says so of another's process
	s, x := h.index()
	for pid, want := range map[int]string{600: "UID 1000", 601: "UID 1001", 602: "", 1: ""} {
		role := x.Role(s.Find(pid))
		if !strings.Contains(role, want) || (role == "") != (want == "") {
			t.Errorf("PID %d: %q, want %q", pid, role, want)
		}
		if c, in := x.Of(s.Find(pid)); in {
			t.Errorf("PID %d is in %s", pid, c.Label())
		}
	}
	out, _, _ := h.run(false, (*app).whichCommand, "600")
	if !strings.Contains(out, "rootless Podman's pause process") {
		t.Errorf("which: %s", out)
	}
	out, _, _ = h.run(false, (*app).explainCommand, "601")
	if !strings.Contains(strings.Join(strings.Fields(out), " "), "rootless Podman's pause process") {
		t.Errorf("explain: %s", out)
	}
}
